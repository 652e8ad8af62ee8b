/**
 * Decoded code of one address space: what is in its table of records (record-table.ts), and how warm. Decodes straight lines on demand, or takes
 * over what other address spaces decoded, and drops them when their page changes. When the table is full everything is dropped and
 * decoding starts again.
 */
import { PAGE_SIZE, guestAddress, pageFloor, pageOf } from '../address.ts';
import type { PagedMemory } from '../memory/paged-memory.ts';
import { controlOf, Control } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import type { Processor } from '../processor.ts';
import type { EntryListener } from '../translate/translator.ts';
import { DecodeFailure, MAX_INSTRUCTION_LENGTH } from '../x86/decode.ts';
import type { Instruction } from '../x86/instruction.ts';
import type { DecodedPage } from './decoded-page.ts';
import type { FunctionStarts } from './function-starts.ts';
import type { InterpreterCode } from './interpreter.ts';
import { RecordTable } from './record-table.ts';
import { FIRST_RECORD, FixedHandler, RECORD_SIZE, RecordField, STEP_RECORD } from './record.ts';
import { writeRecord } from './write-record.ts';

/** A straight line is decoded at most this far at once. */
const MAX_RUN = 24;
/** Records of a page: one for each byte, and a link after each. */
const MAX_IN_PAGE = 2 * PAGE_SIZE;
/** A place is warm when it has had this share of the arrivals that make it hot. */
const WARM_SHARE = 800;
/** And when it has had this share, a region made earlier pays. */
const REUSE_SHARE = 5;
const NEVER_HOT = 0x7fffffff;
const TWO_32 = 2 ** 32;

/** What decoding at an address came to. */
export const DecodeResult = {
  /** Records are in place. */
  Done: 0,
  /** Nothing to execute there, see CodeCache.instructionAt. */
  Failed: 1,
  /** The code can't be kept: execute it instruction by instruction. */
  Uncacheable: 2,
} as const;
export type DecodeResult = (typeof DecodeResult)[keyof typeof DecodeResult];

export class CodeCache implements EntryListener {
  readonly memory: PagedMemory;
  readonly processor: Processor;
  readonly #code: InterpreterCode;
  readonly #words: Uint32Array;
  readonly #view: DataView;
  readonly #table: RecordTable;
  readonly #window = new Uint8Array(MAX_INSTRUCTION_LENGTH);
  /** Heads of translated regions: their records leave with Exit.Hot. */
  readonly #entries = new Set<number>();
  readonly #hotAfter: number;
  readonly #warmAfter: number;
  readonly #reuseAfter: number;
  /** Block heads past `reuseAfter`. Forked processes share it: it is a hint. */
  #met = new Set<number>();
  /** What is known of each page that code was decoded from, by page number: as it is, until it changes. */
  #pages = new Map<number, DecodedPage>();
  readonly #changed = new Set<number>();
  #flushes = 0;

