/** Making, linking, moving and removing names. Source: fs/namei.c (filename_create, do_rmdir, do_unlinkat, do_renameat2). */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import type { FileNode } from '../../../kernel/file-server.ts';
import { CAP_MKNOD } from '../../abi/capability.ts';
import { capable } from '../../process/credentials.ts';
import {
  EACCES,
  EBUSY,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOTDIR,
  ENOTEMPTY,
  EPERM,
  EROFS,
  EXDEV,
} from '../../abi/errno.ts';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_REMOVEDIR,
  AT_SYMLINK_FOLLOW,
  RENAME_EXCHANGE,
  RENAME_NOREPLACE,
  renameFlagNames,
} from '../../abi/fcntl.ts';
import { IN_ATTRIB, IN_DELETE } from '../../abi/inotify.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } from '../../abi/stat.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, flags, mode, path, syscall, uint } from '../../syscall.ts';
import { nodeAt } from '../mount.ts';
import type { Location } from '../mount.ts';
import type { Notifier } from '../notify/notifier.ts';
import { announce, createNode } from '../opening.ts';
import { Last } from '../path-walk.ts';
import type { NamedPlace } from '../path-walk.ts';
import { checkAccess, checkRemoval, May, ownsFile } from '../permission.ts';
import { decodeDevice } from '../stat-image.ts';
import { locateName, locateOrDescription, locationOf } from '../walker.ts';

/** A name that does not exist yet, or −errno. Only a directory may be named with a slash at the end. */
function newName(thread: LinuxThread, dirfd: number, name: ByteString, isDirectory: boolean): NamedPlace | number {
  const place = locateName(thread, dirfd, name);
  if (typeof place === 'number') return place;
  if (place.special !== '' || place.dentry.node !== undefined) return -EEXIST;
  if (place.asDirectory === 1 && !isDirectory) return -ENOENT;
  return place;
}

function make(
  thread: LinuxThread,
  place: NamedPlace,
  kind: NodeKind,
  bits: number,
  extra: { readonly device?: { major: number; minor: number }; readonly target?: ByteString } = {},
): number {
  const node = createNode(thread, place, kind, bits, extra);
  if (typeof node === 'number') return node;
  announce(thread, place, node);
  return 0;
}

function notifierOf(thread: LinuxThread): Notifier {
  return thread.process.fs.system.notifier;
}

export function mkdirat(thread: LinuxThread, dirfd: number, name: ByteString, bits: number): number {
  const place = newName(thread, dirfd, name, true);
  if (typeof place === 'number') return place;
  // Set-user-ID and set-group-ID are not given to new directories this way. Source: mkdir(2).
  return make(thread, place, NodeKind.Directory, bits & 0o1777);
}

const kindOfType: Readonly<Record<number, NodeKind>> = {
  0: NodeKind.File,
  [S_IFREG]: NodeKind.File,
  [S_IFCHR]: NodeKind.CharacterDevice,
  [S_IFBLK]: NodeKind.BlockDevice,
  [S_IFIFO]: NodeKind.Fifo,
  [S_IFSOCK]: NodeKind.Socket,
};

export function mknodat(thread: LinuxThread, dirfd: number, name: ByteString, bits: number, device: number): number {
  const type = bits & S_IFMT;
  if (type === S_IFDIR) return -EPERM;
  const kind = kindOfType[type];
  if (kind === undefined) return -EINVAL;
  const place = newName(thread, dirfd, name, false);
  if (typeof place === 'number') return place;
  const isDevice = kind === NodeKind.CharacterDevice || kind === NodeKind.BlockDevice;
  const { credentials } = thread.process;
  if (isDevice && !capable(credentials, CAP_MKNOD)) {
    const denied = checkAccess(nodeAt(place.directory), credentials, May.Write | May.Execute);
    return denied < 0 ? denied : -EPERM;
  }
  return make(thread, place, kind, bits, isDevice ? { device: decodeDevice(device) } : {});
}

export function symlinkat(thread: LinuxThread, target: ByteString, dirfd: number, name: ByteString): number {
  if (target === '') return -ENOENT;
  const place = newName(thread, dirfd, name, false);
  return typeof place === 'number' ? place : make(thread, place, NodeKind.SymbolicLink, 0o777, { target });
}

