/**
 * A host input stream (stdin: pipe, file or terminal) as an OpenFile of the guest. Reads ahead at most HIGH_WATER bytes:
 * then the host stream is paused, so that a fast producer meets a slow guest with flat memory.
 */
import type { Readable } from 'node:stream';
import { Ready, type OpenFile } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';

const HIGH_WATER = 256 * 1024;

export class HostInput implements OpenFile {
  readonly node = undefined;
  readonly waitQueue = new WaitQueue();
  readonly #source: Readable;
  readonly #chunks: Uint8Array[] = [];
  #buffered = 0;
  #ended = false;
  #started = false;

  constructor(source: Readable) {
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
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered >= HIGH_WATER) this.#source.pause();
    this.waitQueue.wake();
  }

  read(into: Uint8Array): number {
    this.#start();
    if (into.length === 0) return 0;
    if (this.#buffered === 0) return this.#ended ? 0 : Status.WouldBlock;
    let done = 0;
    while (done < into.length && this.#chunks.length > 0) {
      const first = this.#chunks[0]!;
      const part = first.subarray(0, into.length - done);
      into.set(part, done);
      done += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#buffered -= done;
    if (this.#buffered < HIGH_WATER / 2 && this.#source.isPaused()) this.#source.resume();
    return done;
  }

  write(): number {
    return Status.BadHandle;
  }

  readAt(): number {
    return Status.NotSeekable;
  }

  writeAt(): number {
    return Status.NotSeekable;
  }

  seek(): number {
    return Status.NotSeekable;
  }

  readiness(): number {
    this.#start();
    if (this.#buffered > 0) return Ready.Readable;
    return this.#ended ? Ready.Readable | Ready.HangUp : 0;
  }

  retain(): void {}

  release(): void {}

  /** Lets the host process end although the stream is still open. */
  stop(): void {
    if (!this.#started) return;
    this.#source.pause();
    this.#source.removeAllListeners('data');
    (this.#source as Readable & { unref?(): void }).unref?.();
  }
}
