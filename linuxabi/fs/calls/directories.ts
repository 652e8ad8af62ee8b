/** Reading directories, the working directory, the root. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { bytesFromString } from '../../../kernel/byte-string.ts';
import type { ByteString } from '../../../kernel/byte-string.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import { DirectoryFile } from '../../../kernel/files/directory-file.ts';
import { CAP_SYS_CHROOT } from '../../abi/capability.ts';
import { capable } from '../../process/credentials.ts';
import { EBADF, EINVAL, ENOENT, ENOTDIR, EPERM, ERANGE } from '../../abi/errno.ts';
import { AT_FDCWD } from '../../abi/fcntl.ts';
import { IN_ACCESS } from '../../abi/inotify.ts';
import {
  direntLayout,
  dirent64Layout,
  DT_BLK,
  DT_CHR,
  DT_DIR,
  DT_FIFO,
  DT_LNK,
  DT_REG,
  DT_SOCK,
} from '../../abi/stat.ts';
import { writeBytes } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { linuxResult } from '../../status-errno.ts';
import { fd, path, pointer, syscall, ulong, uint } from '../../syscall.ts';
import type { Description } from '../description.ts';
import { readable } from '../descriptors.ts';
import { nodeAt, pathFromTop, pathOf } from '../mount.ts';
import type { Location } from '../mount.ts';
import { Last, parentOf } from '../path-walk.ts';
import { checkAccess, May } from '../permission.ts';
import { locate } from '../walker.ts';

const typeByte: Readonly<Record<NodeKind, number>> = {
  [NodeKind.File]: DT_REG,
  [NodeKind.Directory]: DT_DIR,
  [NodeKind.SymbolicLink]: DT_LNK,
  [NodeKind.CharacterDevice]: DT_CHR,
  [NodeKind.BlockDevice]: DT_BLK,
  [NodeKind.Fifo]: DT_FIFO,
  [NodeKind.Socket]: DT_SOCK,
};

/** Cookies: 1 after `.`, 2 after `..`, then the file server's plus 2. */
const DOTS = 2;
const BATCH = 128;

interface Record_ {
  readonly name: ByteString;
  readonly nodeId: number;
  readonly kind: NodeKind;
  readonly next: number;
}

function* entriesFrom(description: Description, file: DirectoryFile, root: Location): Generator<Record_ | number> {
  const here = description.location!;
  const { nodeId } = file.node;
  if (file.position === 0) yield { name: '.', nodeId, kind: NodeKind.Directory, next: 1 };
  if (file.position === 1) {
    yield { name: '..', nodeId: nodeAt(parentOf(here, root)).nodeId, kind: NodeKind.Directory, next: DOTS };
  }
  for (;;) {
    const batch = file.list(file.position - DOTS, BATCH);
    if (typeof batch === 'number') {
      yield linuxResult(batch);
      return;
    }
    if (batch.length === 0) return;
    for (const { name, nodeId: id, kind, cookie } of batch) yield { name, nodeId: id, kind, next: cookie + DOTS };
  }
}

type Encoder = (entry: Record_) => Uint8Array;

function encodeHead(entry: Record_, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(dirent64Layout.d_ino, BigInt(entry.nodeId), true);
  view.setBigInt64(dirent64Layout.d_off, BigInt(entry.next), true);
  view.setUint16(dirent64Layout.d_reclen, length, true);
  return bytes;
}

const encode64: Encoder = (entry) => {
  const bytes = encodeHead(entry, (dirent64Layout.d_name + entry.name.length + 1 + 7) & ~7);
  bytes[dirent64Layout.d_type] = typeByte[entry.kind];
  bytes.set(bytesFromString(entry.name), dirent64Layout.d_name);
  return bytes;
};

/** The older record has its type in the last byte. */
const encodeOld: Encoder = (entry) => {
  const bytes = encodeHead(entry, (direntLayout.d_name + entry.name.length + 2 + 7) & ~7);
  bytes.set(bytesFromString(entry.name), direntLayout.d_name);
  bytes[bytes.length - 1] = typeByte[entry.kind];
  return bytes;
};

function getdents(encode: Encoder) {
  return (thread: LinuxThread, fdNumber: number, buffer: GuestAddress, count: number): number => {
    const description = readable(thread, fdNumber);
    if (typeof description === 'number') return description;
    const { file } = description;
    if (!(file instanceof DirectoryFile)) return -ENOTDIR;
    if (description.location!.dentry.removed) return -ENOENT;
    thread.process.fs.system.caller = thread;
    description.notify(IN_ACCESS);
    let done = 0;
    for (const entry of entriesFrom(description, file, thread.process.fs.root)) {
      if (typeof entry === 'number') return done > 0 ? done : entry;
      const bytes = encode(entry);
      if (done + bytes.length > count) return done > 0 ? done : -EINVAL;
      writeBytes(thread.memory, guestAddress(buffer + done), bytes);
      done += bytes.length;
      file.position = entry.next;
    }
    return done;
  };
}

/** Unlike the C function, the call answers the length with the final zero. Source: getcwd(2). */
function getcwd(thread: LinuxThread, buffer: GuestAddress, size: number): number {
  const { fs } = thread.process;
  if (fs.cwd.dentry.removed) return -ENOENT;
  const name = pathOf(fs.cwd, fs.root) ?? `(unreachable)${pathFromTop(fs.cwd)}`;
  if (name.length + 1 > size) return -ERANGE;
  writeBytes(thread.memory, buffer, bytesFromString(`${name}\0`));
  return name.length + 1;
}

/** A directory that the caller may enter, or −errno. */
function enterable(thread: LinuxThread, location: Location | number): Location | number {
  if (typeof location === 'number') return location;
  const node = nodeAt(location);
  if (node.kind !== NodeKind.Directory) return -ENOTDIR;
  const denied = checkAccess(node, thread.process.credentials, May.Execute);
  return denied < 0 ? denied : location;
}

function chdir(thread: LinuxThread, name: ByteString): number {
  const location = enterable(thread, locate(thread, AT_FDCWD, name, Last.Follow));
  if (typeof location === 'number') return location;
  thread.process.fs.cwd = location;
  return 0;
}

function fchdir(thread: LinuxThread, fdNumber: number): number {
  const description = thread.process.files.get(fdNumber);
  if (description === undefined) return -EBADF;
  const location = enterable(thread, description.location ?? -ENOTDIR);
  if (typeof location === 'number') return location;
  thread.process.fs.cwd = location;
  return 0;
}

function chroot(thread: LinuxThread, name: ByteString): number {
  const location = enterable(thread, locate(thread, AT_FDCWD, name, Last.Follow));
  if (typeof location === 'number') return location;
  if (!capable(thread.process.credentials, CAP_SYS_CHROOT)) return -EPERM;
  thread.process.fs.root = location;
  return 0;
}

export const directoryCalls = [
  syscall(78, 'getdents', [fd('fd'), pointer('dirp'), uint('count')], getdents(encodeOld)),
  syscall(79, 'getcwd', [pointer('buf'), ulong('size')], getcwd),
  syscall(80, 'chdir', [path('path')], chdir),
  syscall(81, 'fchdir', [fd('fd')], fchdir),
  syscall(161, 'chroot', [path('path')], chroot),
  syscall(217, 'getdents64', [fd('fd'), pointer('dirp'), uint('count')], getdents(encode64)),
];
