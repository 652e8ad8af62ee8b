/** How many of something each user has, whichever processes made them, and what that takes of the machine's memory. Source: kernel/ucount.c. */
import type { KernelMemory } from './kernel-memory.ts';

export class UserAccount {
  readonly #memory: KernelMemory;
  readonly #bytesOfOne: number;
  readonly #counts = new Map<number, number>();

  constructor(memory: KernelMemory, bytesOfOne: number) {
    this.#memory = memory;
    this.#bytesOfOne = bytesOfOne;
  }

  of(uid: number): number {
    return this.#counts.get(uid) ?? 0;
  }

  /** One more; false where the user has as many as allowed, or memory has run out. */
  take(uid: number, limit: number): boolean {
    const count = this.of(uid);
    if (count >= limit || !this.#memory.take(this.#bytesOfOne)) return false;
    this.#counts.set(uid, count + 1);
    return true;
  }

  giveBack(uid: number): void {
    const count = this.of(uid) - 1;
    if (count > 0) this.#counts.set(uid, count);
    else this.#counts.delete(uid);
    this.#memory.giveBack(this.#bytesOfOne);
  }
}
