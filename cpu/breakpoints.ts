/**
 * Addresses of one guest memory at which a Cpu stops before it executes: what a debugger sets. The code stays as it is, so the program and its
 * forked children see nothing of them. As with the processor's own instruction breakpoints, RFLAGS.RF lets one instruction pass; an engine
 * clears it once that has been executed. Source: SDM vol. 3, 17.3.1.1.
 */
import { PAGE_SIZE } from './address.ts';

export class Breakpoints {
  readonly #addresses = new Set<number>();
  readonly #codeChanged: (page: number) => void;

  /** `codeChanged`: drops what engines made of a page. */
  constructor(codeChanged: (page: number) => void) {
    this.#codeChanged = codeChanged;
  }

  get size(): number {
    return this.#addresses.size;
  }

  has(address: number): boolean {
    return this.#addresses.has(address);
  }

  /** Whether there is one in [start, end). */
  isIn(start: number, end: number): boolean {
    for (const address of this.#addresses) if (address >= start && address < end) return true;
    return false;
  }

  add(address: number): void {
    if (this.has(address)) return;
    this.#addresses.add(address);
    this.#codeChanged(Math.floor(address / PAGE_SIZE));
  }

  /** What was made around it stays: it is right without it, too. */
  delete(address: number): void {
    this.#addresses.delete(address);
  }

  clear(): void {
    this.#addresses.clear();
  }
}
