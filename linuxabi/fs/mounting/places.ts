/** What the calls on mounts ask of a place, and moving a mount. Source: fs/namespace.c, check_mnt, do_move_mount. */
import { NodeKind } from '../../../kernel/file-server.ts';
import { CAP_SYS_ADMIN } from '../../abi/capability.ts';
import { EINVAL, ELOOP, ENOMEM, ENOSPC } from '../../abi/errno.ts';
import { capable } from '../../process/credentials.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { MOUNT_BYTES, nodeAt } from '../mount.ts';
import { treeOf } from '../mount-spread.ts';
import { hearersOf } from '../peer-group.ts';
import type { Location, Mount } from '../mount.ts';

/**
 * 0, or −errno: with `count` mounts more at a place there would be more than a namespace may have, or than the machine has memory for. Each
 * who hears of the place gets as many. Source: fs/namespace.c, count_mounts.
 */
export function checkMountRoom({ machine, process }: LinuxThread, count: number, at: Location | undefined): number {
  const { settings, bounds } = machine;
  const { namespace } = process.fs;
  const hearers = at === undefined ? [] : [...hearersOf(at.mount)];
  const here = at === undefined ? 0 : namespace.mounts.length;
  const copiesHere = 1 + hearers.filter((hearer) => hearer.namespace === namespace).length;
  if (here + count * copiesHere > settings.number('fs/mount-max')) return -ENOSPC;
  return bounds.kernelMemory.has((1 + hearers.length) * count * MOUNT_BYTES) ? 0 : -ENOMEM;
}

export const mayMount = (thread: LinuxThread): boolean => capable(thread.process.credentials, CAP_SYS_ADMIN);

export const isRoot = ({ mount: { root }, dentry }: Location): boolean => dentry === root;

export const isDirectory = (place: Location): boolean => nodeAt(place).kind === NodeKind.Directory;

/** Whether the place is in the caller's mounts. */
export function isOurs(thread: LinuxThread, place: Location): boolean {
  return place.mount.namespace === thread.process.fs.namespace;
}

/** Whether the place is in a tree that is mounted nowhere. */
export function isDetached({ mount }: Location): boolean {
  return mount.namespace?.isDetached === true;
}

export function writersOf(mounts: Iterable<Mount>): number {
  let writers = 0;
  for (const each of mounts) writers += each.writers;
  return writers;
}

/** Shows a mount elsewhere: one of the caller's, or the root of a tree that is mounted nowhere yet. */
export function moveMount(thread: LinuxThread, from: Location, at: Location): number {
  const moved = from.mount;
  const { namespace } = thread.process.fs;
  if (!isOurs(thread, at) || !isRoot(from) || isDirectory(from) !== isDirectory(at)) return -EINVAL;
  // What can't be copied can't go where copies would be made.
  if (at.mount.group !== undefined && treeOf(moved).some((each) => each.isUnbindable)) return -EINVAL;
  if (moved.at === undefined) {
    if (!isDetached(from)) return -EINVAL;
    const refused = checkMountRoom(thread, moved.namespace!.mounts.length, at);
    if (refused < 0) return refused;
    namespace.take(moved.namespace!, at);
    return 0;
  }
  if (!isOurs(thread, from) || moved.at.mount.group !== undefined) return -EINVAL;
  if (at.mount.isWithin(moved)) return -ELOOP;
  const refused = at.mount.group === undefined ? 0 : checkMountRoom(thread, treeOf(moved).length, at);
  if (refused < 0) return refused;
  namespace.move(moved, at);
  return 0;
}
