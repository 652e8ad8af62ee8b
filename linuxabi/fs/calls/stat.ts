/** stat and its relatives, access, readlink, statfs. */
import type { GuestAddress } from '../../../cpu/address.ts';
import { bytesFromString } from '../../../kernel/byte-string.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind, type FileNode } from '../../../kernel/file-server.ts';
import { EACCES, EBADF, EINVAL, ENOENT, EROFS } from '../../abi/errno.ts';
import {
  accessNames,
  AT_EACCESS,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_NO_AUTOMOUNT,
  AT_STATX_SYNC_TYPE,
  AT_SYMLINK_NOFOLLOW,
  atFlagNames,
  W_OK,
  X_OK,
} from '../../abi/fcntl.ts';
import { MS_NOEXEC } from '../../abi/mount.ts';
import { STATX__RESERVED } from '../../abi/stat.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { writeBytes } from '../../guest-string.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, flags, int, path, pointer, syscall, uint } from '../../syscall.ts';
import { Description } from '../description.ts';
import { isMagicLink } from '../magic-link.ts';
import type { Location } from '../mount.ts';
import { nodeAt, shownPath } from '../mount.ts';
import { Last, walk } from '../path-walk.ts';
import { checkAccess, realCredentials } from '../permission.ts';
import { objectAttributes, statfsImage, statImage, statxImage } from '../stat-image.ts';
import { locate, locateOrDescription, locationOf, walkerAt } from '../walker.ts';

function followsWhen(noFollow: number): Last {
  return noFollow !== 0 ? Last.NoFollow : Last.Follow;
}

/** Node and mount behind what a call named. */
function target(found: Location | Description) {
  if (!(found instanceof Description)) return { node: nodeAt(found), mount: found.mount };
  return { node: found.location === undefined ? found.node : nodeAt(found.location), mount: found.location?.mount };
}

function storeStat(thread: LinuxThread, found: Location | Description | number, buffer: GuestAddress): number {
  if (typeof found === 'number') return found;
  const { node } = target(found);
  writeBytes(thread.memory, buffer, statImage(node?.attributes() ?? objectAttributes, node));
  return 0;
}

