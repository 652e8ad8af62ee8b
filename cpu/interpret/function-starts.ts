/**
 * Where functions start: the targets of all calls that were decoded, in any address space of an engine. A hint only: who uses it
 * looks at the code there.
 */
import { PAGE_SIZE } from '../address.ts';

/** How far before a place its function is looked for. */
const MAX_PAGES = 4;

export class FunctionStarts {
  /** By page number, in no order. */
  readonly #pages = new Map<number, Set<number>>();

  add(address: number): void {
    const page = Math.floor(address / PAGE_SIZE);
    let starts = this.#pages.get(page);
    if (!starts) this.#pages.set(page, (starts = new Set()));
    starts.add(address);
  }

  clear(): void {
    this.#pages.clear();
  }

  *[Symbol.iterator](): Generator<number> {
    for (const starts of this.#pages.values()) yield* starts;
  }

  has(address: number): boolean {
    return this.#pages.get(Math.floor(address / PAGE_SIZE))?.has(address) ?? false;
  }

  /** The nearest start at or before an address. */
  before(address: number): number | undefined {
    const last = Math.floor(address / PAGE_SIZE);
    for (let page = last; page >= Math.max(0, last - MAX_PAGES); page--) {
      let best = -1;
      for (const start of this.#pages.get(page) ?? []) if (start <= address && start > best) best = start;
      if (best >= 0) return best;
    }
    return undefined;
  }
}
