/**
 * What the machine keeps on behalf of its programs besides pages: watches, locks, timers, mounts, … small things that programs make by the
 * thousand. They are a part of the machine's memory, and never take all of what the JavaScript engine can keep.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { PageBudget } from '../../cpu/memory/page-budget.ts';

/** The smallest heap that Node gives itself on a host with 4 GiB is twice as large. */
const LIMIT_BYTES = 2 ** 30;

export class KernelMemory {
  readonly #budget: PageBudget;
  #usedBytes = 0;

  constructor(budget: PageBudget) {
    this.#budget = budget;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  has(bytes: number): boolean {
    return this.#usedBytes + bytes <= LIMIT_BYTES && this.#budget.hasSpareRoom(bytes / PAGE_SIZE);
  }

  /** False when there is not that much left. */
  take(bytes: number): boolean {
    if (!this.has(bytes)) return false;
    this.add(bytes);
    return true;
  }

  /** For what can't be refused any more. */
  add(bytes: number): void {
    this.#usedBytes += bytes;
    this.#budget.take(bytes / PAGE_SIZE);
  }

  giveBack(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#budget.giveBack(bytes / PAGE_SIZE);
  }
}
