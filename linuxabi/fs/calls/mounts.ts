/** mount, umount2, pivot_root. Source: mount(2), umount(2), pivot_root(2); fs/namespace.c. */
import { PAGE_SIZE } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { EAGAIN, EACCES, EBUSY, EINVAL, ENOENT, ENOTDIR, EPERM } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_MGC_MSK,
  MS_MGC_VAL,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_NOUSER,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_UNBINDABLE,
  mountFlagNames,
  umountFlagNames,
  UMOUNT_NOFOLLOW,
} from '../../abi/mount.ts';
import { readCString } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { flags, partial, path, pointer, syscall } from '../../syscall.ts';
import { treeOf } from '../mount-spread.ts';
import { Propagation } from '../peer-group.ts';
import { mountedAt, sameLocation } from '../mount.ts';
import type { Location, Mount } from '../mount.ts';
import { checkMountRoom, isDirectory, isOurs, isRoot, mayMount, moveMount, writersOf } from '../mounting/places.ts';
import { makeTree, remountTree } from '../mounting/types.ts';
import { Last, parentOf } from '../path-walk.ts';
import { locate } from '../walker.ts';

interface MountCall {
  readonly source: ByteString | undefined;
  readonly at: Location;
  readonly type: ByteString | undefined;
  readonly flags: number;
  readonly options: ByteString;
}

/** Flags that belong to a mount, not to its tree. */
const MOUNT_FLAGS =
  MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_NOSYMFOLLOW | MS_RELATIME;
const PROPAGATIONS = MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE;

function readText(thread: LinuxThread, address: GuestAddress): ByteString | undefined | number {
  if ((address as number) === 0) return undefined;
  return readCString(thread.memory, address, PAGE_SIZE) ?? -EINVAL;
}

function mount(
  thread: LinuxThread,
  sourceAt: GuestAddress,
  target: ByteString,
  typeAt: GuestAddress,
  givenFlags: number,
  optionsAt: GuestAddress,
): number {
  const type = readText(thread, typeAt);
  const source = readText(thread, sourceAt);
  const options = readText(thread, optionsAt);
  if (typeof type === 'number') return type;
  if (typeof source === 'number') return source;
  const at = locate(thread, AT_FDCWD, target, Last.Follow);
  if (typeof at === 'number') return at;
  const mountFlags = (givenFlags & MS_MGC_MSK) === MS_MGC_VAL ? givenFlags & ~MS_MGC_MSK : givenFlags;
  if ((mountFlags & MS_NOUSER) !== 0) return -EINVAL;
  if (!mayMount(thread)) return -EPERM;
  const call = { source, at, type, flags: mountFlags, options: typeof options === 'string' ? options : '' };
  if ((mountFlags & MS_REMOUNT) !== 0) return remount(thread, call);
  if ((mountFlags & MS_BIND) !== 0) return bind(thread, onTop(call));
  if ((mountFlags & PROPAGATIONS) !== 0) return changePropagation(thread, call);
  if ((mountFlags & MS_MOVE) !== 0) return move(thread, onTop(call));
  return mountNew(thread, onTop(call));
}

/** Where a mount goes that is asked for at a place: on top of what is mounted there. Source: fs/namespace.c, do_lock_mount. */
function onTop(call: MountCall): MountCall {
  return { ...call, at: mountedAt(call.at) };
}

/** A mount's own flags; without a word about access times they are kept as `relatime` says. */
function ownFlags(mountFlags: number): number {
  const times = (mountFlags & (MS_NOATIME | MS_STRICTATIME)) === 0 ? MS_RELATIME : 0;
  const strict = (mountFlags & MS_STRICTATIME) !== 0 ? MS_RELATIME | MS_NOATIME : 0;
  return ((mountFlags & MOUNT_FLAGS) | times) & ~strict;
}

function mountNew(thread: LinuxThread, { at, type, source, flags: mountFlags, options }: MountCall): number {
  if (type === undefined) return -EINVAL;
  const tree = makeTree(thread, type, options);
  if (typeof tree === 'number') return tree;
  if (!isOurs(thread, at)) return -EINVAL;
  if (at.dentry.removed) return -ENOENT;
  // Of proc each mount is another tree on Linux. Source: fs/proc/root.c.
  if (isRoot(at) && at.mount.server === tree.server && type !== 'proc') return -EBUSY;
  if (!isDirectory(at)) return -ENOTDIR;
  const refused = checkMountRoom(thread, 1, at);
  if (refused < 0) return refused;
  const request = { ...tree, source: source ?? 'none', flags: ownFlags(mountFlags) };
  const { superBlock } = thread.process.fs.system.mount(request, at).mount;
  if ((mountFlags & MS_RDONLY) !== 0 && superBlock.mounts.size === 1) superBlock.isReadOnly = true;
  return 0;
}

