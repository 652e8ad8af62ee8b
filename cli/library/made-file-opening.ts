/** One opening of a file that JavaScript makes. The owner's functions run outside the kernel's turns; programs that read wait for them. */
import type { FileNode } from '../../kernel/file-server.ts';
import { Ready, Whence, type OpenFile } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { outside } from './outside.ts';

/** What the file does; without `read` it can't be read, without `write` it can't be written (EACCES). */
export interface FileHandlers {
  /** What one opening reads. A failure is EIO for the program. */
  read?(): string | Uint8Array | Promise<string | Uint8Array>;
  /** All that one opening has written, when it is closed; 64 MiB at most. Nobody inside hears of its failure: it is an unhandled rejection. */
  write?(content: Buffer): void | Promise<void>;
}

const MOST_WRITTEN_BYTES = 64 * 2 ** 20;
const FIRST_ROOM_BYTES = 4096;

export class MadeFileOpening implements OpenFile {
  readonly node: FileNode;
  readonly waitQueue = new WaitQueue();
  readonly #handlers: FileHandlers;
  #position = 0;
  /** Undefined until somebody reads; then what it reads, or that the owner failed. */
  #content: Uint8Array | 'awaited' | 'failed' | undefined;
  #written = new Uint8Array(0);
  #writtenBytes = 0;
  #wasWritten = false;

  constructor(node: FileNode, handlers: FileHandlers) {
    this.node = node;
    this.#handlers = handlers;
  }

  read(into: Uint8Array): number {
    const count = this.readAt(this.#position, into);
    if (count > 0) this.#position += count;
    return count;
  }

  readAt(position: number, into: Uint8Array): number {
    this.#content ??= this.#ask();
    if (this.#content === 'awaited') return Status.WouldBlock;
    if (this.#content === 'failed') return Status.InputOutput;
    const part = this.#content.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  #ask(): 'awaited' {
    const settle = (content: Uint8Array | 'failed'): void => {
      this.#content = content;
      this.waitQueue.wake();
    };
    outside(async () => this.#handlers.read?.() ?? '').then(
      (content) => settle(typeof content === 'string' ? Buffer.from(content) : content),
      () => settle('failed'),
    );
    return 'awaited';
  }

  write(from: Uint8Array): number {
    const count = this.writeAt(this.#position, from);
    if (count > 0) this.#position += count;
    return count;
  }

  writeAt(position: number, from: Uint8Array): number {
    const end = position + from.length;
    if (end > MOST_WRITTEN_BYTES) return Status.NoSpace;
    if (end > this.#written.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.#written.length, FIRST_ROOM_BYTES));
      larger.set(this.#written);
      this.#written = larger;
    }
    this.#written.set(from, position);
    this.#writtenBytes = Math.max(this.#writtenBytes, end);
    this.#wasWritten = true;
    return from.length;
  }

  seek(offset: number, whence: Whence): number {
    const end = this.#content instanceof Uint8Array ? this.#content.length : this.#writtenBytes;
    if (whence !== Whence.Start && whence !== Whence.Current && whence !== Whence.End) return Status.Invalid;
    const from = whence === Whence.Start ? 0 : whence === Whence.Current ? this.#position : end;
    if (from + offset < 0) return Status.Invalid;
    this.#position = from + offset;
    return this.#position;
  }

  /** As every regular file. */
  readiness(): number {
    return Ready.Readable | Ready.Writable;
  }

  retain(): void {}

  release(): void {
    if (!this.#wasWritten) return;
    const content = Buffer.from(this.#written.buffer, 0, this.#writtenBytes);
    void outside(async () => this.#handlers.write?.(content));
  }
}
