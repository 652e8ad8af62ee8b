/**
 * Instructions of one function body, written straight to bytes. Methods with immediates are named after the
 * instruction; everything without immediates goes through `op`. Block depth is the caller's to count (`depth` helps).
 *
 * A body starts with `locals` and ends with `end`, both written by the module builder: here is only what lies between.
 */
import { ByteWriter } from './byte-writer.ts';
import { EMPTY_BLOCK, Op } from './opcode.ts';

/** What a branch hint says. Source: branch-hinting proposal, section metadata.code.branch_hint. */
export const BranchHint = { Unlikely: 0, Likely: 1 } as const;
export type BranchHint = (typeof BranchHint)[keyof typeof BranchHint];

export class CodeWriter extends ByteWriter {
  /** Blocks open at this point. A label opened when depth was d is reached by `br(depth - d - 1)`. */
  depth = 0;
  /** Pairs of position and hint, for the metadata section. */
  readonly hints: number[] = [];

  override clear(): void {
    super.clear();
    this.depth = 0;
    this.hints.length = 0;
  }

  /** One opcode, without its immediates. */
  op(code: number): void {
    if (code < 0x100) {
      this.byte(code);
    } else {
      this.byte(code >>> 8);
      this.u32(code & 0xff);
    }
  }

  // --- control -------------------------------------------------------------------------------------------------------
  /** `type`: EMPTY_BLOCK, a value type, or the index of a function type. Answers the depth before: its label. */
  block(type: number = EMPTY_BLOCK): number {
    return this.#open(Op.block, type);
  }
  loop(type: number = EMPTY_BLOCK): number {
    return this.#open(Op.loop, type);
  }
  if(type: number = EMPTY_BLOCK, hint?: BranchHint): number {
    this.#hint(hint);
    return this.#open(Op.if, type);
  }
  else(): void {
    this.byte(Op.else);
  }
  end(): void {
    this.depth--;
    this.byte(Op.end);
  }
  /** Branches to a label as answered by block, loop or if. */
  br(label: number): void {
    this.byte(Op.br);
    this.u32(this.depth - label - 1);
  }
  brIf(label: number, hint?: BranchHint): void {
    this.#hint(hint);
    this.byte(Op.br_if);
    this.u32(this.depth - label - 1);
  }
  /** The last label is the default. */
  brTable(labels: readonly number[]): void {
    this.byte(Op.br_table);
    this.u32(labels.length - 1);
    for (const label of labels) this.u32(this.depth - label - 1);
  }
  call(functionIndex: number): void {
    this.byte(Op.call);
    this.u32(functionIndex);
  }
  callIndirect(typeIndex: number, tableIndex: number): void {
    this.byte(Op.call_indirect);
    this.u32(typeIndex);
    this.u32(tableIndex);
  }
  returnCall(functionIndex: number): void {
    this.byte(Op.return_call);
    this.u32(functionIndex);
  }
  returnCallIndirect(typeIndex: number, tableIndex: number): void {
    this.byte(Op.return_call_indirect);
    this.u32(typeIndex);
    this.u32(tableIndex);
  }

  // --- constants and variables ---------------------------------------------------------------------------------------
  i32Const(value: number): void {
    this.byte(Op['i32.const']);
    this.i32(value);
  }
  i64Const(value: bigint | number): void {
    this.byte(Op['i64.const']);
    this.i64(value);
  }
  v128Const(low: bigint, high: bigint): void {
    this.op(Op['v128.const']);
    this.fixed64(low);
    this.fixed64(high);
  }
  localGet(index: number): void {
    this.byte(Op['local.get']);
    this.u32(index);
  }
  localSet(index: number): void {
    this.byte(Op['local.set']);
    this.u32(index);
  }
  localTee(index: number): void {
    this.byte(Op['local.tee']);
    this.u32(index);
  }
  globalGet(index: number): void {
    this.byte(Op['global.get']);
    this.u32(index);
  }
  globalSet(index: number): void {
    this.byte(Op['global.set']);
    this.u32(index);
  }

  // --- memory and tables ---------------------------------------------------------------------------------------------
  /** Any load or store. Alignment is only a hint to engines: 2^alignShift is promised, 0 promises nothing. */
  memory(code: number, offset = 0, alignShift = 0): void {
    this.op(code);
    this.u32(alignShift);
    this.u32(offset);
  }
  /** v128.loadN_lane and v128.storeN_lane. */
  memoryLane(code: number, lane: number, offset = 0): void {
    this.memory(code, offset);
    this.byte(lane);
  }
  memoryCopy(): void {
    this.op(Op['memory.copy']);
    this.byte(0);
    this.byte(0);
  }
  memoryFill(): void {
    this.op(Op['memory.fill']);
    this.byte(0);
  }
  tableGet(tableIndex: number): void {
    this.byte(Op['table.get']);
    this.u32(tableIndex);
  }
  tableSet(tableIndex: number): void {
    this.byte(Op['table.set']);
    this.u32(tableIndex);
  }

  // --- SIMD ----------------------------------------------------------------------------------------------------------
  /** extract_lane and replace_lane. */
  lane(code: number, lane: number): void {
    this.op(code);
    this.byte(lane);
  }
  /** i8x16.shuffle. */
  shuffle(lanes: readonly number[]): void {
    this.op(Op['i8x16.shuffle']);
    this.bytes(lanes);
  }

  #open(code: number, type: number): number {
    this.byte(code);
    this.i32(type >= EMPTY_BLOCK && type < 0x80 ? type - 0x80 : type);
    return this.depth++;
  }

  #hint(hint: BranchHint | undefined): void {
    if (hint !== undefined) this.hints.push(this.length, hint);
  }
}
