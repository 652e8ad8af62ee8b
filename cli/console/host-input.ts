/**
 * A host input stream (stdin: pipe, file or terminal) as an OpenFile of the guest. Reads ahead at most HIGH_WATER bytes:
 * then the host stream is paused, so that a fast producer meets a slow guest with flat memory.
 */
import type { Readable } from 'node:stream';
import { ByteQueue } from '../../kernel/byte-queue.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';

const HIGH_WATER = 256 * 1024;

export class HostInput extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly #source: Readable;
  readonly #ahead = new ByteQueue();
  #ended = false;
  #started = false;

  constructor(source: Readable) {
    super();
    this.#source = source;
  }

  /** The host stream is only touched once the guest asks: a program that never reads leaves stdin to whoever is next. */
  #start(): void {
    if (this.#started) return;
    this.#started = true;
    const end = (): void => {
      this.#ended = true;
      this.waitQueue.wake();
    };
    this.#source.on('data', (chunk: Uint8Array) => this.#take(chunk));
    this.#source.on('end', end);
    this.#source.on('close', end);
    this.#source.on('error', end);
  }

  #take(chunk: Uint8Array): void {
    this.#ahead.push(chunk);
    if (this.#ahead.length >= HIGH_WATER) this.#source.pause();
    this.waitQueue.wake();
  }

  read(into: Uint8Array): number {
    this.#start();
    if (into.length === 0) return 0;
    if (this.#ahead.length === 0) return this.#ended ? 0 : Status.WouldBlock;
    const done = this.#ahead.take(into);
    if (this.#ahead.length < HIGH_WATER / 2 && this.#source.isPaused()) this.#source.resume();
    return done;
  }

  write(): number {
    return Status.BadHandle;
  }

  readiness(): number {
    this.#start();
    if (this.#ahead.length > 0) return Ready.Readable;
    return this.#ended ? Ready.Readable | Ready.HangUp : 0;
  }

  /** Lets the host process end although the stream is still open. */
  stop(): void {
    if (!this.#started) return;
    this.#source.pause();
    this.#source.removeAllListeners('data');
    (this.#source as Readable & { unref?(): void }).unref?.();
  }
}
