/**
 * What is known of the code in a page, as long as the page holds certain bytes: the records of its straight lines in one piece, so that an address space takes
 * them over at the price of a copy, and the bytes they were made from.
 */
import { PAGE_SIZE } from '../address.ts';
import { FixedHandler, RECORD_SIZE, RecordField } from './record.ts';

const RECORD_WORDS = RECORD_SIZE / 4;
/** A span in words: where it starts in the page, its length. */
const SPAN_WORDS = 2;

/** A straight line. */
export interface DecodedRun {
  /** Address of the first instruction. */
  readonly start: number;
  /** Within one page. */
  readonly bytes: Uint8Array;
  /** The records as they were when fresh, one after the other. */
  readonly records: Uint32Array;
  /** Whether execution never runs on past the last one. */
  readonly ends: boolean;
}

/** As it is kept from start to start. */
export interface PageParts {
  /** One record for each address; a link follows where a line goes on elsewhere. Nothing is linked or chained yet. */
  readonly records: Uint32Array;
  /** Pairs: from where in the page, and how many bytes, lines were made. */
  readonly spans: Uint32Array;
  /** The bytes of the spans, one after the other. */
  readonly bytes: Uint8Array;
}

export const NOTHING_KNOWN: PageParts = {
  records: new Uint32Array(),
  spans: new Uint32Array(),
  bytes: new Uint8Array(),
};

export class DecodedPage {
  readonly number: number;
  #parts: PageParts;
  /** Not in the parts yet. */
  #added: DecodedRun[] = [];

  constructor(number: number, parts: PageParts = NOTHING_KNOWN) {
    this.number = number;
    this.#parts = parts;
  }

  add(run: DecodedRun): void {
    this.#added.push(run);
  }

  get parts(): PageParts {
    if (this.#added.length > 0) {
      this.#parts = joined(this.#parts, this.#added);
      this.#added = [];
    }
    return this.#parts;
  }

  /** Whether everything was made from what a page holds. */
  isMadeFrom(page: Uint8Array): boolean {
    const { spans, bytes } = this.#parts;
    let from = 0;
    for (let span = 0; span < spans.length; span += SPAN_WORDS) {
      const length = spans[span + 1]!;
      if (!standsAt(page, spans[span]!, bytes, from, length)) return false;
      from += length;
    }
    return this.#added.every((run) => standsAt(page, run.start % PAGE_SIZE, run.bytes, 0, run.bytes.length));
  }

  /** The records of the line from an address on, a link at the end if it goes on; undefined when that is not known. */
  lineFrom(rip: number): Uint32Array | undefined {
    // Asked at each place of a page that is met for the first time: most times nothing is known, and nothing need be joined.
    if (!this.#knows(rip)) return undefined;
    const { records } = this.parts;
    const from = placeOf(records, rip);
    let to = from;
    let next = rip;
    while (to < records.length && isInstructionAt(records, to, next)) {
      next += records[to + RecordField.length / 4]! & 0xff;
      to += RECORD_WORDS;
    }
    if (to < records.length && records[to] === FixedHandler.Link) to += RECORD_WORDS;
    return records.subarray(from, to);
  }

  #knows(rip: number): boolean {
    return placeOf(this.#parts.records, rip) >= 0 || this.#added.some(({ records }) => placeOf(records, rip) >= 0);
  }
}

/** Whether bytes[from, from + length) are in the page at a place. */
function standsAt(page: Uint8Array, at: number, bytes: Uint8Array, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (page[at + i] !== bytes[from + i]) return false;
  return true;
}

/** Where the record of an address is; −1: nowhere. */
function placeOf(records: Uint32Array, rip: number): number {
  for (let at = 0; at < records.length; at += RECORD_WORDS) if (isInstructionAt(records, at, rip)) return at;
  return -1;
}

function isInstructionAt(records: Uint32Array, at: number, rip: number): boolean {
  return records[at] !== FixedHandler.Link && addressOf(records, at) === rip;
}

function addressOf(records: Uint32Array, at: number): number {
  return records[at + RecordField.rip / 4]!;
}

function joined({ records, spans, bytes }: PageParts, runs: readonly DecodedRun[]): PageParts {
  const known = new Set<number>();
  for (let at = 0; at < records.length; at += RECORD_WORDS) {
    if (records[at] !== FixedHandler.Link) known.add(addressOf(records, at));
  }
  return {
    records: concatenated(Uint32Array, [records, ...runs.flatMap((run) => newRecords(run, known))]),
    spans: concatenated(Uint32Array, [
      spans,
      ...runs.map((run) => Uint32Array.of(run.start % PAGE_SIZE, run.bytes.length)),
    ]),
    bytes: concatenated(Uint8Array, [bytes, ...runs.map((run) => run.bytes)]),
  };
}

/** A run's records up to the first that is known, and a link if execution goes on there. */
function newRecords({ start, bytes, records, ends }: DecodedRun, known: Set<number>): Uint32Array[] {
  let length = 0;
  while (length < records.length && !known.has(addressOf(records, length))) {
    known.add(addressOf(records, length));
    length += RECORD_WORDS;
  }
  if (length === 0) return [];
  const fresh = records.subarray(0, length);
  if (length < records.length) return [fresh, linkTo(addressOf(records, length))];
  return ends ? [fresh] : [fresh, linkTo(start + bytes.length)];
}

/** The end of a straight line: execution goes on at an address, whose record is not known yet. */
export function linkTo(rip: number): Uint32Array {
  const link = new Uint32Array(RECORD_WORDS);
  link[0] = FixedHandler.Link;
  link[RecordField.rip / 4] = rip;
  link[RecordField.immediate / 4] = rip;
  return link;
}

function concatenated<T extends Uint8Array | Uint32Array>(Kind: new (length: number) => T, parts: readonly T[]): T {
  const whole = new Kind(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
