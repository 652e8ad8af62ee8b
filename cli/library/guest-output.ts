/**
 * What a program writes to, as a Readable: the host's side of a pipe. When nobody reads, the program waits after HIGH_WATER bytes; when the
 * stream is destroyed, it gets SIGPIPE. The stream ends when the last descriptor inside is closed.
 *
 * The guest runs inside a turn of the kernel: nothing of the stream's owner may run there, so bytes are handed over after it.
 */
import { Readable } from 'node:stream';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';

/** Bytes written and not yet read; the program goes on when fewer than LOW_WATER are left. */
const HIGH_WATER = 256 * 1024;
const LOW_WATER = 64 * 1024;

export class GuestOutput extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly stream: Readable;
  /** Called when there is room for more, and when nobody will read any more. */
  onRoom: () => void = () => undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #flushing = false;
  #closed = false;

  constructor() {
    super();
    this.stream = new Readable({
      highWaterMark: LOW_WATER,
      read: () => this.#roomCame(),
      destroy: (error, done) => {
        this.#pending = [];
        this.#pendingBytes = 0;
        // Not yet `destroyed` for a program that is woken here.
        process.nextTick(() => this.#roomCame());
        done(error);
      },
    });
  }

  /** The owner does not want it any more. */
  get broken(): boolean {
    return this.stream.destroyed;
  }

  get #room(): number {
    return HIGH_WATER - this.#pendingBytes - this.stream.readableLength;
  }

  #roomCame(): void {
    this.waitQueue.wake();
    this.onRoom();
  }

  write(from: Uint8Array): number {
    if (this.stream.destroyed) return Status.BrokenStream;
    // A terminal that was opened once more: nobody is there any longer.
    if (this.#closed) return from.length;
    const count = Math.min(from.length, this.#room);
    if (count <= 0) return from.length === 0 ? 0 : Status.WouldBlock;
    this.#pending.push(from.slice(0, count));
    this.#pendingBytes += count;
    this.#flushSoon();
    return count;
  }

  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => this.#flush());
  }

  #flush(): void {
    this.#flushing = false;
    if (this.stream.destroyed) return;
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (pending.length > 0) this.stream.push(Buffer.concat(pending));
    if (this.#closed) this.stream.push(null);
  }

  read(): number {
    return Status.BadHandle;
  }

  readiness(): number {
    if (this.stream.destroyed) return Ready.Writable | Ready.Error;
    return this.#room > 0 ? Ready.Writable : 0;
  }

  /** Takes back what the owner has not been handed yet (a terminal's output is flushed). */
  discard(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
  }

  /** Nobody inside can write any more. */
  override release(): void {
    this.#closed = true;
    this.#flushSoon();
  }
}