  /** `hotAfter`: arrivals at a block head after which it is hot; undefined = never. */
  constructor(memory: PagedMemory, code: InterpreterCode, processor: Processor, hotAfter: number | undefined) {
    this.memory = memory;
    this.processor = processor;
    this.#code = code;
    this.#words = memory.arena.words;
    this.#view = new DataView(this.#words.buffer);
    this.#hotAfter = hotAfter ?? NEVER_HOT;
    this.#warmAfter = Math.floor(this.#hotAfter / WARM_SHARE);
    this.#reuseAfter = Math.max(1, Math.floor(this.#hotAfter / REUSE_SHARE));
    this.#table = new RecordTable(this.#words);
    memory.observe({ mappingChanged: () => {}, codeChanged: (page) => this.#dropPage(page) });
  }

  /** Instructions decoded and kept. */
  get records(): number {
    return (this.#table.end - FIRST_RECORD) / RECORD_SIZE;
  }

  get flushes(): number {
    return this.#flushes;
  }

  /** Takes over what the parent decoded, after memory.inheritCode() has said that it holds here. */
  inherit(parent: CodeCache): void {
    this.#table.copyFrom(parent.#table);
    this.#met = parent.#met;
    this.#pages = new Map(parent.#pages);
  }

  // --- finding ------------------------------------------------------------------------------------------------------
  find(rip: number): number {
    return this.#table.find(rip);
  }

  /** Whether jumps have arrived there more than now and then. */
  isReached(rip: number): boolean {
    const record = this.find(rip);
    if (record === 0) return false;
    const left = this.#words[(record + RecordField.heat) >>> 2]! | 0;
    return (this.#met.has(rip) ? this.#hotAfter : this.#reuseAfter) - left >= this.#warmAfter;
  }

  /** Whether the branch there was not taken more than now and then. */
  isPassed(rip: number): boolean {
    const record = this.find(rip);
    const passed = record === 0 ? 0 : this.#view.getUint16(record + RecordField.passed, true);
    return passed >= this.#warmAfter;
  }

  get functions(): FunctionStarts {
    return this.#code.functions;
  }

  /** A translated region starts at this address now. */
  entryAdded(rip: number): void {
    this.#entries.add(rip);
    const record = this.find(rip);
    if (record !== 0) this.#words[record >>> 2] = FixedHandler.Region;
  }

  /** No region starts here any more. */
  entryRemoved(rip: number): void {
    this.#entries.delete(rip);
    const record = this.find(rip);
    if (record !== 0 && this.#words[record >>> 2] === FixedHandler.Region) this.#table.drop(record);
  }

  /** Whether a block head that left with Exit.Hot is hot; else it will leave again when it is. */
  isHot(rip: number): boolean {
    const left = this.#hotAfter - this.#reuseAfter;
    if (left <= 0 || this.#met.has(rip)) return true;
    this.#met.add(rip);
    const record = this.find(rip);
    if (record !== 0) this.#words[(record + RecordField.heat) >>> 2] = left;
    return false;
  }

  /** This block head can't be translated: don't ask again. */
  keepCool(rip: number): void {
    this.entryRemoved(rip);
    const record = this.find(rip);
    if (record !== 0) this.#words[(record + RecordField.heat) >>> 2] = NEVER_HOT;
  }

  // --- decoding -----------------------------------------------------------------------------------------------------
  /** Decodes the straight line at an address where nothing is decoded yet. */
  decode(rip: number): DecodeResult {
    if (rip >= TWO_32 - PAGE_SIZE) return DecodeResult.Uncacheable;
    const bytes = this.#code.pageBytes;
    if (this.memory.fetch(pageFloor(rip), bytes) < bytes.length) return DecodeResult.Failed;
    if (this.memory.markCode(guestAddress(rip)) === 'uncacheable') return DecodeResult.Uncacheable;
    if (!this.#table.hasRoomFor(MAX_RUN + 1)) this.#flush();
    const { breakpoints } = this.memory;
    if (breakpoints.size === 0 && this.#recall(rip, bytes)) return DecodeResult.Done;
    if (breakpoints.has(rip)) return DecodeResult.Uncacheable;
    return this.#decodeRun(rip, bytes.subarray(rip % PAGE_SIZE));
  }

  #dropPage(start: number): void {
    const page = pageOf(start);
    this.#table.dropPage(page);
    this.#pages.delete(page);
    this.#changed.add(page);
  }

  #flush(): void {
    this.#flushes++;
    this.#table.clear();
    this.#pages.clear();
  }

  /** Takes over what is known of a page: all of it the first time, later single lines that others have met meanwhile. Whether the code at `rip` is in place now. */
  #recall(rip: number, bytes: Uint8Array): boolean {
    const number = pageOf(rip);
    const from = this.#table.end;
    if (!this.#pages.has(number)) {
      const page = this.#know(number, bytes);
      if (this.#takesWhole(number)) this.#table.appendPage(number, page.parts.records);
    }
    if (this.find(rip) === 0 && !this.#recallLine(rip, bytes)) return false;
    this.#markEntries(from);
    return true;
  }

  #know(number: number, bytes: Uint8Array): DecodedPage {
    const page = this.#code.pages.find(number, bytes);
    this.#pages.set(number, page);
    return page;
  }

  #recallLine(rip: number, bytes: Uint8Array): boolean {
    const number = pageOf(rip);
    let page = this.#pages.get(number)!;
    // Two pages that were the same as far as known can turn out to be different.
    if (!page.isMadeFrom(bytes)) page = this.#know(number, bytes);
    const line = page.lineFrom(rip);
    if (line !== undefined) this.#table.appendLine(line, MAX_RUN);
    return line !== undefined;
  }

  /** Not when there may be something of it already, and a program that does not fit has no room for what it may never need. */
  #takesWhole(page: number): boolean {
    return this.#flushes === 0 && !this.#changed.has(page) && this.#table.hasRoomFor(MAX_IN_PAGE);
  }

  #markEntries(from: number): void {
    if (this.#entries.size === 0) return;
    const words = this.#words;
    for (let record = from; record < this.#table.end; record += RECORD_SIZE) {
      if (words[record >>> 2] === FixedHandler.Link) continue;
      if (this.#entries.has(words[(record + RecordField.rip) >>> 2]!)) words[record >>> 2] = FixedHandler.Region;
    }
  }

  #decodeRun(start: number, bytes: Uint8Array): DecodeResult {
    let rip = start;
    let count = 0;
    let ends = false;
    while (count < MAX_RUN && !ends && (count === 0 || this.#isOpen(rip))) {
      let instruction = this.processor.decode(bytes, rip - start, guestAddress(rip));
      if (instruction === DecodeFailure.Truncated) {
        if (count > 0) break;
        instruction = this.#decodeAcross(rip);
        if (instruction === DecodeFailure.Truncated) return DecodeResult.Uncacheable;
      }
      if (typeof instruction === 'number') {
        if (count === 0) return DecodeResult.Failed;
        break;
      }
      this.#append(instruction);
      rip += instruction.length;
      count++;
      ends = endsRun(instruction);
    }
    if (rip - start <= bytes.length) this.#keepRun(bytes.subarray(0, rip - start), start, count, ends);
    if (!ends) this.#table.appendLink(rip);
    return DecodeResult.Done;
  }

  /** Whether a run may go on there: nothing is decoded, and no breakpoint set. */
  #isOpen(rip: number): boolean {
    return this.find(rip) === 0 && !this.memory.breakpoints.has(rip);
  }

  /** For other address spaces: a run of `count` records, unless a region starts in it. */
  #keepRun(bytes: Uint8Array, start: number, count: number, ends: boolean): void {
    const page = this.#pages.get(pageOf(start));
    // With breakpoints about, lines end where they otherwise would not.
    if (page === undefined || this.memory.breakpoints.size > 0) return;
    const { end } = this.#table;
    const records = this.#words.slice((end - count * RECORD_SIZE) / 4, end / 4);
    for (let i = 0; i < records.length; i += RECORD_SIZE / 4) if (records[i] === FixedHandler.Region) return;
    this.#code.pages.add(page, { start, bytes: bytes.slice(), records, ends });
  }

  /** An instruction that runs into the next page; Truncated also when that page can't hold cached code. */
  #decodeAcross(rip: number): Instruction | DecodeFailure {
    const bytes = this.#window;
    const length = this.memory.fetch(guestAddress(rip), bytes);
    const instruction = this.processor.decode(bytes.subarray(0, length), 0, guestAddress(rip));
    if (typeof instruction === 'number') return instruction;
    const last = guestAddress(rip + instruction.length - 1);
    return this.memory.markCode(last) === 'marked' ? instruction : DecodeFailure.Truncated;
  }

  /** One instruction anywhere, without a record: for the evaluator, and to learn why decoding failed. */
  instructionAt(rip: number): Instruction | DecodeFailure {
    const { singles } = this.#code;
    const bytes = this.#window;
    const inPage = Math.min(bytes.length, PAGE_SIZE - (rip % PAGE_SIZE));
    if (this.memory.fetch(guestAddress(rip), bytes.subarray(0, inPage)) < inPage) return DecodeFailure.Truncated;
    const known = singles.find(rip, bytes.subarray(0, inPage));
    if (known !== undefined) return known;
    let instruction = this.processor.decode(bytes.subarray(0, inPage), 0, guestAddress(rip));
    if (instruction === DecodeFailure.Truncated) {
      const length = this.memory.fetch(guestAddress(rip), bytes);
      instruction = this.processor.decode(bytes.subarray(0, length), 0, guestAddress(rip));
    }
    if (typeof instruction !== 'number') singles.add(instruction, bytes);
    return instruction;
  }

  /** Puts one instruction into the step record, a stop after it; false when it has no handler. */
  prepareStep(instruction: Instruction): boolean {
    if (instruction.address >= TWO_32 - PAGE_SIZE) return false;
    const handler = this.#code.handlerOf(instruction);
    if (handler === FixedHandler.Evaluate) return false;
    writeRecord(this.#view, STEP_RECORD, instruction, handler, this.#reuseAfter);
    const stop = STEP_RECORD + RECORD_SIZE;
    this.#words[stop >> 2] = FixedHandler.Stale;
    this.#words[(stop + RecordField.rip) >> 2] = instruction.address + instruction.length;
    return true;
  }

  #append(instruction: Instruction): void {
    const record = this.#table.end;
    const rip = instruction.address;
    const handler = this.#code.handlerOf(instruction);
    writeRecord(this.#view, record, instruction, handler, this.#reuseAfter);
    this.#table.enter(rip);
    if (this.#code.isDirectCall(handler)) {
      this.#code.functions.add(this.#words[(record + RecordField.immediate) >>> 2]!);
    }
    if (this.#entries.has(rip)) this.#words[record >>> 2] = FixedHandler.Region;
  }
}

/** Whether execution never runs on into the next instruction (or only after coming back from a call). */
function endsRun(instruction: Instruction): boolean {
  const definition = semanticsOf(instruction.mnemonic);
  if (definition === undefined) return true;
  const control = controlOf(definition, instruction);
  return control !== Control.Next && control !== Control.Branch && control !== Control.Repeat;
}
