/** -u UID[:GID], numbers or names of the guest's own /etc/passwd and /etc/group. */
import { stringFromBytes } from '../kernel/byte-string.ts';
import { NodeKind } from '../kernel/file-server.ts';
import type { FileSystem } from '../linuxabi/fs/file-system.ts';
import { nodeAt } from '../linuxabi/fs/mount.ts';
import { UsageError } from './options.ts';

export interface GuestUser {
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

const READ_LIMIT = 1024 * 1024;

export function lookUpUser(system: FileSystem, request = '0'): GuestUser {
  const [user = '', group] = request.split(':');
  // name:password:uid:gid:gecos:home:shell
  const accounts = readRecords(system, 'passwd');
  const account = accounts.find((fields) => fields[0] === user || fields[2] === user);
  const uid = account === undefined ? numeric(user) : Number(account[2]);
  if (uid === undefined) throw new UsageError(`-u ${request}: no user '${user}' in the root's /etc/passwd`);
  const home = account?.[5] ?? '/';
  if (group === undefined) return { uid, gid: Number(account?.[3] ?? 0), home };
  const gid = numeric(group) ?? numeric(readRecords(system, 'group').find((fields) => fields[0] === group)?.[2] ?? '');
  if (gid === undefined) throw new UsageError(`-u ${request}: no group '${group}' in the root's /etc/group`);
  return { uid, gid, home };
}

function numeric(text: string): number | undefined {
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

function readRecords(system: FileSystem, name: string): string[][] {
  const folder = nodeAt(system.root).lookup('etc');
  if (typeof folder === 'number' || folder.kind !== NodeKind.Directory) return [];
  const file = folder.lookup(name);
  if (typeof file === 'number' || file.kind !== NodeKind.File) return [];
  const bytes = new Uint8Array(Math.min(file.attributes().sizeBytes, READ_LIMIT));
  const count = file.read(0, bytes);
  if (count < 0) return [];
  return stringFromBytes(bytes.subarray(0, count))
    .split('\n')
    .map((line) => line.split(':'));
}
