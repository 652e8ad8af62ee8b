/**
 * Decoded code of one address space, as records in the engine area of its Wasm memory (layout: record.ts). Decodes
 * straight lines on demand, finds records by address, and drops them when their page changes. When the area is full
 * everything is dropped and decoding starts again.
 */
import { PAGE_SIZE, guestAddress } from '../address.ts';
import type { PagedMemory } from '../memory/paged-memory.ts';
import { controlOf, Control } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import type { Processor } from '../processor.ts';
import { State } from '../state-layout.ts';
import type { EntryListener } from '../translate/translator.ts';
import { DecodeFailure, MAX_INSTRUCTION_LENGTH } from '../x86/decode.ts';
import { OperandKind, RegisterClass } from '../x86/instruction.ts';
import type { Instruction, Operand } from '../x86/instruction.ts';
import type { DecodedRun } from './decoded-runs.ts';
import type { FunctionStarts } from './function-starts.ts';
import type { InterpreterCode } from './interpreter.ts';
import {
  FIRST_RECORD,
  FixedHandler,
  HASH_BUCKETS,
  HASH_TABLE,
  RECORDS_LIMIT,
  RECORD_SIZE,
  RecordField,
  STEP_RECORD,
  hashBucket,
  registerField,
} from './record.ts';

/** A straight line is decoded at most this far at once. */
const MAX_RUN = 24;
/** Enough bytes for the longest run, and for the decoder to look ahead without checks. */
const WINDOW = MAX_RUN * MAX_INSTRUCTION_LENGTH + 48;
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
  readonly #window = new Uint8Array(WINDOW);
  /** Heads of translated regions: their records leave with Exit.Hot. */
  readonly #entries = new Set<number>();
  readonly #hotAfter: number;
  readonly #warmAfter: number;
  readonly #reuseAfter: number;
  /** Block heads past `reuseAfter`. Forked processes share it: it is a hint. */
  #met = new Set<number>();
  #next = FIRST_RECORD;
  #flushes = 0;

  /** `hotAfter`: arrivals at a block head after which it is hot; undefined = never. */
  constructor(memory: PagedMemory, code: InterpreterCode, processor: Processor, hotAfter: number | undefined) {
    this.memory = memory;
    this.processor = processor;
    this.#code = code;
    this.#words = memory.arena.words;
    this.#view = new DataView(this.#words.buffer, 0, RECORDS_LIMIT);
    this.#hotAfter = hotAfter ?? NEVER_HOT;
    this.#warmAfter = Math.floor(this.#hotAfter / WARM_SHARE);
    this.#reuseAfter = Math.max(1, Math.floor(this.#hotAfter / REUSE_SHARE));
    this.#clear();
    memory.observe({ mappingChanged: () => {}, codeChanged: (page) => this.#dropPage(page) });
  }

  /** Instructions decoded and kept. */
  get records(): number {
    return (this.#next - FIRST_RECORD) / RECORD_SIZE;
  }

  get flushes(): number {
    return this.#flushes;
  }

  /** Takes over what the parent decoded, after memory.inheritCode() has said that it holds here. */
  inherit(parent: CodeCache): void {
    const end = parent.#next;
    this.#words.set(parent.#words.subarray(HASH_TABLE / 4, end / 4), HASH_TABLE / 4);
    this.#next = end;
    this.#met = parent.#met;
  }

  #clear(): void {
    this.#words.fill(0, HASH_TABLE / 4, HASH_TABLE / 4 + HASH_BUCKETS);
    this.#next = FIRST_RECORD;
  }

  // --- finding ------------------------------------------------------------------------------------------------------
  find(rip: number): number {
    if (rip >= TWO_32) return 0;
    const words = this.#words;
    let record = words[hashBucket(rip) >> 2]!;
    while (record !== 0 && words[(record + RecordField.rip) >> 2] !== rip) {
      record = words[(record + RecordField.hashNext) >> 2]!;
    }
    return record;
  }

  /** Whether jumps have arrived there more than now and then. */
  isReached(rip: number): boolean {
    const record = this.find(rip);
    if (record === 0) return false;
    const left = this.#words[(record + RecordField.heat) >> 2]! | 0;
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
    if (record !== 0) this.#words[record >> 2] = FixedHandler.Region;
  }

  /** No region starts here any more. */
  entryRemoved(rip: number): void {
    this.#entries.delete(rip);
    const record = this.find(rip);
    if (record !== 0 && this.#words[record >> 2] === FixedHandler.Region) this.#drop(record);
  }

  /** Whether a block head that left with Exit.Hot is hot; else it will leave again when it is. */
  isHot(rip: number): boolean {
    const left = this.#hotAfter - this.#reuseAfter;
    if (left <= 0 || this.#met.has(rip)) return true;
    this.#met.add(rip);
    const record = this.find(rip);
    if (record !== 0) this.#words[(record + RecordField.heat) >> 2] = left;
    return false;
  }

  /** This block head can't be translated: don't ask again. */
  keepCool(rip: number): void {
    this.entryRemoved(rip);
    const record = this.find(rip);
    if (record !== 0) this.#words[(record + RecordField.heat) >> 2] = NEVER_HOT;
  }

  // --- decoding -----------------------------------------------------------------------------------------------------
  /** Decodes the straight line at an address where nothing is decoded yet. */
  decode(rip: number): DecodeResult {
    if (rip >= TWO_32 - PAGE_SIZE) return DecodeResult.Uncacheable;
    if (this.#next + (MAX_RUN + 1) * RECORD_SIZE > RECORDS_LIMIT) {
      this.#flushes++;
      this.#clear();
    }
    const inPage = PAGE_SIZE - (rip % PAGE_SIZE);
    const bytes = this.#window.subarray(0, Math.min(WINDOW, inPage));
    if (this.memory.fetch(guestAddress(rip), bytes) < bytes.length) return DecodeResult.Failed;
    if (this.memory.markCode(guestAddress(rip)) === 'uncacheable') return DecodeResult.Uncacheable;
    const { breakpoints } = this.memory;
    if (breakpoints.size > 0 && breakpoints.isIn(rip, rip + bytes.length)) {
      return breakpoints.has(rip) ? DecodeResult.Uncacheable : this.#decodeRun(rip, bytes);
    }
    const known = this.#code.runs.find(rip, bytes);
    return known === undefined ? this.#decodeRun(rip, bytes) : this.#replay(rip, known);
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
    if (!ends) this.#appendLink(rip);
    return DecodeResult.Done;
  }

  /** Whether a run may go on there: nothing is decoded, and no breakpoint set. */
  #isOpen(rip: number): boolean {
    return this.find(rip) === 0 && !this.memory.breakpoints.has(rip);
  }

  /** For other address spaces: a run of `count` records, unless a region starts in it. */
  #keepRun(bytes: Uint8Array, start: number, count: number, ends: boolean): void {
    const records = this.#words.slice((this.#next - count * RECORD_SIZE) >> 2, this.#next >> 2);
    for (let i = 0; i < records.length; i += RECORD_SIZE / 4) if (records[i] === FixedHandler.Region) return;
    this.#code.runs.add(start, { bytes: bytes.slice(), records, ends });
  }

  /** Takes over a run that was decoded before from the same bytes. */
  #replay(start: number, { bytes, records, ends }: DecodedRun): DecodeResult {
    const words = this.#words;
    words.set(records, this.#next >> 2);
    for (let at = 0; at < records.length; at += RECORD_SIZE / 4) {
      const rip = records[at + RecordField.rip / 4]!;
      if (at > 0 && this.find(rip) !== 0) {
        this.#appendLink(rip);
        return DecodeResult.Done;
      }
      if (this.#entries.has(rip)) words[this.#next >> 2] = FixedHandler.Region;
      this.#enter(this.#next, rip);
    }
    if (!ends) this.#appendLink(start + bytes.length);
    return DecodeResult.Done;
  }

  /** An instruction that runs into the next page; Truncated also when that page can't hold cached code. */
  #decodeAcross(rip: number): Instruction | DecodeFailure {
    const bytes = this.#window.subarray(0, MAX_INSTRUCTION_LENGTH);
    const length = this.memory.fetch(guestAddress(rip), bytes);
    const instruction = this.processor.decode(bytes.subarray(0, length), 0, guestAddress(rip));
    if (typeof instruction === 'number') return instruction;
    const last = guestAddress(rip + instruction.length - 1);
    return this.memory.markCode(last) === 'marked' ? instruction : DecodeFailure.Truncated;
  }

  /** One instruction anywhere, not kept: for the evaluator, and to learn why decoding failed. */
  instructionAt(rip: number): Instruction | DecodeFailure {
    const bytes = this.#window.subarray(0, MAX_INSTRUCTION_LENGTH);
    const inPage = Math.min(bytes.length, PAGE_SIZE - (rip % PAGE_SIZE));
    if (this.memory.fetch(guestAddress(rip), bytes.subarray(0, inPage)) < inPage) return DecodeFailure.Truncated;
    const instruction = this.processor.decode(bytes.subarray(0, inPage), 0, guestAddress(rip));
    if (instruction !== DecodeFailure.Truncated) return instruction;
    const length = this.memory.fetch(guestAddress(rip), bytes);
    return this.processor.decode(bytes.subarray(0, length), 0, guestAddress(rip));
  }

  /** Puts one instruction into the step record, a stop after it; false when it has no handler. */
  prepareStep(instruction: Instruction): boolean {
    if (instruction.address >= TWO_32 - PAGE_SIZE) return false;
    const handler = this.#code.handlerOf(instruction);
    if (handler === FixedHandler.Evaluate) return false;
    this.#write(STEP_RECORD, instruction, handler);
    const stop = STEP_RECORD + RECORD_SIZE;
    this.#words[stop >> 2] = FixedHandler.Stale;
    this.#words[(stop + RecordField.rip) >> 2] = instruction.address + instruction.length;
    return true;
  }

  // --- writing records ----------------------------------------------------------------------------------------------
  #append(instruction: Instruction): void {
    const record = this.#next;
    const rip = instruction.address;
    this.#write(record, instruction, this.#code.handlerOf(instruction));
    this.#enter(record, rip);
    if (this.#entries.has(rip)) this.#words[record >> 2] = FixedHandler.Region;
  }

  /** Makes the record at the end findable. */
  #enter(record: number, rip: number): void {
    this.#next += RECORD_SIZE;
    const bucket = hashBucket(rip) >> 2;
    this.#words[(record + RecordField.hashNext) >> 2] = this.#words[bucket]!;
    this.#words[bucket] = record;
    if (this.#code.isDirectCall(this.#words[record >> 2]!)) {
      this.#code.functions.add(this.#words[(record + RecordField.immediate) >> 2]!);
    }
  }

  #appendLink(rip: number): void {
    const record = this.#next;
    this.#next += RECORD_SIZE;
    const words = this.#words;
    words[record >> 2] = FixedHandler.Link;
    words[(record + RecordField.rip) >> 2] = rip;
    words[(record + RecordField.immediate) >> 2] = rip;
    words[(record + RecordField.immediate + 4) >> 2] = 0;
    words[(record + RecordField.link) >> 2] = this.find(rip);
    words[(record + RecordField.hashNext) >> 2] = 0;
  }

  #write(record: number, instruction: Instruction, handler: number): void {
    const words = this.#words;
    const view = this.#view;
    words[record >> 2] = handler;
    words[(record + RecordField.rip) >> 2] = instruction.address;
    words[(record + RecordField.link) >> 2] = 0;
    words[(record + RecordField.heat) >> 2] = this.#reuseAfter;
    view.setUint8(record + RecordField.length, instruction.length);
    view.setUint16(record + RecordField.passed, 0, true);
    const { operands } = instruction;
    for (let i = 0; i < operands.length; i++) this.#writeOperand(record, operands[i]!, i);
  }

  #writeOperand(record: number, operand: Operand, i: number): void {
    const view = this.#view;
    switch (operand.kind) {
      case OperandKind.Register:
        view.setUint16(record + registerField(i), registerOffset(operand.class, operand.index), true);
        return;
      case OperandKind.Memory:
        view.setUint16(record + RecordField.base, operand.base * 8, true);
        view.setUint16(record + RecordField.index, operand.index * 8, true);
        view.setUint16(record + RecordField.segment, operand.segment * 8, true);
        view.setInt32(record + RecordField.displacement, operand.displacement, true);
        view.setUint8(record + RecordField.scale, operand.scaleShift);
        return;
      case OperandKind.Immediate: {
        const value = operand.value & (operand.width === 64 ? -1n : (1n << BigInt(operand.width)) - 1n);
        view.setBigUint64(record + RecordField.immediate, BigInt.asUintN(64, value), true);
        return;
      }
      case OperandKind.Relative:
        view.setUint32(record + RecordField.immediate, operand.target, true);
        view.setUint32(record + RecordField.immediate + 4, Math.floor(operand.target / TWO_32), true);
    }
  }

  // --- dropping -----------------------------------------------------------------------------------------------------
  /** Every record made from this page. Links to them stay: a stale record leaves with its own address. */
  #dropPage(page: number): void {
    const words = this.#words;
    const end = page + PAGE_SIZE;
    for (let record = FIRST_RECORD; record < this.#next; record += RECORD_SIZE) {
      const rip = words[(record + RecordField.rip) >> 2]!;
      if (rip >= end || rip + MAX_INSTRUCTION_LENGTH <= page) continue;
      this.#drop(record);
    }
  }

  #drop(record: number): void {
    const words = this.#words;
    words[record >> 2] = FixedHandler.Stale;
    let place = hashBucket(words[(record + RecordField.rip) >> 2]!);
    while (words[place >> 2] !== 0) {
      if (words[place >> 2] === record) {
        words[place >> 2] = words[(record + RecordField.hashNext) >> 2]!;
        return;
      }
      place = words[place >> 2]! + RecordField.hashNext;
    }
  }
}

function registerOffset(kind: RegisterClass, index: number): number {
  // Relative to the top of the stack: no place of its own.
  if (kind === RegisterClass.St) return index;
  if (kind === RegisterClass.Xmm || kind === RegisterClass.Ymm) return State.xmm + 32 * index;
  return State.gpr + 8 * index + (kind === RegisterClass.Gpr8High ? 1 : 0);
}

/** Whether execution never runs on into the next instruction (or only after coming back from a call). */
function endsRun(instruction: Instruction): boolean {
  const definition = semanticsOf(instruction.mnemonic);
  if (definition === undefined) return true;
  const control = controlOf(definition, instruction);
  return control !== Control.Next && control !== Control.Branch && control !== Control.Repeat;
}
