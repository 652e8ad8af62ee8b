/**
 * What a program reads from, as a Writable: the host's side of a pipe. The stream takes bytes until HIGH_WATER of them wait for the
 * program; then `write` answers false and 'drain' comes when it has read. When the program closes its end, writes fail with EPIPE.
 *
 * The guest runs inside a turn of the kernel: nothing of the stream's owner may run there, so callbacks are put off to after it.
 */
import { Writable } from 'node:stream';
import { ByteQueue } from '../../kernel/byte-queue.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { EPIPE } from '../../linuxabi/abi/errno.ts';
import { guestError } from './guest-error.ts';

/** Bytes, as many as a pipe holds. Source: pipe(7), "Pipe capacity". */
const HIGH_WATER = 64 * 1024;

type Done = (error?: Error | null) => void;

export class GuestInput extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly stream: Writable;
  readonly #ahead = new ByteQueue();
  /** The write that waits for room. */
  #waiting: Done | undefined;
  #ended = false;
  #closed = false;

  constructor() {
    super();
    this.stream = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => this.#take(chunk, done),
      final: (done) => {
        this.#end();
        done();
      },
      destroy: (error, done) => {
        this.#end();
        done(error);
      },
    });
  }

  #take(chunk: Uint8Array, done: Done): void {
    if (this.#closed) {
      done(broken());
      return;
    }
    // The owner may use the buffer again as soon as it hears that it has been written.
    this.#ahead.push(new Uint8Array(chunk));
    this.waitQueue.wake();
    if (this.#ahead.length < HIGH_WATER) done();
    else this.#waiting = done;
  }

  #end(): void {
    this.#ended = true;
    this.waitQueue.wake();
  }

  #settle(error?: Error): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting !== undefined) process.nextTick(waiting, error);
  }

  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    if (this.#ahead.length === 0) return this.#ended ? 0 : Status.WouldBlock;
    const done = this.#ahead.take(into);
    if (this.#ahead.length < HIGH_WATER) this.#settle();
    return done;
  }

  write(): number {
    return Status.BadHandle;
  }

  readiness(): number {
    const readable = this.#ahead.length > 0 ? Ready.Readable : 0;
    return this.#ended ? Ready.Readable | Ready.HangUp : readable;
  }

  availableBytes(): number {
    return this.#ahead.length;
  }

  /** Nobody inside can read any more. */
  override release(): void {
    this.#closed = true;
    this.#ahead.clear();
    this.#settle(broken());
  }
}

function broken(): Error {
  return guestError(-EPIPE, { syscall: 'write' });
}
