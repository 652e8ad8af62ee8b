/** Options that show places of the host inside, or put trees in memory there: Docker's -v, --mount, --tmpfs and --read-only. */
import { resolve } from 'node:path';
import { UsageError, type OptionRule, type ParsedOptions } from './options.ts';

export const mountRules: readonly OptionRule[] = [
  {
    long: 'volume',
    short: 'v',
    value: 'SRC:DST[:ro]',
    repeatable: true,
    completes: 'path',
    help: 'show a host folder inside, read-only with :ro',
  },
  {
    long: 'mount',
    value: 'type=bind|tmpfs,…',
    repeatable: true,
    help: 'the same in words: type=bind,source=SRC,target=DST[,readonly], or type=tmpfs,target=DST and tmpfs-size=SIZE, tmpfs-mode=MODE',
  },
  {
    long: 'tmpfs',
    value: 'PATH[:OPTIONS]',
    repeatable: true,
    help: 'a tree in memory at PATH, as --tmpfs /tmp:size=64m,mode=1777',
  },
  { long: 'read-only', help: 'the root can’t be changed; volumes, tmpfs and /dev can' },
];

export interface Volume {
  /** Absolute host path. */
  readonly source: string;
  readonly target: string;
  readonly access: 'read-write' | 'read-only';
}

export interface TmpfsRequest {
  readonly target: string;
  /** As mount(2) takes them: `size=64m,mode=1777`. */
  readonly options: string;
  /** Of the mount itself: ro, noexec, nosuid, nodev. */
  readonly flags: readonly string[];
}

export interface MountRequests {
  readonly volumes: readonly Volume[];
  readonly tmpfs: readonly TmpfsRequest[];
  readonly rootAccess: Volume['access'];
}

export function mountsOf(parsed: ParsedOptions): MountRequests {
  const mounts = parsed.values('mount').map(parseMount);
  return {
    volumes: [...parsed.values('volume').map(parseVolume), ...mounts.filter((mount) => 'source' in mount)],
    tmpfs: [...parsed.values('tmpfs').map(parseTmpfs), ...mounts.filter((mount) => 'flags' in mount)],
    rootAccess: parsed.has('read-only') ? 'read-only' : 'read-write',
  };
}

/** SRC:DST[:ro|:rw]. A Windows drive letter in SRC (C:\…) is not a separator. */
function parseVolume(text: string): Volume {
  const match = /^((?:[A-Za-z]:[\\/])?[^:]+):([^:]+)(?::(ro|rw))?$/.exec(text);
  if (match === null) throw new UsageError(`-v ${text}: expected SRC:DST or SRC:DST:ro`);
  const [, source = '', target = '', access = 'rw'] = match;
  return {
    source: resolve(source),
    target: guestPath(`-v ${text}`, target),
    access: access === 'ro' ? 'read-only' : 'read-write',
  };
}

/** Docker's defaults for --tmpfs. */
const TMPFS_FLAGS = ['nosuid', 'nodev', 'noexec'];
/** Words about the mount, not about the tree; each takes the other of its pair away. */
const OPPOSITES: Readonly<Record<string, string>> = {
  ro: 'rw',
  rw: 'ro',
  noexec: 'exec',
  exec: 'noexec',
  nosuid: 'suid',
  suid: 'nosuid',
  nodev: 'dev',
  dev: 'nodev',
};

function parseTmpfs(text: string): TmpfsRequest {
  const colon = text.indexOf(':');
  const target = colon < 0 ? text : text.slice(0, colon);
  const words = colon < 0 ? [] : text.slice(colon + 1).split(',');
  let flags = TMPFS_FLAGS;
  for (const word of words) {
    const opposite = OPPOSITES[word];
    if (opposite !== undefined) flags = [...flags.filter((flag) => flag !== opposite), word];
  }
  const options = words.filter((word) => OPPOSITES[word] === undefined && word !== '').join(',');
  return { target: guestPath(`--tmpfs ${text}`, target), options, flags };
}

function parseMount(text: string): Volume | TmpfsRequest {
  const settings = new Map(
    text.split(',').map((part): [string, string] => {
      const equals = part.indexOf('=');
      return equals < 0 ? [part, 'true'] : [part.slice(0, equals), part.slice(equals + 1)];
    }),
  );
  const take = (...names: string[]): string | undefined => {
    const name = names.find((each) => settings.has(each));
    const value = name === undefined ? undefined : settings.get(name);
    if (name !== undefined) settings.delete(name);
    return value;
  };
  const type = take('type');
  const target = guestPath(`--mount ${text}`, take('target', 'destination', 'dst') ?? '');
  const readOnly = take('readonly', 'ro') ?? 'false';
  let mount: Volume | TmpfsRequest;
  if (type === 'bind') {
    const source = take('source', 'src');
    if (source === undefined) throw new UsageError(`--mount ${text}: source=SRC is missing`);
    mount = { source: resolve(source), target, access: readOnly === 'false' ? 'read-write' : 'read-only' };
  } else if (type === 'tmpfs') {
    const size = take('tmpfs-size');
    const mode = take('tmpfs-mode');
    const options = [...(size === undefined ? [] : [`size=${size}`]), ...(mode === undefined ? [] : [`mode=${mode}`])];
    mount = { target, options: options.join(','), flags: readOnly === 'false' ? TMPFS_FLAGS : [...TMPFS_FLAGS, 'ro'] };
  } else throw new UsageError(`--mount ${text}: expected type=bind or type=tmpfs`);
  const [unknown] = settings.keys();
  if (unknown !== undefined) throw new UsageError(`--mount ${text}: there is no '${unknown}' for type=${type}`);
  return mount;
}

function guestPath(option: string, path: string): string {
  if (!path.startsWith('/')) throw new UsageError(`${option}: '${path}' is not an absolute path`);
  return path;
}
