/**
 * What the SIMD definitions have in common: operands as vectors and scalars with the alignment rule of SSE, shuffles, constants.
 * A vector is 128 bits, lane 0 lowest.
 */
import { Trap } from '../../engine.ts';
import {
  OperandKind,
  RegisterClass,
  type Instruction,
  type Operand,
  type RegisterOperand,
} from '../../x86/instruction.ts';
import { operand } from '../definition.ts';
import type { Ops, Semantics, Width } from '../ops.ts';

export type FloatWidth = 32 | 64;
export type LaneWidth = 8 | 16 | 32 | 64;

const INTEGER_SHAPES: Readonly<Record<LaneWidth, string>> = { 8: 'i8x16', 16: 'i16x8', 32: 'i32x4', 64: 'i64x2' };

/** Name of the WebAssembly operation on integer lanes of this width: laneName(16, 'add') is i16x8.add. */
export function laneName(w: LaneWidth, name: string): string {
  return `${INTEGER_SHAPES[w]}.${name}`;
}

/** Likewise on floating-point lanes. */
export function floatName(w: FloatWidth, name: string): string {
  return w === 32 ? `f32x4.${name}` : `f64x2.${name}`;
}

export function isRegister(candidate: Operand): candidate is RegisterOperand {
  return candidate.kind === OperandKind.Register;
}

function isMmx(candidate: Operand): boolean {
  return candidate.kind === OperandKind.Register && candidate.class === RegisterClass.Mmx;
}

/** The definition for XMM registers; forms with an MMX register are executed by the MMX helper (mmx.ts). */
export function orMmx(semantics: Semantics): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    if (instruction.operands.some(isMmx)) ops.helper('mmx', instruction);
    else semantics(ops, instruction);
  };
}

/** #GP for a 128-bit memory operand off a 16-byte boundary. Source: SDM vol. 2, 2.4.1 (exceptions type 1, 2, 4). */
export function alignedAddress<V>(ops: Ops<V>, place: Operand): V {
  const address = ops.linearAddress(place);
  const rest = ops.and(64, address, ops.constant(64, 15));
  ops.trapIf(ops.ne(64, rest, ops.constant(64, 0)), Trap.GeneralProtection);
  return address;
}

/** A 128-bit operand; memory must be aligned. A narrower memory operand comes in the low lanes, zeros above. */
export function readVector<V>(ops: Ops<V>, source: Operand): V {
  if (source.kind !== OperandKind.Memory) return ops.read(source);
  if (source.width === 128) return ops.load(128, alignedAddress(ops, source));
  return fromScalar(ops, source.width as Width, ops.read(source));
}

/** Operand i as a vector. */
export function vector<V>(ops: Ops<V>, instruction: Instruction, index: number): V {
  return readVector(ops, operand(instruction, index));
}

/** Lane 0 of a register, or the value in memory: a bit pattern of width w. */
export function readScalar<V>(ops: Ops<V>, w: FloatWidth, source: Operand): V {
  if (source.kind === OperandKind.Memory) return ops.read(source);
  return extract(ops, w, ops.read(source), 0);
}

export function setDestination<V>(ops: Ops<V>, instruction: Instruction, value: V): void {
  ops.write(operand(instruction, 0), value);
}

/** Replaces lane 0 of the destination register. */
export function setLow<V>(ops: Ops<V>, w: FloatWidth, instruction: Instruction, value: V): void {
  const destination = operand(instruction, 0);
  ops.write(destination, replace(ops, w, ops.read(destination), value, 0));
}

export function extract<V>(ops: Ops<V>, w: LaneWidth, from: V, lane: number): V {
  return ops.simd(laneName(w, w < 32 ? 'extract_lane_u' : 'extract_lane'), [from], [lane]);
}

export function replace<V>(ops: Ops<V>, w: LaneWidth, into: V, value: V, lane: number): V {
  return ops.simd(laneName(w, 'replace_lane'), [into, value], [lane]);
}

/** A scalar of width w in the low lane, zeros above. */
export function fromScalar<V>(ops: Ops<V>, w: Width, value: V): V {
  return replace(ops, 64, zero(ops), ops.zeroExtend(w, 64, value), 0);
}

export function splat<V>(ops: Ops<V>, w: LaneWidth, value: V): V {
  return ops.simd(laneName(w, 'splat'), [value]);
}

export function zero<V>(ops: Ops<V>): V {
  return ops.vectorConstant(0n, 0n);
}

/** The same value in every lane. */
export function constantLanes<V>(ops: Ops<V>, w: LaneWidth, value: bigint): V {
  const lane = BigInt.asUintN(w, value);
  let half = 0n;
  for (let at = 0; at < 64; at += w) half |= lane << BigInt(at);
  return ops.vectorConstant(half, half);
}

/** A vector of these lanes, lane 0 first. */
export function lanesConstant<V>(ops: Ops<V>, w: LaneWidth, lanes: readonly number[]): V {
  let value = 0n;
  lanes.forEach((lane, index) => (value |= BigInt.asUintN(w, BigInt(lane)) << BigInt(index * w)));
  return ops.vectorConstant(BigInt.asUintN(64, value), value >> 64n);
}

/** Bytes of two vectors by lane number: lanes of the second follow those of the first. */
export function shuffle<V>(ops: Ops<V>, w: LaneWidth, a: V, b: V, lanes: readonly number[]): V {
  const bytes = w / 8;
  const picks = lanes.flatMap((lane) => Array.from({ length: bytes }, (_, byte) => lane * bytes + byte));
  return ops.simd('i8x16.shuffle', [a, b], picks);
}

/** 0, 1, … 15. */
export function byteNumbers<V>(ops: Ops<V>): V {
  return lanesConstant(
    ops,
    8,
    Array.from({ length: 16 }, (_, index) => index),
  );
}

/** The instruction's immediate byte as a value of width 32; and as a number where the back end knows it. */
export function immediate<V>(ops: Ops<V>, instruction: Instruction): { value: V; known: number | undefined } {
  const last = instruction.operands.at(-1);
  if (last?.kind !== OperandKind.Immediate) throw new Error(`${instruction.mnemonic}: no immediate`);
  const value = ops.zeroExtend(8, 32, ops.read(last));
  const known = ops.known(value);
  return { value, known: known === undefined ? undefined : Number(known) };
}

/** Whether every lane of a comparison result holds, as a boolean. */
export function allTrue<V>(ops: Ops<V>, mask: V): V {
  return ops.simd('i8x16.all_true', [mask]);
}

export function not<V>(ops: Ops<V>, boolean: V): V {
  return ops.xor(32, boolean, ops.constant(32, 1));
}

/** Chooses by mask, bit by bit. */
export function choose<V>(ops: Ops<V>, mask: V, whereSet: V, whereClear: V): V {
  return ops.simd('v128.bitselect', [whereSet, whereClear, mask]);
}

/** All ones in lane i where bit i of the immediate is set. */
export function immediateMask<V>(ops: Ops<V>, w: 16 | 32 | 64, value: V): V {
  const bits = lanesConstant<V>(
    ops,
    w,
    Array.from({ length: 128 / w }, (_, index) => 1 << index),
  );
  const wide = splat(ops, w, w === 64 ? ops.zeroExtend(32, 64, value) : value);
  return ops.simd(laneName(w, 'eq'), [ops.simd('v128.and', [wide, bits]), bits]);
}
