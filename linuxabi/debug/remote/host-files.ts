/**
 * Files of the program's own tree for GDB, which reads symbols of the program and its libraries there: vFile packets, for reading only.
 * Source: GDB manual, "Host I/O Packets"; gdbsupport/fileio.h.
 */
import type { FileNode } from '../../../kernel/file-server.ts';
import { EBADF, EINVAL, EROFS } from '../../abi/errno.ts';
import { AT_FDCWD, O_ACCMODE, O_RDONLY } from '../../abi/fcntl.ts';
import { nodeAt } from '../../fs/mount.ts';
import { Last } from '../../fs/path-walk.ts';
import { locate } from '../../fs/walker.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { bytesOf, fromHex, fromHexNumber, textOf } from './text.ts';

const MAX_READ_BYTES = 1 << 16;
/** struct stat of the protocol: big endian, its own layout. */
const Stat = { mode: 8, nlink: 12, size: 28, bytes: 64 } as const;
const S_IFREG = 0o100_000;
/** Errors of the protocol that are not Linux's number. */
const FILEIO_ENAMETOOLONG = 91;
const ENAMETOOLONG = 36;

export class HostFiles {
  readonly #open = new Map<number, FileNode>();
  #last = 2;

  /** `request`: what follows vFile: in the packet. Undefined: not known. */
  answer(thread: LinuxThread, request: string): string | undefined {
    const colon = request.indexOf(':');
    const operation = request.slice(0, colon);
    const words = request.slice(colon + 1).split(',');
    switch (operation) {
      // All processes see the same files.
      case 'setfs':
        return 'F0';
      case 'open':
        return this.#openFile(thread, words);
      case 'pread':
        return this.#read(words);
      case 'fstat':
        return this.#stat(words);
      case 'close':
        return this.#open.delete(fromHexNumber(words[0]!)) ? 'F0' : failure(EBADF);
      case 'readlink':
        return readLink(thread, words[0]!);
      default:
        return undefined;
    }
  }

  #openFile(thread: LinuxThread, [path = '', flags = '0']: readonly string[]): string {
    if ((fromHexNumber(flags) & O_ACCMODE) !== O_RDONLY) return failure(EROFS);
    const location = locate(thread, AT_FDCWD, textOf(fromHex(path)), Last.Follow);
    if (typeof location === 'number') return failure(-location);
    this.#open.set(++this.#last, nodeAt(location));
    return `F${this.#last.toString(16)}`;
  }

  #read([file = '', count = '', offset = '']: readonly string[]): string {
    const node = this.#open.get(fromHexNumber(file));
    if (node === undefined) return failure(EBADF);
    const into = new Uint8Array(Math.min(fromHexNumber(count), MAX_READ_BYTES));
    const length = node.read(fromHexNumber(offset), into);
    return length < 0 ? failure(EINVAL) : withData(into.subarray(0, length));
  }

  #stat([file = '']: readonly string[]): string {
    const node = this.#open.get(fromHexNumber(file));
    if (node === undefined) return failure(EBADF);
    const { permissions, links, sizeBytes } = node.attributes();
    const view = new DataView(new ArrayBuffer(Stat.bytes));
    view.setUint32(Stat.mode, S_IFREG | permissions);
    view.setUint32(Stat.nlink, links);
    view.setBigUint64(Stat.size, BigInt(sizeBytes));
    return withData(new Uint8Array(view.buffer));
  }
}

function readLink(thread: LinuxThread, path: string): string {
  const location = locate(thread, AT_FDCWD, textOf(fromHex(path)), Last.NoFollow);
  if (typeof location === 'number') return failure(-location);
  const target = nodeAt(location).readLink();
  return typeof target === 'number' ? failure(EINVAL) : withData(bytesOf(target));
}

function withData(bytes: Uint8Array): string {
  return `F${bytes.length.toString(16)};${textOf(bytes)}`;
}

function failure(errno: number): string {
  return `F-1,${(errno === ENAMETOOLONG ? FILEIO_ENAMETOOLONG : errno).toString(16)}`;
}
