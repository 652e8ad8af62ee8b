/**
 * How many pages the guest memories of one machine may hold together. Counted is what the host really gives: a page in place counts from its
 * first touch until its memory ends, because a host that has given a page of a WebAssembly memory does not take it back alone.
 *
 * Taking never fails: whoever makes pages asks `hasRoom` before, where it can still refuse; what can't be refused half-way (a copy that
 * another memory forces, read-ahead of a few pages) goes over the limit by a little, and the next who asks is refused.
 */
/** Of the limit, left to those who can't be refused but only killed: programs that touch their own memory. */
const RESERVED_PART = 1 / 8;

export class PageBudget {
  /** Infinity: no limit. */
  limitPages: number;
  #usedPages = 0;
  #peakPages = 0;

  constructor(limitPages = Infinity) {
    this.limitPages = limitPages;
  }

  get usedPages(): number {
    return this.#usedPages;
  }

  /** The most that was in use at one time. */
  get peakPages(): number {
    return this.#peakPages;
  }

  hasRoom(pages = 1): boolean {
    return this.#usedPages + pages <= this.limitPages;
  }

  /** For what can be refused with an error: buffers and files in memory. */
  hasSpareRoom(pages = 1): boolean {
    return this.#usedPages + pages <= this.limitPages * (1 - RESERVED_PART);
  }

  take(pages: number): void {
    this.#usedPages += pages;
    if (this.#usedPages > this.#peakPages) this.#peakPages = this.#usedPages;
  }

  giveBack(pages: number): void {
    this.#usedPages -= pages;
  }
}
