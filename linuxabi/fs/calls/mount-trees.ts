/** open_tree, move_mount, mount_setattr: mounts by descriptors. Source: fs/namespace.c. */
import { guestAddress, PAGE_SIZE } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { E2BIG, EBUSY, EINVAL, EPERM } from '../../abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_NO_AUTOMOUNT,
  AT_RECURSIVE,
  AT_SYMLINK_NOFOLLOW,
  atFlagNames,
  O_CLOEXEC,
  O_PATH,
} from '../../abi/fcntl.ts';
import * as abi from '../../abi/mount.ts';
import { readBytes, readLong } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { fd, flags, partial, path, pointer, size, syscall } from '../../syscall.ts';
import { checkRoom, install } from '../descriptors.ts';
import { mountedAt, nodeAt } from '../mount.ts';
import type { Location, Mount } from '../mount.ts';
import { flagChange } from '../mounting/mount-attributes.ts';
import type { FlagChange } from '../mounting/mount-attributes.ts';
import { checkMountRoom, isDetached, isOurs, isRoot, mayMount, moveMount } from '../mounting/places.ts';
import { describe, factoriesOf } from '../opening.ts';
import { PathOnlyFile } from '../path-only-file.ts';
import { Last } from '../path-walk.ts';
import { locateOrDescription, locationOf } from '../walker.ts';
import type { MountNamespace } from '../mount-namespace.ts';
import { treeOf } from '../mount-spread.ts';
import type { Propagation } from '../peer-group.ts';
import { propagationOf } from './mounts.ts';

/** A descriptor, as of O_PATH, for a place. The mounts of a detached tree go with it, unless they have been mounted meanwhile. */
export function installPlace(thread: LinuxThread, place: Location, kind: 'ours' | 'detached', closes: number): number {
  const reference = factoriesOf(thread).adopt('path', new PathOnlyFile(nodeAt(place)));
  const description = describe(thread, reference, place, O_PATH);
  const tree = place.mount.namespace;
  if (kind === 'detached') description.onClose.set(description, () => tree?.release());
  return install(thread, description, closes);
}

/** The place that a call names, whether by path or by descriptor. */
export function placeAt(thread: LinuxThread, dirfd: number, name: ByteString, atFlags: number): Location | number {
  const last = (atFlags & AT_SYMLINK_NOFOLLOW) !== 0 ? Last.NoFollow : Last.Follow;
  const found = locateOrDescription(thread, dirfd, name, atFlags, last);
  if (typeof found === 'number') return found;
  return locationOf(found) ?? -EINVAL;
}

const TREE_FLAGS =
  abi.OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW;

function openTree(thread: LinuxThread, dirfd: number, name: ByteString, treeFlags: number): number {
  if ((treeFlags & ~TREE_FLAGS) !== 0) return -EINVAL;
  const clones = (treeFlags & abi.OPEN_TREE_CLONE) !== 0;
  if (!clones && (treeFlags & AT_RECURSIVE) !== 0) return -EINVAL;
  if (clones && !mayMount(thread)) return -EPERM;
  const full = checkRoom(thread);
  if (full < 0) return full;
  const place = placeAt(thread, dirfd, name, treeFlags);
  if (typeof place === 'number') return place;
  if (!clones) return installPlace(thread, place, 'ours', treeFlags);
  if (!isOurs(thread, place) || place.mount.isUnbindable) return -EINVAL;
  const depth = (treeFlags & AT_RECURSIVE) !== 0 ? 'with-all-below' : 'alone';
  const { namespace } = thread.process.fs;
  const refused = checkMountRoom(thread, depth === 'alone' ? 1 : treeOf(place.mount).length, undefined);
  if (refused < 0) return refused;
  const copy = namespace.detached().bind(place, undefined, depth);
  return installPlace(thread, copy, 'detached', treeFlags);
}

const MOVE_FLAGS = Object.values(abi.moveMountNames).reduce((bits, bit) => bits | bit, 0);

function moveMountCall(
  thread: LinuxThread,
  fromFd: number,
  fromName: ByteString,
  toFd: number,
  toName: ByteString,
  moveFlags: number,
): number {
  if (!mayMount(thread)) return -EPERM;
  if ((moveFlags & ~MOVE_FLAGS) !== 0) return -EINVAL;
  const from = placeAt(thread, fromFd, fromName, lookupFlags(moveFlags));
  if (typeof from === 'number') return from;
  const to = placeAt(thread, toFd, toName, lookupFlags(moveFlags >> 4));
  if (typeof to === 'number') return to;
  if ((moveFlags & abi.MOVE_MOUNT_SET_GROUP) !== 0) return setGroup(thread, from, to);
  return moveMount(thread, from, mountedAt(to));
}

