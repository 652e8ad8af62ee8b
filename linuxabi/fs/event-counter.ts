/** The object behind eventfd: a 64-bit counter. Source: eventfd(2). */
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { POLLERR, POLLIN, POLLOUT } from '../abi/poll.ts';

const MAX = 0xfffffffffffffffen;
const SIZE = 8;

/** What a read takes: the whole count, or one (a semaphore). */
export const CounterKind = { Total: 0, Semaphore: 1 } as const;
export type CounterKind = (typeof CounterKind)[keyof typeof CounterKind];

export class EventCounter extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly #kind: CounterKind;
  #count: bigint;

  constructor(initial: number, kind: CounterKind) {
    super();
    this.#count = BigInt(initial);
    this.#kind = kind;
  }

  read(into: Uint8Array): number {
    if (into.length < SIZE) return Status.Invalid;
    if (this.#count === 0n) return Status.WouldBlock;
    const taken = this.#kind === CounterKind.Semaphore ? 1n : this.#count;
    this.#count -= taken;
    new DataView(into.buffer, into.byteOffset).setBigUint64(0, taken, true);
    this.waitQueue.wake();
    return SIZE;
  }

  write(from: Uint8Array): number {
    if (from.length < SIZE) return Status.Invalid;
    const added = new DataView(from.buffer, from.byteOffset).getBigUint64(0, true);
    if (added > MAX) return Status.Invalid;
    if (this.#count + added > MAX) return Status.WouldBlock;
    this.#count += added;
    this.waitQueue.wake();
    return SIZE;
  }

  /** Counts up on behalf of the kernel, and stays at its highest value. */
  add(count: bigint): void {
    this.#count = this.#count + count > MAX ? MAX : this.#count + count;
    this.waitQueue.wake();
  }

  /** Source: fs/eventfd.c, eventfd_show_fdinfo. */
  describe(): readonly string[] {
    const semaphore = this.#kind === CounterKind.Semaphore ? 1 : 0;
    return [
      `eventfd-count: ${this.#count.toString(16).padStart(16)}\n`,
      `eventfd-id: 0\neventfd-semaphore: ${semaphore}\n`,
    ];
  }

  /** There is no place to seek to, and seeking succeeds. Source: noop_llseek. */
  override seek(): number {
    return 0;
  }

  /** Source: fs/eventfd.c, eventfd_poll: without the bits of normal data. */
  pollBits(): number {
    const isFull = this.#count > MAX;
    return (this.#count > 0n ? POLLIN : 0) | (this.#count < MAX ? POLLOUT : 0) | (isFull ? POLLERR : 0);
  }

  readiness(): number {
    return (this.#count > 0n ? Ready.Readable : 0) | (this.#count < MAX ? Ready.Writable : 0);
  }
}
