/**
 * Decoded pages as bytes, so that the next start of k42 copies records instead of decoding: a short command spends a third of its time there.
 * Holds for the build that made it: records name handlers by number.
 *
 * Little-endian 32-bit words: magic, number of pages n; then n + 1 entries of four words: page number, ascending, with the versions of a page one after the other;
 * where its records start and where its spans start, both in words from the archive's own start; where its bytes start, in bytes from there. The last entry only
 * says where everything ends. Then the records of all pages, the spans, the bytes.
 */
import { DecodedPage } from './decoded-page.ts';

const MAGIC = 0x7632346b;
const HEADER_WORDS = 2;
const ENTRY_WORDS = 4;

export class PageArchive {
  readonly count: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;

  private constructor(words: Uint32Array, bytes: Uint8Array) {
    this.#words = words;
    this.#bytes = bytes;
    this.count = words[1]!;
  }

  /** Undefined when the bytes are not a whole archive. They must start at a multiple of four. */
  static open(bytes: Uint8Array): PageArchive | undefined {
    if (bytes.length < HEADER_WORDS * 4) return undefined;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    const [magic, count = 0] = words;
    const end = HEADER_WORDS + ENTRY_WORDS * count;
    if (magic !== MAGIC || words.length < end + ENTRY_WORDS) return undefined;
    return bytes.length >= words[end + 3]! ? new PageArchive(words, bytes) : undefined;
  }

  static encode(pages: readonly DecodedPage[]): Uint8Array {
    const sorted = pages.toSorted((a, b) => a.number - b.number).map(({ number, parts }) => ({ number, parts }));
    const sum = (of: (page: (typeof sorted)[number]) => number): number =>
      sorted.reduce((total, page) => total + of(page), 0);
    let recordsAt = HEADER_WORDS + ENTRY_WORDS * (sorted.length + 1);
    let spansAt = recordsAt + sum(({ parts }) => parts.records.length);
    let bytesAt = 4 * (spansAt + sum(({ parts }) => parts.spans.length));
    const encoded = new Uint8Array((bytesAt + sum(({ parts }) => parts.bytes.length) + 3) & ~3);
    const words = new Uint32Array(encoded.buffer);
    words.set([MAGIC, sorted.length]);
    for (const [index, { number, parts }] of sorted.entries()) {
      words.set([number, recordsAt, spansAt, bytesAt], HEADER_WORDS + ENTRY_WORDS * index);
      words.set(parts.records, recordsAt);
      words.set(parts.spans, spansAt);
      encoded.set(parts.bytes, bytesAt);
      recordsAt += parts.records.length;
      spansAt += parts.spans.length;
      bytesAt += parts.bytes.length;
    }
    words.set([0, recordsAt, spansAt, bytesAt], HEADER_WORDS + ENTRY_WORDS * sorted.length);
    return encoded;
  }

  /** The versions of a page. */
  versionsOf(page: number): DecodedPage[] {
    const versions: DecodedPage[] = [];
    for (let index = this.#firstFrom(page); index < this.count && this.#numberAt(index) === page; index++) {
      versions.push(this.#pageAt(index));
    }
    return versions;
  }

  *[Symbol.iterator](): Generator<DecodedPage> {
    for (let index = 0; index < this.count; index++) yield this.#pageAt(index);
  }

  #numberAt(index: number): number {
    return this.#words[HEADER_WORDS + ENTRY_WORDS * index]!;
  }

  #pageAt(index: number): DecodedPage {
    const words = this.#words;
    const entry = HEADER_WORDS + ENTRY_WORDS * index;
    const next = entry + ENTRY_WORDS;
    return new DecodedPage(words[entry]!, {
      records: words.subarray(words[entry + 1], words[next + 1]),
      spans: words.subarray(words[entry + 2], words[next + 2]),
      bytes: this.#bytes.subarray(words[entry + 3], words[next + 3]),
    });
  }

  /** The first entry of a page, or the next. */
  #firstFrom(page: number): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#numberAt(middle) < page) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