export function linkat(
  thread: LinuxThread,
  oldDirfd: number,
  oldName: ByteString,
  newDirfd: number,
  name: ByteString,
  linkFlags: number,
): number {
  if ((linkFlags & ~(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const last = (linkFlags & AT_SYMLINK_FOLLOW) !== 0 ? Last.Follow : Last.NoFollow;
  const found = locateOrDescription(thread, oldDirfd, oldName, linkFlags, last);
  if (typeof found === 'number') return found;
  const location = locationOf(found);
  if (location === undefined) return -ENOENT;
  const place = newName(thread, newDirfd, name, false);
  if (typeof place === 'number') return place;
  if (place.directory.mount !== location.mount) return -EXDEV;
  return addLink(thread, nodeAt(location), place);
}

function addLink(thread: LinuxThread, node: FileNode, place: NamedPlace): number {
  const { directory, name } = place;
  const { credentials } = thread.process;
  if (directory.mount.readOnly) return -EROFS;
  if (!mayLink(thread, node)) return -EPERM;
  const denied = checkAccess(nodeAt(directory), credentials, May.Write | May.Execute);
  if (denied < 0) return denied;
  if (directory.dentry.removed) return -ENOENT;
  if (node.kind === NodeKind.Directory) return -EPERM;
  const { linkable } = thread.process.fs.system;
  if (node.attributes().links === 0 && !linkable.has(node)) return -ENOENT;
  const status = nodeAt(directory).link(name, node);
  if (status !== 0) return linuxResult(status);
  linkable.delete(node);
  notifierOf(thread).atNode(node, IN_ATTRIB);
  announce(thread, place, node);
  return 0;
}

/** Others' files may be linked only where they could be read and written anyway. Source: proc(5), protected_hardlinks. */
function mayLink(thread: LinuxThread, node: FileNode): boolean {
  if (thread.machine.settings.number('fs/protected_hardlinks') === 0) return true;
  const { credentials } = thread.process;
  const attributes = node.attributes();
  if (ownsFile(attributes, credentials)) return true;
  if (node.kind !== NodeKind.File || (attributes.permissions & 0o4000) !== 0) return false;
  if ((attributes.permissions & 0o2010) === 0o2010) return false;
  return checkAccess(node, credentials, May.Read | May.Write) === 0;
}

/** Whether anything is mounted on the name, in whatever mount. */
function isMountPoint(place: NamedPlace): boolean {
  return place.dentry.mounts !== undefined && place.dentry.mounts.size > 0;
}

export function unlinkat(thread: LinuxThread, dirfd: number, name: ByteString, unlinkFlags: number): number {
  if ((unlinkFlags & ~AT_REMOVEDIR) !== 0) return -EINVAL;
  return (unlinkFlags & AT_REMOVEDIR) !== 0 ? rmdir(thread, dirfd, name) : unlink(thread, dirfd, name);
}

function unlink(thread: LinuxThread, dirfd: number, name: ByteString): number {
  const place = locateName(thread, dirfd, name);
  if (typeof place === 'number') return place;
  if (place.special !== '') return -EISDIR;
  const { node } = place.dentry;
  if (node === undefined) return -ENOENT;
  if (place.asDirectory === 1) return node.kind === NodeKind.Directory ? -EISDIR : -ENOTDIR;
  const refused = mayRemove(thread, place.directory, node);
  if (refused < 0) return refused;
  if (node.kind === NodeKind.Directory) return -EISDIR;
  if (isMountPoint(place)) return -EBUSY;
  return remove(thread, place);
}

function rmdir(thread: LinuxThread, dirfd: number, name: ByteString): number {
  const place = locateName(thread, dirfd, name);
  if (typeof place === 'number') return place;
  if (place.special !== '') return place.special === '.' ? -EINVAL : place.special === '..' ? -ENOTEMPTY : -EBUSY;
  const { node } = place.dentry;
  if (node === undefined) return -ENOENT;
  const refused = mayRemove(thread, place.directory, node);
  if (refused < 0) return refused;
  if (node.kind !== NodeKind.Directory) return -ENOTDIR;
  if (isMountPoint(place)) return -EBUSY;
  return remove(thread, place);
}

function mayRemove(thread: LinuxThread, directory: Location, victim: FileNode): number {
  if (directory.mount.readOnly) return -EROFS;
  return checkRemoval(nodeAt(directory), victim, thread.process.credentials);
}

function remove(thread: LinuxThread, { directory, name, dentry }: NamedPlace): number {
  const notifier = notifierOf(thread);
  const node = dentry.node!;
  const status = nodeAt(directory).unlink(name);
  if (status !== 0) return linuxResult(status);
  directory.dentry.drop(name);
  dentry.removed = true;
  if (node.kind !== NodeKind.Directory) notifier.atNode(node, IN_ATTRIB);
  notifier.nameGone(dentry);
  notifier.inDirectory(nodeAt(directory), IN_DELETE, name, node);
  return 0;
}

export function renameat2(
  thread: LinuxThread,
  oldDirfd: number,
  oldName: ByteString,
  newDirfd: number,
  newName: ByteString,
  renameFlags: number,
): number {
  if ((renameFlags & ~(RENAME_NOREPLACE | RENAME_EXCHANGE)) !== 0) return -EINVAL;
  if (renameFlags === (RENAME_NOREPLACE | RENAME_EXCHANGE)) return -EINVAL;
  const from = locateName(thread, oldDirfd, oldName);
  if (typeof from === 'number') return from;
  const to = locateName(thread, newDirfd, newName);
  if (typeof to === 'number') return to;
  if (from.directory.mount !== to.directory.mount) return -EXDEV;
  if (from.special !== '') return -EBUSY;
  if (to.special !== '') return (renameFlags & RENAME_NOREPLACE) !== 0 ? -EEXIST : -EBUSY;
  const refused = mayRename(thread, from, to, renameFlags);
  if (refused < 0) return refused;
  if (from.dentry.node === to.dentry.node && (renameFlags & RENAME_EXCHANGE) === 0) return 0;
  return (renameFlags & RENAME_EXCHANGE) !== 0 ? exchange(thread, from, to) : move(thread, from, to);
}

function mayRename(thread: LinuxThread, from: NamedPlace, to: NamedPlace, renameFlags: number): number {
  const moved = from.dentry.node;
  const replaced = to.dentry.node;
  if (from.directory.mount.readOnly) return -EROFS;
  if (moved === undefined) return -ENOENT;
  if (replaced !== undefined && (renameFlags & RENAME_NOREPLACE) !== 0) return -EEXIST;
  const exchanges = (renameFlags & RENAME_EXCHANGE) !== 0;
  if (exchanges && replaced === undefined) return -ENOENT;
  const isDirectory = moved.kind === NodeKind.Directory;
  if (!isDirectory && from.asDirectory === 1) return -ENOTDIR;
  if (
    exchanges ? to.asDirectory === 1 && replaced!.kind !== NodeKind.Directory : !isDirectory && to.asDirectory === 1
  ) {
    return -ENOTDIR;
  }
  if (from.dentry.contains(to.directory.dentry)) return -EINVAL;
  if (to.dentry.contains(from.directory.dentry)) return exchanges ? -EINVAL : -ENOTEMPTY;
  if (moved === replaced) return 0;
  return mayReplace(thread, from, to, exchanges);
}

function mayReplace(thread: LinuxThread, from: NamedPlace, to: NamedPlace, exchanges: boolean): number {
  const { credentials } = thread.process;
  const moved = from.dentry.node!;
  const replaced = to.dentry.node;
  const denied = checkRemoval(nodeAt(from.directory), moved, credentials);
  if (denied < 0) return denied;
  const toDirectory = nodeAt(to.directory);
  const deniedTo =
    replaced === undefined
      ? checkAccess(toDirectory, credentials, May.Write | May.Execute)
      : checkRemoval(toDirectory, replaced, credentials);
  if (deniedTo < 0) return deniedTo;
  if (to.directory.dentry.removed) return -ENOENT;
  if (replaced !== undefined && !exchanges) {
    const isDirectory = moved.kind === NodeKind.Directory;
    if (isDirectory && replaced.kind !== NodeKind.Directory) return -ENOTDIR;
    if (!isDirectory && replaced.kind === NodeKind.Directory) return -EISDIR;
  }
  // A directory that moves elsewhere gets another `..`: its own write permission counts.
  if (moved.kind === NodeKind.Directory && from.directory.dentry !== to.directory.dentry) {
    if (checkAccess(moved, credentials, May.Write) < 0) return -EACCES;
  }
  return isMountPoint(from) || isMountPoint(to) ? -EBUSY : 0;
}

function move(thread: LinuxThread, from: NamedPlace, to: NamedPlace): number {
  const notifier = notifierOf(thread);
  const moved = from.dentry.node!;
  const replaced = to.dentry.node;
  const status = nodeAt(from.directory).rename(from.name, nodeAt(to.directory), to.name);
  if (status !== 0) return linuxResult(status);
  to.dentry.removed = true;
  to.directory.dentry.moveHere(from.dentry, to.name);
  notifier.moved(moved, nodeAt(from.directory), from.name, nodeAt(to.directory), to.name);
  if (replaced !== undefined) notifier.atNode(replaced, IN_ATTRIB);
  notifier.movedSelf(moved);
  notifier.nameGone(to.dentry);
  return 0;
}

function exchange(thread: LinuxThread, from: NamedPlace, to: NamedPlace): number {
  const directory = nodeAt(from.directory);
  if (directory.exchange === undefined) return -EINVAL;
  const status = directory.exchange(from.name, nodeAt(to.directory), to.name);
  if (status !== 0) return linuxResult(status);
  const [one, other] = [from.dentry.node!, to.dentry.node!];
  from.dentry.exchangeWith(to.dentry);
  const notifier = notifierOf(thread);
  notifier.moved(one, directory, from.name, nodeAt(to.directory), to.name);
  notifier.movedSelf(one);
  notifier.moved(other, nodeAt(to.directory), to.name, directory, from.name);
  notifier.movedSelf(other);
  return 0;
}

export const nameCalls = [
  syscall(82, 'rename', [path('oldpath'), path('newpath')], (thread, oldName, newName_) =>
    renameat2(thread, AT_FDCWD, oldName, AT_FDCWD, newName_, 0),
  ),
  syscall(83, 'mkdir', [path('pathname'), mode('mode')], (thread, name, bits) => mkdirat(thread, AT_FDCWD, name, bits)),
  syscall(84, 'rmdir', [path('pathname')], (thread, name) => rmdir(thread, AT_FDCWD, name)),
  syscall(86, 'link', [path('oldpath'), path('newpath')], (thread, oldName, name) =>
    linkat(thread, AT_FDCWD, oldName, AT_FDCWD, name, 0),
  ),
  syscall(87, 'unlink', [path('pathname')], (thread, name) => unlink(thread, AT_FDCWD, name)),
  syscall(88, 'symlink', [path('target'), path('linkpath')], (thread, target, name) =>
    symlinkat(thread, target, AT_FDCWD, name),
  ),
  syscall(133, 'mknod', [path('pathname'), mode('mode'), uint('dev')], (thread, name, bits, device) =>
    mknodat(thread, AT_FDCWD, name, bits, device),
  ),
  syscall(258, 'mkdirat', [fd('dirfd'), path('pathname'), mode('mode')], mkdirat),
  syscall(259, 'mknodat', [fd('dirfd'), path('pathname'), mode('mode'), uint('dev')], mknodat),
  syscall(263, 'unlinkat', [fd('dirfd'), path('pathname'), flags('flags', { AT_REMOVEDIR })], unlinkat),
  syscall(264, 'renameat', [fd('olddirfd'), path('oldpath'), fd('newdirfd'), path('newpath')], (thread, ...names) =>
    renameat2(thread, ...names, 0),
  ),
  syscall(
    265,
    'linkat',
    [
      fd('olddirfd'),
      path('oldpath'),
      fd('newdirfd'),
      path('newpath'),
      flags('flags', { AT_SYMLINK_FOLLOW, AT_EMPTY_PATH }),
    ],
    linkat,
  ),
  syscall(266, 'symlinkat', [path('target'), fd('newdirfd'), path('linkpath')], symlinkat),
  syscall(
    316,
    'renameat2',
    [fd('olddirfd'), path('oldpath'), fd('newdirfd'), path('newpath'), flags('flags', renameFlagNames)],
    renameat2,
  ),
];
