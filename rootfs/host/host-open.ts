/** Opening, making and changing a host file that must be the one meant: on Linux nothing else is even touched. */
import * as fs from 'node:fs';
import { NodeKind, type AttributeChange, type NewNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { descriptorPath, HAS_DESCRIPTOR_PATHS, identityOf, O_PATH } from './host-folders.ts';
import type { OpenHostFile } from './host-files.ts';
import { hostTarget, type HostPath } from './host-path.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = fs.constants;
const NS_PER_S = 1_000_000_000;

/** A descriptor of the regular file with this identity, or a Status: not found when the path leads to another one by now. */
export function openHostFile(path: HostPath, access: OpenHostFile['access'], identity: string): number {
  const mode = (access === 'read' ? O_RDONLY : O_RDWR) | O_NONBLOCK;
  // Opening a device or a FIFO can do something: look first, and open what was looked at.
  if (HAS_DESCRIPTOR_PATHS) return withPlace(path, identity, (place) => fs.openSync(place, mode));
  const descriptor = fs.openSync(path, mode | O_NOFOLLOW);
  const stats = fs.fstatSync(descriptor, { bigint: true });
  if (stats.isFile() && identityOf(stats) === identity) return descriptor;
  fs.closeSync(descriptor);
  return Status.NotFound;
}

export interface MadeFile {
  /** As it was when it was new. */
  readonly stats: fs.BigIntStats;
  /** Of a regular file: open for reading and writing. */
  readonly descriptor?: number;
}

/** The host's umask does not cut what is asked for; owners are as asked for when k42 is the superuser. */
export function makeHostFile(path: HostPath, made: NewNode): MadeFile | Status {
  const change: AttributeChange =
    process.getuid?.() === 0
      ? { permissions: made.permissions, owner: made.owner, group: made.group }
      : { permissions: made.permissions };
  if (made.kind === NodeKind.File) {
    const descriptor = fs.openSync(path, O_CREAT | O_EXCL | O_RDWR | O_NOFOLLOW, made.permissions);
    try {
      return { descriptor, stats: changeOpenFile(descriptor, change) };
    } catch (failure) {
      fs.closeSync(descriptor);
      throw failure;
    }
  }
  if (made.kind === NodeKind.Directory) fs.mkdirSync(path, made.permissions);
  else if (made.kind === NodeKind.SymbolicLink) fs.symlinkSync(hostTarget(made.target ?? ''), path);
  // Node has no mknod, and a guest has no business making host devices.
  else return Status.NotPermitted;
  const stats = fs.lstatSync(path, { bigint: true });
  const status = changeNamedFile(path, identityOf(stats), change);
  return status === Status.Ok ? { stats } : status;
}

/** All but the size. Answers what the file was before. */
export function changeOpenFile(descriptor: number, change: AttributeChange): fs.BigIntStats {
  const { owner, group, permissions, accessedNs, modifiedNs } = change;
  const stats = fs.fstatSync(descriptor, { bigint: true });
  if (owner !== undefined || group !== undefined)
    fs.fchownSync(descriptor, owner ?? Number(stats.uid), group ?? Number(stats.gid));
  if (permissions !== undefined) fs.fchmodSync(descriptor, permissions);
  if (accessedNs !== undefined || modifiedNs !== undefined)
    fs.futimesSync(descriptor, secondsOf(accessedNs ?? stats.atimeNs), secondsOf(modifiedNs ?? stats.mtimeNs));
  return stats;
}

/** Likewise. A link's own attributes are meant, and it has no permissions that could be changed. */
export function changeNamedFile(path: HostPath, identity: string, change: AttributeChange): Status {
  if (HAS_DESCRIPTOR_PATHS) {
    return withPlace<Status>(path, identity, (place, stats) => {
      // What the path stands for is reached through a link of /proc, which is followed.
      changeAt({ chown: fs.chownSync, utimes: fs.utimesSync }, place, stats, change);
      return Status.Ok;
    });
  }
  const stats = fs.lstatSync(path, { bigint: true });
  changeAt({ chown: fs.lchownSync, utimes: fs.lutimesSync }, path, stats, change);
  return Status.Ok;
}

interface ChangeCalls {
  readonly chown: typeof fs.chownSync;
  readonly utimes: typeof fs.utimesSync;
}

function changeAt(calls: ChangeCalls, path: HostPath, stats: fs.BigIntStats, change: AttributeChange): void {
  const { owner, group, permissions, accessedNs, modifiedNs } = change;
  if (owner !== undefined || group !== undefined)
    calls.chown(path, owner ?? Number(stats.uid), group ?? Number(stats.gid));
  if (permissions !== undefined && !stats.isSymbolicLink()) fs.chmodSync(path, permissions);
  if (accessedNs !== undefined || modifiedNs !== undefined)
    calls.utimes(path, secondsOf(accessedNs ?? stats.atimeNs), secondsOf(modifiedNs ?? stats.mtimeNs));
}

const secondsOf = (ns: bigint): number => Number(ns) / NS_PER_S;

/** Calls with a path that means the very file that this path leads to now, if it is the one meant. */
function withPlace<T extends number>(
  path: HostPath,
  identity: string,
  call: (place: string, stats: fs.BigIntStats) => T,
): T | Status {
  const place = fs.openSync(path, O_PATH | O_NOFOLLOW);
  try {
    const stats = fs.fstatSync(place, { bigint: true });
    return identityOf(stats) === identity ? call(descriptorPath(place), stats) : Status.NotFound;
  } finally {
    fs.closeSync(place);
  }
}
