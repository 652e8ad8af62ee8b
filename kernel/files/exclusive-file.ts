/**
 * An open regular file with one descriptor: the cursor is a plain field. Which implementation serves an open description is chosen
 * when it is created and changes while it is open, see file-factories.ts.
 */
import { contentOf, writeContent } from '../file-server.ts';
import type { FileNode } from '../file-server.ts';
import { Ready } from '../open-file.ts';
import type { OpenFile, Whence } from '../open-file.ts';
import { WaitQueue } from '../wait-queue.ts';
import type { Transferable } from '../transfer.ts';
import { seekTarget } from './file-cursor.ts';
import { CURSOR_FORMAT, cursorState } from './file-swap.ts';
import type { CursorState } from './file-swap.ts';

/** Regular files are always ready; nobody is ever woken. */
const ALWAYS = Ready.Readable | Ready.Writable;

export class ExclusiveFile implements OpenFile, Transferable {
  readonly exportFormats = [CURSOR_FORMAT];
  readonly importFormats = [CURSOR_FORMAT];
  node: FileNode;
  readonly waitQueue = new WaitQueue();
  position: number;

  constructor(node: FileNode, position: number) {
    this.node = node;
    this.position = position;
  }

  read(into: Uint8Array): number {
    const count = contentOf(this.node).read(this.position, into);
    if (count > 0) this.position += count;
    return count;
  }

  write(from: Uint8Array): number {
    const count = writeContent(this.node, this.position, from);
    if (count > 0) this.position += count;
    return count;
  }

  readAt(position: number, into: Uint8Array): number {
    return contentOf(this.node).read(position, into);
  }

  writeAt(position: number, from: Uint8Array): number {
    return writeContent(this.node, position, from);
  }

  seek(offset: number, whence: Whence): number {
    const target = seekTarget(this.node, this.position, offset, whence);
    if (target >= 0) this.position = target;
    return target;
  }

  readiness(): number {
    return ALWAYS;
  }

  retain(): void {}

  release(): void {}

  exportState(): CursorState {
    return { node: this.node, position: this.position };
  }

  importState(_format: string, state: unknown): void {
    const { node, position } = cursorState(state);
    this.node = node;
    this.position = position;
  }
}
