/**
 * A small file opened for reading that nobody can write: all its bytes are held here and reads never reach the server. It
 * stays right because file-factories.ts replaces it before anyone gets to change the file.
 */
import type { FileNode } from '../file-server.ts';
import { Ready } from '../open-file.ts';
import type { OpenFile, Whence } from '../open-file.ts';
import { Status } from '../status.ts';
import { WaitQueue } from '../wait-queue.ts';
import type { Transferable } from '../transfer.ts';
import { seekTarget } from './file-cursor.ts';
import { CURSOR_FORMAT } from './file-swap.ts';
import type { CursorState } from './file-swap.ts';

export const SMALL_FILE_LIMIT = 16 * 1024;

export class SmallReadOnlyFile implements OpenFile, Transferable {
  readonly exportFormats = [CURSOR_FORMAT];
  /** Whether a copy may serve is decided when a file is opened, never by a swap. */
  readonly importFormats = [];
  readonly node: FileNode;
  readonly waitQueue = new WaitQueue();
  readonly #bytes: Uint8Array;
  position = 0;

  constructor(node: FileNode, bytes: Uint8Array) {
    this.node = node;
    this.#bytes = bytes;
  }

  read(into: Uint8Array): number {
    const count = this.readAt(this.position, into);
    this.position += count;
    return count;
  }

  write(): number {
    return Status.BadHandle;
  }

  readAt(position: number, into: Uint8Array): number {
    const count = Math.max(0, Math.min(into.length, this.#bytes.length - position));
    if (count > 0) into.set(this.#bytes.subarray(position, position + count));
    return count;
  }

  writeAt(): number {
    return Status.BadHandle;
  }

  seek(offset: number, whence: Whence): number {
    const target = seekTarget(this.node, this.position, offset, whence);
    if (target >= 0) this.position = target;
    return target;
  }

  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }

  retain(): void {}

  release(): void {}

  exportState(): CursorState {
    return { node: this.node, position: this.position };
  }

  importState(): void {
    throw new Error('a copy of the bytes takes nobody over');
  }
}
