/**
 * A host output descriptor (stdout, stderr) as an OpenFile of the guest and as the device of a terminal. One write is
 * under way at a time; more waits in a queue of at most HIGH_WATER bytes, after which the guest blocks.
 */
import { write } from 'node:fs';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';

const HIGH_WATER = 1024 * 1024;
/** Pause before trying again when a non-blocking descriptor is full. */
const RETRY_MS = 2;

export class HostOutput extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  /** Called when room for more has come, and when the other end has gone. */
  onRoom: () => void = () => undefined;
  /** Called when the host has taken so many bytes. */
  onWritten: (byteCount: number) => void = () => undefined;
  readonly #descriptor: number;
  readonly #queue: Uint8Array[] = [];
  #queued = 0;
  #writing = false;
  #broken = false;
  #drained: (() => void)[] = [];

  constructor(descriptor: number) {
    super();
    this.#descriptor = descriptor;
  }

  get broken(): boolean {
    return this.#broken;
  }

  write(from: Uint8Array): number {
    if (this.#broken) return Status.BrokenStream;
    const count = Math.min(from.length, HIGH_WATER - this.#queued);
    if (count <= 0) return from.length === 0 ? 0 : Status.WouldBlock;
    this.enqueue(from.slice(0, count));
    return count;
  }

  /** All of it, whatever the limit: for one who keeps to a limit of their own. Nobody writes into it any more. */
  enqueue(bytes: Uint8Array): void {
    if (this.#broken || bytes.length === 0) return;
    this.#queue.push(bytes);
    this.#queued += bytes.length;
    this.#pump();
  }

  get queuedBytes(): number {
    return this.#queued;
  }

  #pump(): void {
    if (this.#writing) return;
    const first = this.#queue[0];
    if (first === undefined) {
      for (const resolve of this.#drained.splice(0)) resolve();
      return;
    }
    this.#writing = true;
    write(this.#descriptor, first, 0, first.length, null, (error, written) => this.#finish(error, written));
  }

  #finish(error: NodeJS.ErrnoException | null, written: number): void {
    this.#writing = false;
    if (error !== null) {
      if (error.code === 'EAGAIN') {
        setTimeout(() => this.#pump(), RETRY_MS);
        return;
      }
      this.#break();
      return;
    }
    const wasFull = this.#queued >= HIGH_WATER;
    this.#queued -= written;
    this.onWritten(written);
    const first = this.#queue[0]!;
    if (written === first.length) this.#queue.shift();
    else this.#queue[0] = first.subarray(written);
    this.#pump();
    if (wasFull && this.#queued < HIGH_WATER) this.#roomCame();
  }

  /** The reader went away: what is queued is lost, writers get BrokenStream from now on. */
  #break(): void {
    this.#broken = true;
    this.#queue.length = 0;
    this.#queued = 0;
    this.#roomCame();
    this.#pump();
  }

  #roomCame(): void {
    this.waitQueue.wake();
    this.onRoom();
  }

  discard(): void {
    // The first chunk is in the host's hands already.
    this.#queue.length = this.#writing ? 1 : 0;
    this.#queued = this.#queue[0]?.length ?? 0;
  }

  /** Resolves when everything written so far is with the host. */
  async drain(): Promise<void> {
    if (this.#queue.length === 0 && !this.#writing) return;
    await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  read(): number {
    return Status.BadHandle;
  }

  readiness(): number {
    if (this.#broken) return Ready.Writable | Ready.Error;
    return this.#queued < HIGH_WATER ? Ready.Writable : 0;
  }
}
