/** The kinds of file systems that can be mounted from inside. Source: filesystems(5). */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { ENODEV } from '../../abi/errno.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { SuperBlock } from '../mount.ts';
import { makeOverlay } from './overlay.ts';
import { makeProc, remountProc } from './proc.ts';
import { makeTmpfs, remountTmpfs } from './tmpfs.ts';
import type { NewTree } from './tmpfs.ts';

interface FileSystemType {
  /** A tree for these options, or −errno. */
  make(thread: LinuxThread, options: ByteString): NewTree | number;
  /** New options for a tree: 0 or −errno. */
  remount?(thread: LinuxThread, superBlock: SuperBlock, options: ByteString): number;
}

/** The machine's own tree of this type. */
const single = (type: string): FileSystemType => ({
  make(thread) {
    const server = thread.process.fs.system.single(type);
    return server === undefined ? -ENODEV : { server, options: '' };
  },
});

const tmpfs: FileSystemType = { make: makeTmpfs, remount: remountTmpfs };

const types: Readonly<Record<string, FileSystemType>> = {
  tmpfs,
  ramfs: tmpfs,
  overlay: { make: makeOverlay },
  proc: { make: makeProc, remount: remountProc },
  sysfs: single('sysfs'),
  devtmpfs: single('devtmpfs'),
  devpts: single('devpts'),
  mqueue: single('mqueue'),
};

export function makeTree(thread: LinuxThread, type: ByteString, options: ByteString): NewTree | number {
  return Object.hasOwn(types, type) ? types[type]!.make(thread, options) : -ENODEV;
}

export function remountTree(thread: LinuxThread, superBlock: SuperBlock, options: ByteString): number {
  const { type } = superBlock.server;
  return (Object.hasOwn(types, type) && types[type]!.remount?.(thread, superBlock, options)) || 0;
}