function sourcePlace(thread: LinuxThread, source: ByteString | undefined): Location | number {
  return source === undefined || source === '' ? -EINVAL : locate(thread, AT_FDCWD, source, Last.Follow);
}

function bind(thread: LinuxThread, { at, source, flags: mountFlags }: MountCall): number {
  const from = sourcePlace(thread, source);
  if (typeof from === 'number') return from;
  if (!isOurs(thread, from) || !isOurs(thread, at)) return -EINVAL;
  if (from.mount.isUnbindable) return -EINVAL;
  if (isDirectory(from) !== isDirectory(at)) return -ENOTDIR;
  if (at.dentry.removed || from.dentry.removed) return -ENOENT;
  const depth = (mountFlags & MS_REC) !== 0 ? 'with-all-below' : 'alone';
  const { namespace } = thread.process.fs;
  const refused = checkMountRoom(thread, depth === 'alone' ? 1 : treeOf(from.mount).length, at);
  if (refused < 0) return refused;
  namespace.bind(from, at, depth);
  return 0;
}

function remount(thread: LinuxThread, { at, flags: mountFlags, options }: MountCall): number {
  if (!isOurs(thread, at) || !isRoot(at)) return -EINVAL;
  const { mount: changed } = at;
  const { superBlock } = changed;
  const becomesReadOnly = (mountFlags & MS_RDONLY) !== 0;
  const isBind = (mountFlags & MS_BIND) !== 0;
  const writers = isBind ? changed.writers : writersOf(superBlock.mounts);
  if (becomesReadOnly && writers > 0) return -EBUSY;
  if (!becomesReadOnly && !isBind && superBlock.server.readOnly) return -EACCES;
  if (!isBind) {
    const refused = remountTree(thread, superBlock, options);
    if (refused < 0) return refused;
    superBlock.isReadOnly = becomesReadOnly;
  }
  // Unless something is said about access times, they stay as they are.
  const times = MS_NOATIME | MS_NODIRATIME | MS_RELATIME;
  const saysTimes = (mountFlags & (times | MS_STRICTATIME)) !== 0;
  const own = ownFlags(mountFlags);
  changed.flags = saysTimes ? own : (own & ~times) | (changed.flags & times);
  thread.process.fs.namespace.changed();
  return 0;
}

export const propagationOf: Readonly<Record<number, Propagation>> = {
  [MS_SHARED]: Propagation.Shared,
  [MS_PRIVATE]: Propagation.Private,
  [MS_SLAVE]: Propagation.Slave,
  [MS_UNBINDABLE]: Propagation.Unbindable,
};

function changePropagation(thread: LinuxThread, { at, flags: mountFlags }: MountCall): number {
  if (!isRoot(at)) return -EINVAL;
  const propagation = propagationOf[mountFlags & ~(MS_REC | MS_SILENT)];
  if (propagation === undefined || !isOurs(thread, at)) return -EINVAL;
  const all = (mountFlags & MS_REC) !== 0 ? thread.process.fs.namespace.below(at.mount) : [];
  thread.process.fs.namespace.setPropagation([at.mount, ...all], propagation);
  return 0;
}

function move(thread: LinuxThread, { at, source }: MountCall): number {
  const from = sourcePlace(thread, source);
  if (typeof from === 'number') return from;
  return from.mount.at === undefined ? -EINVAL : moveMount(thread, from, at);
}

// --- umount ----------------------------------------------------------------------------------------------------------------

const UMOUNT_FLAGS = MNT_FORCE | MNT_DETACH | MNT_EXPIRE | UMOUNT_NOFOLLOW;

