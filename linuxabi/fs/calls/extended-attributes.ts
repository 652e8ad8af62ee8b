/** setxattr, getxattr, listxattr, removexattr and their forms for links and descriptors. Source: setxattr(2) and its like; fs/xattr.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { bytesFromString } from '../../../kernel/byte-string.ts';
import { EBADF, EOPNOTSUPP, ERANGE } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import { IN_ATTRIB } from '../../abi/inotify.ts';
import { XATTR_CREATE, XATTR_NAME_MAX, XATTR_REPLACE } from '../../abi/stat.ts';
import { readBytes, readCString, writeBytes } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { fd, flags, path, pointer, size, syscall } from '../../syscall.ts';
import {
  checkName,
  checkSetting,
  getAttachment,
  listAttachments,
  removeAttachment,
  setAttachment,
  type AttributedFile,
} from '../attachments.ts';
import { usable } from '../descriptors.ts';
import { nodeAt } from '../mount.ts';
import { Last } from '../path-walk.ts';
import { locate } from '../walker.ts';

/** How a call names its file: by path, by path without following a last link, or by descriptor. */
type Find<T> = (thread: LinuxThread, file: T) => AttributedFile | number;

const byPath =
  (last: Last): Find<string> =>
  (thread, file) => {
    const location = locate(thread, AT_FDCWD, file, last);
    if (typeof location === 'number') return location;
    const { mount, dentry } = location;
    return { node: nodeAt(location), readOnly: mount.readOnly, dentry };
  };

const byDescriptor: Find<number> = (thread, fdNumber) => {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return -EBADF;
  const { node, location } = description;
  if (node === undefined) return -EOPNOTSUPP;
  return { node, readOnly: location?.mount.readOnly === true, dentry: location?.dentry };
};

function readName(thread: LinuxThread, address: GuestAddress): string | number {
  const name = readCString(thread.memory, guestAddress(address), XATTR_NAME_MAX + 1);
  const refused = checkName(name);
  return refused < 0 ? refused : name!;
}

/** A size of 0 asks how much room is needed. */
function answer(thread: LinuxThread, bytes: Uint8Array, buffer: GuestAddress, room: number): number {
  if (room === 0) return bytes.length;
  if (bytes.length > room) return -ERANGE;
  writeBytes(thread.memory, buffer, bytes);
  return bytes.length;
}

/** Those who watch the file hear of a change. */
function told(thread: LinuxThread, { dentry }: AttributedFile, result: number): number {
  if (result === 0) thread.process.fs.system.notifier.atPlace(dentry, IN_ATTRIB);
  return result;
}

function set<T>(find: Find<T>) {
  return (thread: LinuxThread, file: T, nameAt: GuestAddress, valueAt: GuestAddress, length: number, how: number) => {
    const refused = checkSetting(how, 0);
    if (refused < 0) return refused;
    const name = readName(thread, nameAt);
    if (typeof name === 'number') return name;
    const tooLarge = checkSetting(how, length);
    if (tooLarge < 0) return tooLarge;
    const value = readBytes(thread.memory, valueAt, length);
    const found = find(thread, file);
    if (typeof found === 'number') return found;
    return told(thread, found, setAttachment(found, name, value, how, thread.process.credentials));
  };
}

function get<T>(find: Find<T>) {
  return (thread: LinuxThread, file: T, nameAt: GuestAddress, buffer: GuestAddress, room: number) => {
    const name = readName(thread, nameAt);
    if (typeof name === 'number') return name;
    const found = find(thread, file);
    if (typeof found === 'number') return found;
    const value = getAttachment(found, name, thread.process.credentials);
    return typeof value === 'number' ? value : answer(thread, value, buffer, room);
  };
}

function list<T>(find: Find<T>) {
  return (thread: LinuxThread, file: T, buffer: GuestAddress, room: number) => {
    const found = find(thread, file);
    if (typeof found === 'number') return found;
    return answer(thread, bytesFromString(listAttachments(found, thread.process.credentials)), buffer, room);
  };
}

function remove<T>(find: Find<T>) {
  return (thread: LinuxThread, file: T, nameAt: GuestAddress) => {
    const name = readName(thread, nameAt);
    if (typeof name === 'number') return name;
    const found = find(thread, file);
    if (typeof found === 'number') return found;
    return told(thread, found, removeAttachment(found, name, thread.process.credentials));
  };
}

const how = flags('flags', { XATTR_CREATE, XATTR_REPLACE });
const setArgs = [pointer('name'), pointer('value'), size('size'), how] as const;
const getArgs = [pointer('name'), pointer('value'), size('size')] as const;
const listArgs = [pointer('list'), size('size')] as const;
const followed = byPath(Last.Follow);
const itself = byPath(Last.NoFollow);

export const extendedAttributeCalls = [
  syscall(188, 'setxattr', [path('path'), ...setArgs], set(followed)),
  syscall(189, 'lsetxattr', [path('path'), ...setArgs], set(itself)),
  syscall(190, 'fsetxattr', [fd('fd'), ...setArgs], set(byDescriptor)),
  syscall(191, 'getxattr', [path('path'), ...getArgs], get(followed)),
  syscall(192, 'lgetxattr', [path('path'), ...getArgs], get(itself)),
  syscall(193, 'fgetxattr', [fd('fd'), ...getArgs], get(byDescriptor)),
  syscall(194, 'listxattr', [path('path'), ...listArgs], list(followed)),
  syscall(195, 'llistxattr', [path('path'), ...listArgs], list(itself)),
  syscall(196, 'flistxattr', [fd('fd'), ...listArgs], list(byDescriptor)),
  syscall(197, 'removexattr', [path('path'), pointer('name')], remove(followed)),
  syscall(198, 'lremovexattr', [path('path'), pointer('name')], remove(itself)),
  syscall(199, 'fremovexattr', [fd('fd'), pointer('name')], remove(byDescriptor)),
];
