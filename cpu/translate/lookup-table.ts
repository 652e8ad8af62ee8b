/**
 * From guest addresses to entries of regions: a table in the low part of the guest memory that nobody else uses, below the state blocks
 * (guest-memory.ts). Generated code reads it, trampoline.ts fills it.
 */
import type { CodeWriter } from '../wasm/code-writer.ts';
import { Op } from '../wasm/opcode.ts';

const BASE = 0;
const BITS = 12;
const MASK = (1 << BITS) - 1;
const PLACE_SHIFT = 4;
export const LOOKUP_BYTES = (MASK + 1) << PLACE_SHIFT;
/** An entry is at its hash or at the hash with one of its lowest bits flipped: hot entries must not push each other out. */
export const WAYS = 4;

/** Of one place, in bytes: u32 each, the fourth unused. */
export const LookupField = {
  /** Guest address; 0: empty. */
  address: BASE,
  /** Index in the table of regions. */
  region: BASE + 4,
  /** Number of the region's entry. */
  entry: BASE + 8,
} as const;

/** Where an entry for this address may be, in bytes from the table's start. */
export function lookupPlace(address: number, way = 0): number {
  return ((address ^ (address >>> BITS) ^ way) & MASK) << PLACE_SHIFT;
}

/** Pushes the first place for the address (i32) that `address` pushes. */
export function pushLookupPlace(code: CodeWriter, address: () => void): void {
  address();
  address();
  code.i32Const(BITS);
  code.op(Op['i32.shr_u']);
  code.op(Op['i32.xor']);
  code.i32Const(MASK);
  code.op(Op['i32.and']);
  code.i32Const(PLACE_SHIFT);
  code.op(Op['i32.shl']);
}

/** Turns the place in a local from one way to another. */
export function changeWay(code: CodeWriter, place: number, from: number, to: number): void {
  code.localGet(place);
  code.i32Const((from ^ to) << PLACE_SHIFT);
  code.op(Op['i32.xor']);
  code.localSet(place);
}
