/**
 * The records in the engine's areas of one guest memory (layout: record.ts): one after the other in the order in which they were made, and found by
 * address through a hash table. Records are dropped in place; room comes back only when all are.
 */
import { PAGE_SIZE, pageOf } from '../address.ts';
import { MAX_INSTRUCTION_LENGTH } from '../x86/decode.ts';
import { linkTo } from './decoded-page.ts';
import {
  FIRST_RECORD,
  FixedHandler,
  HASH_BUCKETS,
  HASH_TABLE,
  RECENT_BYTES,
  RECENT_TARGETS,
  RECORDS_LIMIT,
  RECORD_SIZE,
  RecordField,
  TABLE_IN_USE,
  hashBucket,
} from './record.ts';

const TWO_32 = 2 ** 32;
const RECORD_WORDS = RECORD_SIZE / 4;
const NOTHING: readonly number[] = [];

export class RecordTable {
  readonly words: Uint32Array;
  #next = FIRST_RECORD;
  /** Where records of a page lie: pairs of start and end. Forked processes share the lists: a longer one is another one. */
  #places = new Map<number, readonly number[]>();
  /** The page that records are added for at present, and where they start; not in `#places` yet. */
  #openPage = -1;
  #openFrom = FIRST_RECORD;

  /** `words`: the guest memory from its start. */
  constructor(words: Uint32Array) {
    this.words = words;
    // A new memory is zero as it is.
    if (words[TABLE_IN_USE / 4] !== 0) this.clear();
    words[TABLE_IN_USE / 4] = 1;
  }

  /** Where the next record comes to lie. */
  get end(): number {
    return this.#next;
  }

  hasRoomFor(records: number): boolean {
    return this.#next + records * RECORD_SIZE <= RECORDS_LIMIT;
  }

  clear(): void {
    this.words.fill(0, HASH_TABLE / 4, HASH_TABLE / 4 + HASH_BUCKETS);
    this.words.fill(0, RECENT_TARGETS / 4, (RECENT_TARGETS + RECENT_BYTES) / 4);
    this.#next = FIRST_RECORD;
    this.#places.clear();
    this.#openPage = -1;
  }

  copyFrom(other: RecordTable): void {
    const { words } = other;
    const end = other.#next;
    this.words.set(words.subarray(HASH_TABLE / 4, HASH_TABLE / 4 + HASH_BUCKETS), HASH_TABLE / 4);
    this.words.set(words.subarray(FIRST_RECORD / 4, end / 4), FIRST_RECORD / 4);
    this.#next = end;
    other.#openAt(-1);
    this.#places = new Map(other.#places);
    this.#openPage = -1;
  }

  /** The newest record of an address, 0 when there is none. */
  find(rip: number): number {
    if (rip >= TWO_32) return 0;
    const { words } = this;
    let record = words[hashBucket(rip) >> 2]!;
    while (record !== 0 && words[(record + RecordField.rip) >>> 2] !== rip) {
      record = words[(record + RecordField.hashNext) >>> 2]!;
    }
    return record;
  }

  /** The record written at the end counts from now on, and is found. */
  enter(rip: number): void {
    const { words } = this;
    const record = this.#next;
    const bucket = hashBucket(rip) >> 2;
    if (pageOf(rip) !== this.#openPage) this.#openAt(pageOf(rip));
    words[(record + RecordField.hashNext) >>> 2] = words[bucket]!;
    words[bucket] = record;
    this.#next += RECORD_SIZE;
  }

  /** At the end of a straight line: execution goes on at an address. */
  appendLink(rip: number): void {
    this.words.set(linkTo(rip), this.#next / 4);
    this.words[(this.#next + RecordField.link) >>> 2] = this.find(rip);
    this.#next += RECORD_SIZE;
  }

  /** Takes over the records of a page of which there are none here. */
  appendPage(page: number, records: Uint32Array): void {
    const { words } = this;
    if (page !== this.#openPage) this.#openAt(page);
    words.set(records, this.#next / 4);
    const end = this.#next + records.length * 4;
    for (let record = this.#next; record < end; record += RECORD_SIZE) {
      if (words[record >>> 2] === FixedHandler.Link) continue;
      const bucket = hashBucket(words[(record + RecordField.rip) >>> 2]!) >> 2;
      words[(record + RecordField.hashNext) >>> 2] = words[bucket]!;
      words[bucket] = record;
    }
    this.#next = end;
  }

  /** Takes over a straight line, up to where one that is there already goes on, and at most so many records and a link. */
  appendLine(records: Uint32Array, most: number): void {
    for (let from = 0; from < records.length; from += RECORD_WORDS) {
      const rip = records[from + RecordField.rip / 4]!;
      const isCut = from === most * RECORD_WORDS || (from > 0 && this.find(rip) !== 0);
      if (isCut || records[from] === FixedHandler.Link) return this.appendLink(rip);
      this.words.set(records.subarray(from, from + RECORD_WORDS), this.#next / 4);
      this.enter(rip);
    }
  }

  /** Drops every record made from a page; of the page before, those that run into it. Links to them stay: a stale record leaves with its own address. */
  dropPage(page: number): void {
    this.#openAt(-1);
    const start = page * PAGE_SIZE;
    for (const part of [page - 1, page]) {
      const places = this.#places.get(part) ?? NOTHING;
      for (let i = 0; i < places.length; i += 2) this.#dropBetween(places[i]!, places[i + 1]!, start);
    }
    this.#places.delete(page);
  }

  #dropBetween(from: number, to: number, start: number): void {
    for (let record = from; record < to; record += RECORD_SIZE) {
      const rip = this.words[(record + RecordField.rip) >>> 2]!;
      if (rip < start + PAGE_SIZE && rip + MAX_INSTRUCTION_LENGTH > start) this.drop(record);
    }
  }

  drop(record: number): void {
    const { words } = this;
    words[record >>> 2] = FixedHandler.Stale;
    let place = hashBucket(words[(record + RecordField.rip) >>> 2]!);
    while (words[place >>> 2] !== 0) {
      if (words[place >>> 2] === record) {
        words[place >>> 2] = words[(record + RecordField.hashNext) >>> 2]!;
        return;
      }
      place = words[place >>> 2]! + RecordField.hashNext;
    }
  }

  /** What follows is made from this page. */
  #openAt(page: number): void {
    if (this.#openPage >= 0) {
      const places = this.#places.get(this.#openPage) ?? NOTHING;
      this.#places.set(this.#openPage, joined(places, this.#openFrom, this.#next));
    }
    this.#openPage = page;
    this.#openFrom = this.#next;
  }
}

/** Pairs of start and end, and one more pair. */
function joined(places: readonly number[], from: number, to: number): readonly number[] {
  return places.at(-1) === from ? [...places.slice(0, -1), to] : [...places, from, to];
}