function umount2(thread: LinuxThread, target: ByteString, umountFlags: number): number {
  if ((umountFlags & ~UMOUNT_FLAGS) !== 0) return -EINVAL;
  const last = (umountFlags & UMOUNT_NOFOLLOW) !== 0 ? Last.NoFollow : Last.Follow;
  const place = locate(thread, AT_FDCWD, target, last);
  if (typeof place === 'number') return place;
  if (!mayMount(thread)) return -EPERM;
  // The topmost, also where the path leads below it (LOOKUP_MOUNTPOINT).
  const at = mountedAt(place);
  if (!isOurs(thread, at) || !isRoot(at)) return -EINVAL;
  const { fs } = thread.process;
  const { mount: gone } = at;
  if ((umountFlags & MNT_EXPIRE) !== 0) {
    if (gone === fs.root.mount || (umountFlags & (MNT_FORCE | MNT_DETACH)) !== 0) return -EINVAL;
    if (isBusy(thread, gone)) return -EBUSY;
    if (!gone.mayExpire) {
      gone.mayExpire = true;
      return -EAGAIN;
    }
  }
  const isLazy = (umountFlags & MNT_DETACH) !== 0;
  // Unmounting the root makes it read-only. Source: fs/namespace.c, do_umount_root.
  if (gone === fs.root.mount && !isLazy) {
    if (writersOf(gone.superBlock.mounts) > 0) return -EBUSY;
    gone.superBlock.isReadOnly = true;
    return 0;
  }
  if (gone.at === undefined) return -EINVAL;
  if (!isLazy && isBusy(thread, gone)) return -EBUSY;
  // What would go with it may be in use too. Source: fs/pnode.c, propagate_mount_busy.
  const alike = isLazy ? [] : fs.namespace.counterparts(gone);
  if (alike.some((each) => treeOf(each).length === 1 && isBusy(thread, each))) return -EBUSY;
  fs.namespace.remove(gone, 'everywhere');
  return 0;
}

/** Something is open on it, mounted below it, stands in it, or is mapped from it. */
function isBusy(thread: LinuxThread, mounted: Mount): boolean {
  if (mounted.users > 0 || treeOf(mounted).length > 1) return true;
  const isOnly = mounted.superBlock.mounts.size === 1;
  for (const { fs, exited, image } of thread.machine.tasks.processes.values()) {
    if (exited) continue;
    if (fs.cwd.mount === mounted || fs.root.mount === mounted) return true;
    if (!isOnly || image === undefined) continue;
    for (const { object } of image.space.regions) if (object.node?.server === mounted.server) return true;
  }
  return false;
}

// --- pivot_root ------------------------------------------------------------------------------------------------------------

function pivotRoot(thread: LinuxThread, newName: ByteString, oldName: ByteString): number {
  if (!mayMount(thread)) return -EPERM;
  const top = locate(thread, AT_FDCWD, newName, Last.Follow);
  if (typeof top === 'number') return top;
  const oldAt = locate(thread, AT_FDCWD, oldName, Last.Follow);
  if (typeof oldAt === 'number') return oldAt;
  if (!isDirectory(top) || !isDirectory(oldAt)) return -ENOTDIR;
  const { root, namespace } = thread.process.fs;
  const parents = [oldAt.mount, top.mount.at?.mount, root.mount.at?.mount];
  if (parents.some((each) => each?.group !== undefined)) return -EINVAL;
  if (!isOurs(thread, root) || !isOurs(thread, top)) return -EINVAL;
  if (top.dentry.removed) return -ENOENT;
  if (top.mount === root.mount || oldAt.mount === root.mount) return -EBUSY;
  if (!isRoot(root) || !isRoot(top) || top.mount.at === undefined) return -EINVAL;
  if (!isReachable(oldAt, top) || !isReachable(top, root)) return -EINVAL;
  const { at } = root.mount;
  if (at === undefined) namespace.exchangeRoot(top.mount, oldAt);
  else {
    namespace.shift(root.mount, oldAt);
    namespace.shift(top.mount, at);
  }
  const newRoot = { mount: top.mount, dentry: top.mount.root };
  for (const { fs, exited } of thread.machine.tasks.processes.values()) {
    if (exited) continue;
    if (sameLocation(fs.root, root)) fs.root = newRoot;
    if (sameLocation(fs.cwd, root)) fs.cwd = newRoot;
  }
  return 0;
}

/** Whether going up from a place leads to the other. */
function isReachable(from: Location, to: Location): boolean {
  for (let here = from; ;) {
    if (sameLocation(here, to)) return true;
    const above = parentOf(here, to);
    if (sameLocation(mountedAt(above), here) || sameLocation(above, here)) return false;
    here = above;
  }
}

export const mountCalls = [
  syscall(155, 'pivot_root', [path('new_root'), path('put_old')], pivotRoot),
  syscall(
    165,
    'mount',
    [
      pointer('source'),
      path('target'),
      pointer('filesystemtype'),
      flags('mountflags', mountFlagNames),
      pointer('data'),
    ],
    mount,
    partial('tmpfs, overlay, proc, sysfs, devtmpfs, devpts, mqueue'),
  ),
  syscall(166, 'umount2', [path('target'), flags('flags', umountFlagNames)], umount2),
];
