/** A program to be started from outside a machine: where it is found, what it has at its descriptors, how it ended. */
import { toByteString } from '../kernel/byte-string.ts';
import { NodeKind } from '../kernel/file-server.ts';
import type { OpenFile } from '../kernel/open-file.ts';
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { Description } from '../linuxabi/fs/description.ts';
import { nodeAt } from '../linuxabi/fs/mount.ts';
import { Last, walk } from '../linuxabi/fs/path-walk.ts';
import { checkAccess, May } from '../linuxabi/fs/permission.ts';
import type { Machine } from '../linuxabi/machine.ts';
import { credentialsOf } from '../linuxabi/process/credentials.ts';
import type { Limits } from '../linuxabi/process/limits.ts';
import type { Session } from '../linuxabi/process/session.ts';
import type { SpawnResult } from '../linuxabi/process/spawn.ts';
import type { LinuxThread } from '../linuxabi/process/thread.ts';
import type { GuestUser } from './guest-user.ts';

/** Where programs are looked for when the environment has no PATH. */
export const SEARCH_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export interface ProgramRequest {
  /** A path when there is a slash in it, else looked for in the PATH of its environment. */
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: GuestUser;
  readonly limits?: Limits;
  /** Descriptors 0, 1, 2, …: the process takes over these holds. */
  readonly files: readonly (Description | undefined)[];
  /** Gives the new session its controlling terminal. */
  readonly onSession?: (session: Session) => void;
  /** Told when the program is in memory and has not begun. */
  readonly onLoaded?: (thread: LinuxThread) => void;
}

/** Starts it; what it answers tells later whether that went well. */
export function startProgram(machine: Machine, request: ProgramRequest): SpawnResult {
  const { environment, user, limits, onSession, onLoaded } = request;
  return machine.spawn({
    path: toByteString(findProgram(machine.fs.system, request)),
    argv: request.argv.map(toByteString),
    environment: Object.entries({ HOME: user.home, ...environment }).map(([key, value]) =>
      toByteString(`${key}=${value}`),
    ),
    cwd: toByteString(request.cwd),
    uid: user.uid,
    gid: user.gid,
    files: request.files,
    ...(limits && { limits }),
    ...(onSession && { onSession }),
    ...(onLoaded && { onLoaded }),
  });
}

/**
 * The file that execvp(3) would take: the first of that name which this user may execute. Where there is none, one whose
 * execution tells what is wrong: it may not be executed, or is nowhere.
 */
export function findProgram(
  system: FileSystem,
  request: Pick<ProgramRequest, 'name' | 'environment' | 'cwd' | 'user'>,
): string {
  const { name, environment, cwd, user } = request;
  if (name.includes('/')) return name;
  const { root } = system;
  const credentials = credentialsOf(user.uid, user.gid);
  const walker = { root, start: root, credentials, magicTarget: () => undefined };
  const start = walk(walker, toByteString(cwd), Last.Follow);
  const folders = (environment['PATH'] ?? SEARCH_PATH).split(':');
  const candidates = folders.map((folder) => `${folder === '' ? '.' : folder}/${name}`);
  let refused: string | undefined;
  for (const candidate of candidates) {
    const here = { ...walker, start: typeof start === 'number' ? root : start };
    const place = walk(here, toByteString(candidate), Last.Follow);
    if (typeof place === 'number') continue;
    const node = nodeAt(place);
    if (node.kind === NodeKind.File && checkAccess(node, credentials, May.Execute) === 0) return candidate;
    refused ??= candidate;
  }
  return refused ?? candidates[0] ?? name;
}

/** One of the host's streams as an open description; in /proc it looks like a pipe. */
export function describeStream(machine: Machine, file: OpenFile, flags: number): Description {
  const { system } = machine.fs;
  const factories = system.factories(machine.kernel.factories);
  const location =
    file.node === undefined ? system.anonymous.create(NodeKind.Fifo, 0, 0, (id) => `pipe:[${id}]`) : undefined;
  return new Description({ reference: factories.adopt('host-stream', file), factories, flags, location });
}

/** How a program ended: one of the two. */
export interface ProgramEnd {
  readonly status: number | null;
  /** Number of the signal. */
  readonly signal: number | null;
}

/** What wait4 stores, taken apart. Source: wait(2). */
export function programEnd(waitStatus: number): ProgramEnd {
  const signal = waitStatus & 0x7f;
  return signal === 0 ? { status: (waitStatus >> 8) & 0xff, signal: null } : { status: null, signal };
}

/** As a shell shows it: the exit status, or 128 + signal. */
export function shellStatus(waitStatus: number): number {
  const { status, signal } = programEnd(waitStatus);
  return status ?? 128 + signal!;
}
