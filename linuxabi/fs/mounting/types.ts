/** The kinds of file systems that can be mounted from inside. Source: filesystems(5). */
import type { ByteString } from '../../../kernel/byte-string.ts';
import { EINVAL, ENODEV } from '../../abi/errno.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { SuperBlock } from '../mount.ts';
import { makeOverlay } from './overlay.ts';
import { checkProcOption, makeProc, procParameters, remountProc } from './proc.ts';
import { checkTmpfsOption, makeTmpfs, remountTmpfs, tmpfsParameters } from './tmpfs.ts';
import type { NewTree } from './tmpfs.ts';

interface FileSystemType {
  /** A tree for these options, or −errno. */
  make(thread: LinuxThread, options: ByteString): NewTree | number;
  /** Whether it has this option, with this value: 0 or −errno. */
  check?(thread: LinuxThread, option: ByteString): number;
  /** The names of its options. */
  readonly parameters?: readonly string[];
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

const tmpfs: FileSystemType = {
  make: makeTmpfs,
  check: checkTmpfsOption,
  parameters: tmpfsParameters,
  remount: remountTmpfs,
};

const types: Readonly<Record<string, FileSystemType>> = {
  tmpfs,
  ramfs: tmpfs,
  // Its options are looked at when it is made.
  overlay: { make: makeOverlay, check: () => 0 },
  proc: { make: makeProc, check: checkProcOption, parameters: procParameters, remount: remountProc },
  sysfs: single('sysfs'),
  devtmpfs: single('devtmpfs'),
  devpts: single('devpts'),
  mqueue: single('mqueue'),
};

export function makeTree(thread: LinuxThread, type: ByteString, options: ByteString): NewTree | number {
  return isKnownType(type) ? types[type]!.make(thread, options) : -ENODEV;
}

export function isKnownType(type: ByteString): boolean {
  return Object.hasOwn(types, type);
}

export function hasParameter(type: ByteString, name: ByteString): boolean {
  return types[type]?.parameters?.includes(name) === true;
}

export function checkOption(thread: LinuxThread, type: ByteString, option: ByteString): number {
  return types[type]?.check?.(thread, option) ?? -EINVAL;
}

export function remountTree(thread: LinuxThread, superBlock: SuperBlock, options: ByteString): number {
  const { type } = superBlock.server;
  return (isKnownType(type) && types[type]!.remount?.(thread, superBlock, options)) || 0;
}
