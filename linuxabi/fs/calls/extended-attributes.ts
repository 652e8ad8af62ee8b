/** Extended attributes, as a file system answers that has none. Source: xattr(7); fs/xattr.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { EBADF, EINVAL, ENODATA, EOPNOTSUPP, ERANGE } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import { XATTR_CREATE, XATTR_NAME_MAX, XATTR_REPLACE } from '../../abi/stat.ts';
import { readCString } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { fd, flags, partial, path, pointer, size, syscall } from '../../syscall.ts';
import { Last } from '../path-walk.ts';
import { locate } from '../walker.ts';

const NONE = partial('no file has extended attributes');

/** Name spaces that file systems without attributes still know. */
const KNOWN = /^(user|trusted|security)\./;

function readName(thread: LinuxThread, name: GuestAddress): number {
  const text = readCString(thread.memory, guestAddress(name), XATTR_NAME_MAX + 1);
  if (text === undefined || text === '') return -ERANGE;
  return KNOWN.test(text) ? -ENODATA : -EOPNOTSUPP;
}

function checkName(thread: LinuxThread, name: GuestAddress): number {
  const text = readCString(thread.memory, guestAddress(name), XATTR_NAME_MAX + 1);
  return text === undefined || text === '' ? -ERANGE : -EOPNOTSUPP;
}

const onPath = (last: Last) => (thread: LinuxThread, file: string, name: GuestAddress) => {
  const location = locate(thread, AT_FDCWD, file, last);
  return typeof location === 'number' ? location : checkName(thread, name);
};

const getOnPath = (last: Last) => (thread: LinuxThread, file: string, name: GuestAddress) => {
  const location = locate(thread, AT_FDCWD, file, last);
  return typeof location === 'number' ? location : readName(thread, name);
};

const getOnFd = (thread: LinuxThread, fdNumber: number, name: GuestAddress) =>
  thread.process.files.get(fdNumber) === undefined ? -EBADF : readName(thread, name);

const setOnPath =
  (last: Last) =>
  (thread: LinuxThread, file: string, name: GuestAddress, _value: GuestAddress, _size: number, how: number) =>
    (how & ~(XATTR_CREATE | XATTR_REPLACE)) !== 0 ? -EINVAL : onPath(last)(thread, file, name);

const onFd = (thread: LinuxThread, fdNumber: number, name: GuestAddress) =>
  thread.process.files.get(fdNumber) === undefined ? -EBADF : checkName(thread, name);

const listPath = (last: Last) => (thread: LinuxThread, file: string) => {
  const location = locate(thread, AT_FDCWD, file, last);
  return typeof location === 'number' ? location : 0;
};

const how = flags('flags', { XATTR_CREATE, XATTR_REPLACE });
const setArgs = [path('path'), pointer('name'), pointer('value'), size('size'), how] as const;
const getArgs = [path('path'), pointer('name'), pointer('value'), size('size')] as const;
const listArgs = [path('path'), pointer('list'), size('size')] as const;

export const extendedAttributeCalls = [
  syscall(188, 'setxattr', setArgs, setOnPath(Last.Follow), NONE),
  syscall(189, 'lsetxattr', setArgs, setOnPath(Last.NoFollow), NONE),
  syscall(190, 'fsetxattr', [fd('fd'), pointer('name'), pointer('value'), size('size'), how], onFd, NONE),
  syscall(191, 'getxattr', getArgs, getOnPath(Last.Follow), NONE),
  syscall(192, 'lgetxattr', getArgs, getOnPath(Last.NoFollow), NONE),
  syscall(193, 'fgetxattr', [fd('fd'), pointer('name'), pointer('value'), size('size')], getOnFd, NONE),
  syscall(194, 'listxattr', listArgs, listPath(Last.Follow), NONE),
  syscall(195, 'llistxattr', listArgs, listPath(Last.NoFollow), NONE),
  syscall(
    196,
    'flistxattr',
    [fd('fd'), pointer('list'), size('size')],
    (thread, fdNumber) => (thread.process.files.get(fdNumber) === undefined ? -EBADF : 0),
    NONE,
  ),
  syscall(197, 'removexattr', [path('path'), pointer('name')], getOnPath(Last.Follow), NONE),
  syscall(198, 'lremovexattr', [path('path'), pointer('name')], getOnPath(Last.NoFollow), NONE),
  syscall(199, 'fremovexattr', [fd('fd'), pointer('name')], getOnFd, NONE),
];