function newfstatat(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  buffer: GuestAddress,
  atFlags: number,
): number {
  if ((atFlags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const last = followsWhen(atFlags & AT_SYMLINK_NOFOLLOW);
  return storeStat(thread, locateOrDescription(thread, dirfd, name, atFlags, last), buffer);
}

function statx(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  atFlags: number,
  mask: number,
  buffer: GuestAddress,
): number {
  if ((atFlags & ~(AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_EMPTY_PATH | AT_STATX_SYNC_TYPE)) !== 0) return -EINVAL;
  if (mask >= STATX__RESERVED || (atFlags & AT_STATX_SYNC_TYPE) === AT_STATX_SYNC_TYPE) return -EINVAL;
  const found = locateOrDescription(thread, dirfd, name, atFlags, followsWhen(atFlags & AT_SYMLINK_NOFOLLOW));
  if (typeof found === 'number') return found;
  const { node } = target(found);
  const location = locationOf(found);
  writeBytes(thread.memory, buffer, statxImage(node?.attributes() ?? objectAttributes, node, location));
  return 0;
}

function fstat(thread: LinuxThread, fdNumber: number, buffer: GuestAddress): number {
  return storeStat(thread, thread.process.files.get(fdNumber) ?? -EBADF, buffer);
}

export function faccessat2(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  wanted: number,
  atFlags: number,
): number {
  if ((wanted & ~7) !== 0) return -EINVAL;
  if ((atFlags & ~(AT_EACCESS | AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) !== 0) return -EINVAL;
  const { credentials } = thread.process;
  const checked = (atFlags & AT_EACCESS) !== 0 ? credentials : realCredentials(credentials);
  let found: Location | Description | number;
  if (name === '' && (atFlags & AT_EMPTY_PATH) !== 0) {
    found = locateOrDescription(thread, dirfd, name, atFlags, Last.Follow);
  } else {
    const walker = walkerAt(thread, dirfd, name, checked);
    found = typeof walker === 'number' ? walker : walk(walker, name, followsWhen(atFlags & AT_SYMLINK_NOFOLLOW));
  }
  if (typeof found === 'number') return found;
  const { node, mount } = target(found);
  if (node === undefined || wanted === 0) return 0;
  if ((wanted & W_OK) !== 0 && mount?.readOnly === true && isStored(node.kind)) return -EROFS;
  if ((wanted & X_OK) !== 0 && node.kind === NodeKind.File && mount?.has(MS_NOEXEC) === true) return -EACCES;
  return checkAccess(node, checked, wanted);
}

/** Kinds whose writing changes the tree itself. */
function isStored(kind: NodeKind): boolean {
  return kind === NodeKind.File || kind === NodeKind.Directory || kind === NodeKind.SymbolicLink;
}

function readlinkat(
  thread: LinuxThread,
  dirfd: number,
  name: ByteString,
  buffer: GuestAddress,
  length: number,
): number {
  if (length <= 0) return -EINVAL;
  const found = locateOrDescription(thread, dirfd, name, AT_EMPTY_PATH, Last.NoFollow);
  if (typeof found === 'number') return found;
  const { node } = target(found);
  if (node === undefined || node.kind !== NodeKind.SymbolicLink) return name === '' ? -ENOENT : -EINVAL;
  const text = linkText(thread, node);
  if (typeof text === 'number') return text;
  const bytes = bytesFromString(text).subarray(0, length);
  writeBytes(thread.memory, buffer, bytes);
  return bytes.length;
}

/** What readlink shows, or −errno. */
export function linkText(thread: LinuxThread, link: FileNode): ByteString | number {
  if (isMagicLink(link)) return magicText(thread, link.magicTarget());
  const text = link.readLink();
  return typeof text === 'number' ? linuxResult(text) : text;
}

/** What readlink shows for a link to an open file. */
function magicText(thread: LinuxThread, location: Location | number): ByteString | number {
  if (typeof location === 'number') return location;
  return shownPath(location, thread.process.fs.root);
}

function storeStatfs(thread: LinuxThread, found: Location | Description | number, buffer: GuestAddress): number {
  if (typeof found === 'number') return found;
  const { mount } = target(found);
  if (mount === undefined) return -EBADF;
  writeBytes(thread.memory, buffer, statfsImage(mount.server.statistics(), mount));
  return 0;
}

export const statCalls = [
  syscall(4, 'stat', [path('pathname'), pointer('statbuf')], (thread, name, buffer) =>
    storeStat(thread, locate(thread, AT_FDCWD, name, Last.Follow), buffer),
  ),
  syscall(5, 'fstat', [fd('fd'), pointer('statbuf')], fstat),
  syscall(6, 'lstat', [path('pathname'), pointer('statbuf')], (thread, name, buffer) =>
    storeStat(thread, locate(thread, AT_FDCWD, name, Last.NoFollow), buffer),
  ),
  syscall(21, 'access', [path('pathname'), flags('mode', accessNames)], (thread, name, wanted) =>
    faccessat2(thread, AT_FDCWD, name, wanted, 0),
  ),
  syscall(89, 'readlink', [path('pathname'), pointer('buf'), int('bufsiz')], (thread, name, buffer, length) =>
    name === '' ? -ENOENT : readlinkat(thread, AT_FDCWD, name, buffer, length),
  ),
  syscall(137, 'statfs', [path('pathname'), pointer('buf')], (thread, name, buffer) =>
    storeStatfs(thread, locate(thread, AT_FDCWD, name, Last.Follow), buffer),
  ),
  syscall(138, 'fstatfs', [fd('fd'), pointer('buf')], (thread, fdNumber, buffer) =>
    storeStatfs(thread, thread.process.files.get(fdNumber) ?? -EBADF, buffer),
  ),
  syscall(
    262,
    'newfstatat',
    [fd('dirfd'), path('pathname'), pointer('statbuf'), flags('flags', atFlagNames)],
    newfstatat,
  ),
  syscall(267, 'readlinkat', [fd('dirfd'), path('pathname'), pointer('buf'), int('bufsiz')], readlinkat),
  syscall(
    269,
    'faccessat',
    [fd('dirfd'), path('pathname'), flags('mode', accessNames)],
    (thread, dirfd, name, wanted) => faccessat2(thread, dirfd, name, wanted, 0),
  ),
  syscall(
    332,
    'statx',
    [fd('dirfd'), path('pathname'), flags('flags', atFlagNames), uint('mask'), pointer('statxbuf')],
    statx,
  ),
  syscall(
    439,
    'faccessat2',
    [
      fd('dirfd'),
      path('pathname'),
      flags('mode', accessNames),
      flags('flags', { AT_EACCESS, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH }),
    ],
    faccessat2,
  ),
];
