/**
 * Where the sockets of running machines are: a folder that only its owner may enter, one socket per machine, named as a served machine is
 * (k42 serve --name), or after the process and a number. On Windows they are named pipes, which have a flat name space of their own.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { cacheFolder } from '../../rootfs/cache-folder.ts';

const OWNER_ONLY = 0o700;
/** Longest path of a socket, on the strictest host (macOS). Source: unix(7), sun_path. */
const SOCKET_PATH_LIMIT = 103;
const LONGEST_NAME = 40;
/** What a machine may be called: not as a process and a number are. */
const MACHINE_NAME = /^[A-Za-z][\w.-]{0,31}$/;
const MACHINE_ID = /^(\d+(\.\d+)?|[A-Za-z][\w.-]{0,31})$/;
const PIPES = '\\\\.\\pipe\\';

const isWindows = process.platform === 'win32';

function pipePrefix(): string {
  return `k42-${userInfo().username.replaceAll(/[^\w-]/g, '_')}-`;
}

/** The folder, made when it is missing. Throws when it belongs to somebody else or others may enter it. */
export function socketFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (isWindows) return PIPES;
  const base = environment['XDG_RUNTIME_DIR'];
  const wanted = base ? join(base, 'k42') : join(cacheFolder(environment), 'run');
  const fits = wanted.length + LONGEST_NAME <= SOCKET_PATH_LIMIT;
  const folder = fits ? wanted : join(tmpdir(), `k42-${process.getuid?.() ?? 0}`);
  mkdirSync(folder, { recursive: true, mode: OWNER_ONLY });
  const stats = lstatSync(folder);
  if (!stats.isDirectory() || stats.uid !== process.getuid?.()) throw new Error(`${folder} is not a folder of our own`);
  if ((stats.mode & 0o077) !== 0) chmodSync(folder, OWNER_ONLY);
  return folder;
}

/** What a machine of this process without a name is called; `serial` tells several apart. */
export function namelessId(serial: number): string {
  return `${process.pid}${serial === 0 ? '' : `.${serial}`}`;
}

export function isMachineName(text: string): boolean {
  return MACHINE_NAME.test(text);
}

/** `name`: of a machine, or what `namelessId` answers. */
export function socketAddress(name: string): string {
  return isWindows ? `${PIPES}${pipePrefix()}${name}` : join(socketFolder(), `${name}.sock`);
}

/** Of the machines with a name: those that are served. */
export function namedPlaces(): SocketPlace[] {
  return socketPlaces().filter(({ id }) => isMachineName(id));
}

export interface SocketPlace {
  /** What `--machine` takes: a name, or the process's number, with a dot and a serial when it runs several. */
  readonly id: string;
  readonly address: string;
}

/** Every socket there is, stale ones too. */
export function socketPlaces(): SocketPlace[] {
  const folder = socketFolder();
  const prefix = isWindows ? pipePrefix() : '';
  const suffix = isWindows ? '' : '.sock';
  return readdirSync(folder)
    .filter((name) => name.startsWith(prefix) && name.endsWith(suffix))
    .map((name) => ({ name, id: name.slice(prefix.length, name.length - suffix.length) }))
    .filter(({ id }) => MACHINE_ID.test(id))
    .map(({ name, id }) => ({ id, address: `${folder}${isWindows ? '' : '/'}${name}` }))
    .toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
}
