/** An open file of the guest in the library's hand: bytes in and out, waiting where a program would wait. */
import { Whence } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { O_APPEND } from '../../linuxabi/abi/fcntl.ts';
import { IN_ACCESS, IN_MODIFY } from '../../linuxabi/abi/inotify.ts';
import type { Description } from '../../linuxabi/fs/description.ts';
import { linuxResult } from '../../linuxabi/status-errno.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { guestError } from './guest-error.ts';

const PIECE_BYTES = 256 * 1024;

export class GuestFile {
  readonly #description: Description;
  readonly #path: string;

  constructor(description: Description, path: string) {
    this.#description = description;
    this.#path = path;
  }

  /** From the cursor to the end. */
  async readToEnd(): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.pieces()) parts.push(part);
    return Buffer.concat(parts);
  }

  /** From the cursor to the end, piece by piece. */
  async *pieces(): AsyncGenerator<Buffer> {
    const description = this.#description;
    const piece = new Uint8Array(PIECE_BYTES);
    for (;;) {
      const count = description.file.read(piece);
      if (count === Status.WouldBlock) {
        await woken(description.file.waitQueue);
        continue;
      }
      if (count < 0) throw guestError(linuxResult(count), { syscall: 'read' });
      if (count === 0) break;
      yield Buffer.from(piece.subarray(0, count));
    }
    description.notify(IN_ACCESS);
  }

  /** All of it, at the cursor or, where the file was opened to append, at its end. */
  async writeAll(bytes: Uint8Array): Promise<void> {
    const description = this.#description;
    for (let done = 0; done < bytes.length;) {
      const { file } = description;
      if ((description.flags & O_APPEND) !== 0 && file.node?.kind === NodeKind.File) file.seek(0, Whence.End);
      const count = file.write(bytes.subarray(done, done + PIECE_BYTES));
      if (count === Status.WouldBlock) {
        await woken(file.waitQueue);
        continue;
      }
      if (count < 0) throw guestError(linuxResult(count), { syscall: 'write', path: this.#path });
      done += count;
    }
    if (bytes.length > 0) description.notify(IN_MODIFY);
  }

  close(): void {
    this.#description.release();
  }
}

function woken(queue: WaitQueue): Promise<void> {
  return new Promise((resolve) => queue.add({ wake: () => resolve() }));
}
