/**
 * What signals that wait to be taken, and timers that will send some, take of the machine: counted by the user of the process
 * they are for. Source: setrlimit(2), RLIMIT_SIGPENDING; kernel/signal.c, __sigqueue_alloc.
 */
import type { KernelMemory } from '../limits/kernel-memory.ts';
import { UserCounts } from '../limits/user-counts.ts';

/** One signal with what it tells. */
const SIGNAL_BYTES = 256;

export class SignalAccount {
  readonly #counts = new UserCounts();
  readonly #memory: KernelMemory;

  constructor(memory: KernelMemory) {
    this.#memory = memory;
  }

  of(uid: number): number {
    return this.#counts.of(uid);
  }

  /** One more; false where the user has as many as allowed, or memory has run out. */
  take(uid: number, limit: number): boolean {
    if (!this.#counts.take(uid, limit)) return false;
    if (this.#memory.take(SIGNAL_BYTES)) return true;
    this.#counts.giveBack(uid);
    return false;
  }

  giveBack(uid: number): void {
    this.#counts.giveBack(uid);
    this.#memory.giveBack(SIGNAL_BYTES);
  }
}