/** What has no peers and no master gets those of another mount that shows at least as much of the same tree. Source: fs/namespace.c, do_set_group. */
function setGroup(thread: LinuxThread, from: Location, to: Location): number {
  const [source, target] = [from.mount, to.mount];
  if (!isRoot(from) || !isRoot(to) || !isOurs(thread, to) || source.namespace === undefined) return -EINVAL;
  if (target.group !== undefined || target.master !== undefined) return -EINVAL;
  if (source.group === undefined && source.master === undefined) return -EINVAL;
  if (source.superBlock !== target.superBlock || !source.root.contains(target.root)) return -EINVAL;
  thread.process.fs.namespace.joinGroup(target, source);
  return 0;
}

/** MOVE_MOUNT_F_ flags (or T_ flags, shifted) as those of other calls. */
function lookupFlags(bits: number): number {
  const empty = (bits & abi.MOVE_MOUNT_F_EMPTY_PATH) !== 0 ? AT_EMPTY_PATH : 0;
  return empty | ((bits & abi.MOVE_MOUNT_F_SYMLINKS) !== 0 ? 0 : AT_SYMLINK_NOFOLLOW);
}

// --- mount_setattr ---------------------------------------------------------------------------------------------------------

const SETATTR_FLAGS = AT_EMPTY_PATH | AT_NO_AUTOMOUNT | AT_RECURSIVE | AT_SYMLINK_NOFOLLOW;

interface AttributeRequest {
  readonly change: FlagChange;
  readonly propagation: Propagation | undefined;
}

function mountSetattr(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  atFlags: number,
  address: GuestAddress,
  length: number,
): number {
  if ((atFlags & ~SETATTR_FLAGS) !== 0) return -EINVAL;
  if (length > PAGE_SIZE) return -E2BIG;
  if (length < abi.mount_attr.size) return -EINVAL;
  if (!mayMount(thread)) return -EPERM;
  const request = readRequest(thread, address, length);
  if (typeof request === 'number' || request === undefined) return request ?? 0;
  const place = placeAt(thread, dirfd, name, atFlags);
  if (typeof place === 'number') return place;
  if (!isRoot(place) || (!isOurs(thread, place) && !isDetached(place))) return -EINVAL;
  const below = (atFlags & AT_RECURSIVE) !== 0 ? place.mount.namespace!.below(place.mount) : [];
  return changeMounts(place.mount.namespace!, [place.mount, ...below], request);
}

/** Undefined when nothing is to be changed. */
function readRequest(
  thread: LinuxThread,
  address: GuestAddress,
  length: number,
): AttributeRequest | number | undefined {
  if (
    readBytes(thread.memory, address, length)
      .subarray(abi.mount_attr.size)
      .some((byte) => byte !== 0)
  )
    return -E2BIG;
  const word = (offset: number): number => readLong(thread.memory, guestAddress(address + offset));
  const [set, clear] = [word(abi.mount_attr.attr_set), word(abi.mount_attr.attr_clr)];
  const wanted = word(abi.mount_attr.propagation);
  if (set === 0 && clear === 0 && wanted === 0) return undefined;
  const propagation = propagationOf[wanted];
  if (wanted !== 0 && propagation === undefined) return -EINVAL;
  if ([set, clear].some((bits) => bits < 0 || bits >= 2 ** 31)) return -EINVAL;
  const change = flagChange(set, clear);
  return typeof change === 'number' ? change : { change, propagation };
}

/** All or none. */
function changeMounts(
  namespace: MountNamespace,
  mounts: readonly Mount[],
  { change, propagation }: AttributeRequest,
): number {
  const becomesReadOnly = (change.set & abi.MS_RDONLY) !== 0;
  if (becomesReadOnly && mounts.some((mount) => !mount.has(abi.MS_RDONLY) && mount.writers > 0)) return -EBUSY;
  for (const mount of mounts) mount.flags = (mount.flags & ~change.clear) | change.set;
  namespace.changed();
  if (propagation !== undefined) namespace.setPropagation(mounts, propagation);
  return 0;
}

export const mountTreeCalls = [
  syscall(
    428,
    'open_tree',
    [fd('dirfd'), path('path'), flags('flags', { ...abi.openTreeNames, OPEN_TREE_CLOEXEC: O_CLOEXEC, ...atFlagNames })],
    openTree,
  ),
  syscall(
    429,
    'move_mount',
    [fd('from_dirfd'), path('from_path'), fd('to_dirfd'), path('to_path'), flags('flags', abi.moveMountNames)],
    moveMountCall,
    partial('MOVE_MOUNT_SET_GROUP answers EINVAL'),
  ),
  syscall(
    442,
    'mount_setattr',
    [fd('dirfd'), path('path'), flags('flags', atFlagNames), pointer('attr'), size('size')],
    mountSetattr,
    partial('no mapped ids: MOUNT_ATTR_IDMAP answers EINVAL'),
  ),
];
