/**
 * Layout of decoded code in the engine's areas of a guest memory: what the decoder side (code-cache.ts) writes and the
 * generated handlers (handler-ops.ts) read.
 *
 * One record per instruction, RECORD_SIZE bytes. Records of a straight line follow each other in memory, so the next
 * instruction is at pc + RECORD_SIZE. Registers are named by their byte offset in the state block; ah is offset 1.
 * Only code below 4 GiB is decoded here: an address fits in 32 bits. Records lie above 2 GiB: shift their addresses with >>>.
 */
import { DIRECT_LIMIT } from '../address.ts';
import { CODE_AREA, ENGINE_AREA } from '../memory/guest-memory.ts';

export const RECORD_SIZE = 48;

export const RecordField = {
  handler: 0, // u32: index in the handler table
  registers: 4, // u16 x 3: register operands 0, 1, 2
  base: 10, // u16
  index: 12, // u16
  segment: 14, // u16
  displacement: 16, // i32, or u32 for absolute operands
  hashNext: 20, // u32: next record of the same hash bucket, 0 at the end
  immediate: 24, // u64: immediate cut to its width, or the target of a relative operand
  rip: 32, // u32
  length: 36, // u8
  scale: 37, // u8: log2
  passed: 38, // u16, wraps: how often a branch was not taken; or register operand 3
  link: 40, // u32: record of the taken target, 0 while unknown
  heat: 44, // i32: arrivals left until this is a hot block head
} as const;

/** Where a register operand's state offset is. No branch has a fourth operand. */
export function registerField(operand: number): number {
  return operand === 3 ? RecordField.passed : RecordField.registers + 2 * operand;
}

/** Hash table rip → record, u32 per bucket. */
export const HASH_TABLE = ENGINE_AREA;
export const HASH_BITS = 15;
export const HASH_BUCKETS = 1 << HASH_BITS;
/** Scratch pair of records for executing one instruction: the instruction, and a stop after it. */
export const STEP_RECORD = HASH_TABLE + HASH_BUCKETS * 4;
/** Not 0 once the table has been used in this memory. */
export const TABLE_IN_USE = STEP_RECORD + 2 * RECORD_SIZE;
/**
 * Targets of indirect jumps and returns that were found last: pairs of u32 rip and record, each at the one place that its address has. Where a program
 * decodes 100,000 instructions the chains of the hash table are long, and no two records of one are near each other. A record that stands here may be stale,
 * as behind a link.
 */
export const RECENT_TARGETS = HASH_TABLE + 0x30000;
export const RECENT_BITS = 12;
export const RECENT_BYTES = 8 << RECENT_BITS;
export const FIRST_RECORD = CODE_AREA;
/** Records end here. */
export const RECORDS_LIMIT = DIRECT_LIMIT - ((DIRECT_LIMIT - FIRST_RECORD) % RECORD_SIZE);

export function hashBucket(rip: number): number {
  return HASH_TABLE + (((rip ^ (rip >>> HASH_BITS)) & (HASH_BUCKETS - 1)) << 2);
}

/** Handlers that are not made from an instruction's semantics: the first entries of the handler table. */
export const FixedHandler = {
  /** The record is not valid any more: leave with Exit.Continue. */
  Stale: 0,
  /** Leave with Exit.Single: the evaluator executes this instruction. */
  Evaluate: 1,
  /** A translated region is entered here. */
  Region: 2,
  /** Not an instruction but the end of a straight line: go on at `immediate`, through the link. */
  Link: 3,
} as const;
export const FIXED_HANDLERS = 4;
