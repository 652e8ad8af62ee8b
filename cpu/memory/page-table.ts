/**
 * The permission table: one byte per page below 4 GiB, in the guest's own Wasm memory, where generated code tests it.
 *
 *   bits 0–2  fast permissions: the access may go in place, with no further question (Read 1, Write 2, Execute 4)
 *   bits 3–4  PageKind
 *   bits 5–7  the permissions the kernel gave
 *
 * Fast permissions are always a subset of the given ones. Write is missing from them while a page is lent, holds
 * decoded code, or shows a frame that others read; all of them are missing for pages that are not in place. Generated code tests bits 0–2 only.
 *
 * A count of present pages per 4 MiB makes walks over huge, mostly empty ranges cheap.
 */
import { DIRECT_LIMIT, PAGE_SIZE } from '../address.ts';
import { PERMISSION_TABLE } from './guest-memory.ts';

export const PageKind = {
  Absent: 0,
  /** In place, owned by this memory. */
  Private: 1,
  /** The content is still in place in another memory: see lending.ts. */
  Borrowed: 2,
  /** In the sparse page table: see sparse-pages.ts. A window on a frame may have the bytes in place all the same. */
  Elsewhere: 3,
} as const;
export type PageKind = (typeof PageKind)[keyof typeof PageKind];

/** Pages below 4 GiB. */
export const DIRECT_PAGES = DIRECT_LIMIT / PAGE_SIZE;

const FAST = 7;
const KIND_SHIFT = 3;
const GIVEN_SHIFT = 5;
const CHUNK_SHIFT = 10;
const CHUNK_PAGES = 1 << CHUNK_SHIFT;

export function kindOf(entry: number): PageKind {
  return ((entry >> KIND_SHIFT) & 3) as PageKind;
}

/** The permissions the kernel gave. */
export function givenOf(entry: number): number {
  return entry >> GIVEN_SHIFT;
}

export class PageTable {
  readonly entries: Uint8Array;
  readonly #presentPerChunk = new Uint16Array(DIRECT_PAGES / CHUNK_PAGES);
  #present = 0;

  constructor(buffer: ArrayBufferLike) {
    this.entries = new Uint8Array(buffer, PERMISSION_TABLE, DIRECT_PAGES);
  }

  get present(): number {
    return this.#present;
  }

  set(page: number, kind: PageKind, given: number, fast: number): void {
    const before = this.entries[page]!;
    this.entries[page] = (given << GIVEN_SHIFT) | (kind << KIND_SHIFT) | fast;
    if (kindOf(before) === PageKind.Absent) {
      this.#presentPerChunk[page >> CHUNK_SHIFT]!++;
      this.#present++;
    }
  }

  clear(page: number): void {
    if (kindOf(this.entries[page]!) === PageKind.Absent) return;
    this.entries[page] = 0;
    this.#presentPerChunk[page >> CHUNK_SHIFT]!--;
    this.#present--;
  }

  /** Takes fast permissions away; the slow path gives them back when it has done what they were taken for. */
  restrict(page: number, fast: number): void {
    this.entries[page]! &= ~fast;
  }

  /** Sets the fast permissions of a present page, of those that it has been given. */
  allow(page: number, fast: number): void {
    const entry = this.entries[page]!;
    this.entries[page] = (entry & ~FAST) | (fast & givenOf(entry));
  }

  /** The first present page in [page, end), or `end`. */
  next(page: number, end: number): number {
    const { entries } = this;
    while (page < end) {
      if (this.#presentPerChunk[page >> CHUNK_SHIFT] === 0) {
        page = ((page >> CHUNK_SHIFT) + 1) << CHUNK_SHIFT;
        continue;
      }
      const stop = Math.min(end, ((page >> CHUNK_SHIFT) + 1) << CHUNK_SHIFT);
      while (page < stop) {
        if (entries[page] !== 0) return page;
        page++;
      }
    }
    return end;
  }

  /** Makes every page absent. */
  reset(): void {
    for (let chunk = 0; chunk < this.#presentPerChunk.length; chunk++) {
      if (this.#presentPerChunk[chunk] === 0) continue;
      this.entries.fill(0, chunk << CHUNK_SHIFT, (chunk + 1) << CHUNK_SHIFT);
      this.#presentPerChunk[chunk] = 0;
    }
    this.#present = 0;
  }
}
