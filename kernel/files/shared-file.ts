/** A regular file whose cursor several descriptors share, in one process or many: the cursor is a cell outside the object. */
import { contentOf, writeContent } from '../file-server.ts';
import type { FileNode } from '../file-server.ts';
import { Ready } from '../open-file.ts';
import type { OpenFile, Whence } from '../open-file.ts';
import { WaitQueue } from '../wait-queue.ts';
import type { Transferable } from '../transfer.ts';
import { seekTarget } from './file-cursor.ts';
import { CURSOR_FORMAT, cursorState } from './file-swap.ts';
import type { CursorState } from './file-swap.ts';

export class SharedFile implements OpenFile, Transferable {
  readonly exportFormats = [CURSOR_FORMAT];
  readonly importFormats = [CURSOR_FORMAT];
  node: FileNode;
  readonly waitQueue = new WaitQueue();
  readonly #cursor: Float64Array;

  /** `cursor` has one element, the position; it may lie in memory that several threads of the host see. */
  constructor(node: FileNode, cursor: Float64Array) {
    this.node = node;
    this.#cursor = cursor;
  }

  get position(): number {
    return this.#cursor[0]!;
  }

  read(into: Uint8Array): number {
    const count = contentOf(this.node).read(this.#cursor[0]!, into);
    if (count > 0) this.#cursor[0]! += count;
    return count;
  }

  write(from: Uint8Array): number {
    const count = writeContent(this.node, this.#cursor[0]!, from);
    if (count > 0) this.#cursor[0]! += count;
    return count;
  }

  readAt(position: number, into: Uint8Array): number {
    return contentOf(this.node).read(position, into);
  }

  writeAt(position: number, from: Uint8Array): number {
    return writeContent(this.node, position, from);
  }

  seek(offset: number, whence: Whence): number {
    const target = seekTarget(this.node, this.#cursor[0]!, offset, whence);
    if (target >= 0) this.#cursor[0] = target;
    return target;
  }

  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }

  retain(): void {}

  release(): void {}

  exportState(): CursorState {
    return { node: this.node, position: this.#cursor[0]! };
  }

  importState(_format: string, state: unknown): void {
    const { node, position } = cursorState(state);
    this.node = node;
    this.#cursor[0] = position;
  }
}
