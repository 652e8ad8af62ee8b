/**
 * Decoded pages as bytes, so that the next start of k42 copies records instead of decoding: a short command spends a third of its time there.
 * Holds for the build that made it: records name handlers by number.
 *
 * Little-endian 32-bit words: magic, number of pages n; then n entries of five words: page number, ascending, with the versions of a page one after the other;
 * where the page is, in bytes; its words of records, words of spans, and bytes. Then the pages: records, spans, bytes, padded to words.
 */
import { wordsAt, type ArchiveSource } from '../archive-source.ts';
import { DecodedPage, type PageParts } from './decoded-page.ts';

const MAGIC = 0x7633346b;
const HEADER_WORDS = 2;
const ENTRY_WORDS = 5;

export class PageArchive {
  readonly count: number;
  readonly #source: ArchiveSource;
  readonly #entries: Uint32Array;

  private constructor(source: ArchiveSource, entries: Uint32Array) {
    this.#source = source;
    this.#entries = entries;
    this.count = entries.length / ENTRY_WORDS;
  }

  /** Undefined when it is no archive, or not a whole one. */
  static open(source: ArchiveSource): PageArchive | undefined {
    const [magic, count = 0] = wordsAt(source, 0, HEADER_WORDS) ?? [];
    if (magic !== MAGIC) return undefined;
    const entries = wordsAt(source, HEADER_WORDS * 4, count * ENTRY_WORDS);
    if (entries === undefined) return undefined;
    const end = count === 0 ? 0 : endOf(entries.subarray((count - 1) * ENTRY_WORDS));
    return end <= source.sizeBytes ? new PageArchive(source, entries) : undefined;
  }

  static encode(pages: readonly DecodedPage[]): Uint8Array<ArrayBuffer> {
    const sorted = pages.toSorted((a, b) => a.number - b.number).map(({ number, parts }) => ({ number, parts }));
    let place = 4 * (HEADER_WORDS + ENTRY_WORDS * sorted.length);
    const encoded = new Uint8Array(sorted.reduce((size, { parts }) => size + sizeOf(parts), place));
    const words = new Uint32Array(encoded.buffer);
    words.set([MAGIC, sorted.length]);
    for (const [index, { number, parts }] of sorted.entries()) {
      const { records, spans, bytes } = parts;
      const entry = [number, place, records.length, spans.length, bytes.length];
      words.set(entry, HEADER_WORDS + ENTRY_WORDS * index);
      words.set(records, place / 4);
      words.set(spans, place / 4 + records.length);
      encoded.set(bytes, place + 4 * (records.length + spans.length));
      place += sizeOf(parts);
    }
    return encoded;
  }

  /** The versions of a page. */
  versionsOf(page: number): DecodedPage[] {
    const versions: DecodedPage[] = [];
    for (let index = this.#firstFrom(page); index < this.count && this.#numberAt(index) === page; index++) {
      const version = this.#pageAt(index);
      if (version) versions.push(version);
    }
    return versions;
  }

  *[Symbol.iterator](): Generator<DecodedPage> {
    for (let index = 0; index < this.count; index++) {
      const page = this.#pageAt(index);
      if (page) yield page;
    }
  }

  #numberAt(index: number): number {
    return this.#entries[ENTRY_WORDS * index]!;
  }

  /** Undefined when it can't be read any more. */
  #pageAt(index: number): DecodedPage | undefined {
    const entry = this.#entries.subarray(ENTRY_WORDS * index, ENTRY_WORDS * (index + 1));
    const [number = 0, place = 0, recordWords = 0, spanWords = 0, byteCount = 0] = entry;
    const words = wordsAt(this.#source, place, (endOf(entry) - place) / 4);
    if (words === undefined) return undefined;
    const records = words.subarray(0, recordWords);
    const spans = words.subarray(recordWords, recordWords + spanWords);
    const bytes = new Uint8Array(words.buffer, words.byteOffset + 4 * (recordWords + spanWords), byteCount);
    return new DecodedPage(number, { records, spans, bytes });
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

function sizeOf({ records, spans, bytes }: PageParts): number {
  return pageBytes(records.length, spans.length, bytes.length);
}

function endOf([, place = 0, recordWords = 0, spanWords = 0, byteCount = 0]: Uint32Array): number {
  return place + pageBytes(recordWords, spanWords, byteCount);
}

function pageBytes(recordWords: number, spanWords: number, byteCount: number): number {
  return 4 * (recordWords + spanWords + Math.ceil(byteCount / 4));
}
