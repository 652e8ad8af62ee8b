/**
 * What searches for free ranges below a ceiling have found out, so that the next one does not look at all regions again. Mappings only take
 * room; what gives room back must be told to `opened`.
 */

/** Lengths that are remembered; programs ask for few. */
const MAX_LENGTHS = 32;

export class GapNotes {
  readonly #ceiling: number;
  /** By length: no gap that long begins at or above this address. The one noted last is last. */
  readonly #tops = new Map<number, number>();

  constructor(ceiling: number) {
    this.#ceiling = ceiling;
  }

  /** Where a search downwards may begin. */
  startOf(lengthBytes: number): number {
    let start = this.#ceiling;
    for (const [length, top] of this.#tops) if (length <= lengthBytes) start = Math.min(start, top);
    return start;
  }

  /** A search has found no gap of this length that begins at or above `top`. */
  searched(lengthBytes: number, top: number): void {
    this.#tops.delete(lengthBytes);
    this.#tops.set(lengthBytes, top);
    if (this.#tops.size <= MAX_LENGTHS) return;
    const [oldest] = this.#tops.keys();
    this.#tops.delete(oldest!);
  }

  /** A gap has come or grown, and ends here. */
  opened(end: number): void {
    for (const [length, top] of this.#tops) if (top < end) this.#tops.set(length, Math.min(end, this.#ceiling));
  }
}
