/**
 * Shuffles, insertions, extractions and blends by an immediate. Where the back end doesn't know the immediate when it makes code
 * (the interpreter), indexes and masks are computed from it: the interpreter has one piece of code for all immediates.
 */
import { type Instruction, type MemoryOperand } from '../../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definitions } from '../definition.ts';
import type { Ops, Semantics, Width } from '../ops.ts';
import {
  byteNumbers,
  choose,
  constantLanes,
  extract,
  immediate,
  immediateMask,
  isRegister,
  laneName,
  lanesConstant,
  not,
  orMmx,
  replace,
  setDestination,
  shuffle,
  splat,
  vector,
  type FloatWidth,
  type LaneWidth,
} from './vector.ts';

/** The four 2-bit fields of a known immediate. */
function fields(known: number): number[] {
  return [known & 3, (known >> 2) & 3, (known >> 4) & 3, known >> 6];
}

// --- shuffles ---------------------------------------------------------------------------------------------------------
/** Byte indexes, for swizzle, of the 32-bit lanes that the four fields name. */
function doublewordIndexes<V>(ops: Ops<V>, value: V): V {
  // Field i comes to bits 6 and 7 by a multiplication: WebAssembly has no shift by lane.
  const moved = ops.simd('i32x4.mul', [splat(ops, 32, value), lanesConstant(ops, 32, [64, 16, 4, 1])]);
  const field = ops.simd('v128.and', [
    ops.simd('i32x4.shr_u', [moved, ops.constant(32, 6)]),
    constantLanes(ops, 32, 3n),
  ]);
  const first = ops.simd('i32x4.mul', [field, constantLanes(ops, 32, 0x0404_0404n)]);
  return ops.simd('i32x4.add', [first, constantLanes(ops, 32, 0x0302_0100n)]);
}

function pshufd<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const source = vector(ops, instruction, 1);
  const result =
    known === undefined
      ? ops.simd('i8x16.swizzle', [source, doublewordIndexes(ops, value)])
      : shuffle(ops, 32, source, source, fields(known));
  setDestination(ops, instruction, result);
}

/** Two lanes of the destination, two of the source. */
function shufps<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const b = vector(ops, instruction, 1);
  const a = vector(ops, instruction, 0);
  if (known !== undefined) {
    const [w, x, y, z] = fields(known) as [number, number, number, number];
    return setDestination(ops, instruction, shuffle(ops, 32, a, b, [w, x, y + 4, z + 4]));
  }
  const indexes = doublewordIndexes(ops, value);
  const picked = (from: V): V => ops.simd('i8x16.swizzle', [from, indexes]);
  setDestination(ops, instruction, shuffle(ops, 64, picked(a), picked(b), [0, 3]));
}

function shufpd<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const b = vector(ops, instruction, 1);
  const a = vector(ops, instruction, 0);
  if (known !== undefined) {
    return setDestination(ops, instruction, shuffle(ops, 64, a, b, [known & 1, 2 + ((known >> 1) & 1)]));
  }
  const chosen = (bit: number, from: V): V => {
    const set = ops.ne(32, ops.and(32, value, ops.constant(32, bit)), ops.constant(32, 0));
    return ops.select(128, set, shuffle(ops, 64, from, from, [1, 1]), from);
  };
  setDestination(ops, instruction, shuffle(ops, 64, chosen(1, a), chosen(2, b), [0, 2]));
}

/** pshuflw, pshufhw: the four words of one half; the other half is copied. */
function shuffleWords(half: 'low' | 'high'): Semantics {
  const first = half === 'low' ? 0 : 4;
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const { value, known } = immediate(ops, instruction);
    const source = vector(ops, instruction, 1);
    if (known !== undefined) {
      const words = [0, 1, 2, 3, 4, 5, 6, 7];
      words.splice(first, 4, ...fields(known).map((field) => field + first));
      return setDestination(ops, instruction, shuffle(ops, 16, source, source, words));
    }
    const moved = ops.simd('i16x8.mul', [splat(ops, 16, value), lanesConstant(ops, 16, [64, 16, 4, 1, 64, 16, 4, 1])]);
    const field = ops.simd('v128.and', [
      ops.simd('i16x8.shr_u', [moved, ops.constant(32, 6)]),
      constantLanes(ops, 16, 3n),
    ]);
    const base = constantLanes<V>(ops, 16, half === 'low' ? 0x0100n : 0x0908n);
    const indexes = ops.simd('i16x8.add', [ops.simd('i16x8.mul', [field, constantLanes(ops, 16, 0x0202n)]), base]);
    const picked = ops.simd('i8x16.swizzle', [source, indexes]);
    setDestination(ops, instruction, shuffle(ops, 64, picked, source, half === 'low' ? [0, 3] : [2, 1]));
  };
}

// --- insertion and extraction --------------------------------------------------------------------------------------------
/** The lane that the immediate's low bits name, as a scalar. */
function extractLane<V>(ops: Ops<V>, w: LaneWidth, from: V, lane: { value: V; known: number | undefined }): V {
  const last = 128 / w - 1;
  if (lane.known !== undefined) return extract(ops, w, from, lane.known & last);
  const number = ops.and(32, lane.value, ops.constant(32, last));
  const first = ops.mul(32, number, ops.constant(32, w / 8));
  const indexes = ops.simd('i8x16.add', [byteNumbers(ops), splat(ops, 8, first)]);
  return extract(ops, w, ops.simd('i8x16.swizzle', [from, indexes]), 0);
}

/** The vector with one lane replaced. */
function insertLane<V>(ops: Ops<V>, w: LaneWidth, into: V, value: V, lane: { value: V; known: number | undefined }): V {
  const last = 128 / w - 1;
  if (lane.known !== undefined) return replace(ops, w, into, value, lane.known & last);
  const number = ops.and(32, lane.value, ops.constant(32, last));
  const numbers = lanesConstant<V>(
    ops,
    w,
    Array.from({ length: last + 1 }, (_, index) => index),
  );
  const wanted = splat(ops, w, w === 64 ? ops.zeroExtend(32, 64, number) : number);
  return choose(ops, ops.simd(laneName(w, 'eq'), [numbers, wanted]), splat(ops, w, value), into);
}

/** Lane width to operand width: byte and word lanes go through 32 bits. */
function lanePart(w: LaneWidth): Width {
  return w === 64 ? 64 : 32;
}

/** pextr, extractps: to memory the lane alone, to a register zero-extended. */
function extractTo(w: LaneWidth): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const destination = operand(instruction, 0) as MemoryOperand;
    const lane = extractLane(ops, w, vector(ops, instruction, 1), immediate(ops, instruction));
    const part = lanePart(w);
    const to = destination.width as Width;
    ops.write(destination, to < part ? ops.truncate(part, to, lane) : ops.zeroExtend(part, to, lane));
  });
}

function insertFrom(w: LaneWidth): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const source = operand(instruction, 1) as MemoryOperand;
    const from = source.width as Width;
    const part = lanePart(w);
    const read = ops.read(source);
    const value = from > part ? ops.truncate(from, part, read) : ops.zeroExtend(from, part, read);
    const into = vector(ops, instruction, 0);
    setDestination(ops, instruction, insertLane(ops, w, into, value, immediate(ops, instruction)));
  });
}

/** imm[7:6]: lane of a register source, imm[5:4]: lane replaced, imm[3:0]: lanes made zero. */
function insertps<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const field = (shift: number) => ({
    value: ops.shr(32, value, ops.constant(32, shift)),
    known: known === undefined ? undefined : known >> shift,
  });
  const source = operand(instruction, 1);
  const lane = isRegister(source) ? extractLane(ops, 32, ops.read(source), field(6)) : ops.read(source);
  const inserted = insertLane(ops, 32, vector(ops, instruction, 0), lane, field(4));
  setDestination(ops, instruction, ops.simd('v128.andnot', [inserted, immediateMask(ops, 32, value)]));
}

// --- blends ---------------------------------------------------------------------------------------------------------------
function blend(w: 16 | 32 | 64): Semantics {
  const count = 128 / w;
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const { value, known } = immediate(ops, instruction);
    const b = vector(ops, instruction, 1);
    const a = vector(ops, instruction, 0);
    if (known === undefined) return setDestination(ops, instruction, choose(ops, immediateMask(ops, w, value), b, a));
    const lanes = Array.from({ length: count }, (_, index) => ((known >> index) & 1 ? index + count : index));
    setDestination(ops, instruction, shuffle(ops, w, a, b, lanes));
  };
}

/** By the sign of each lane of xmm0, the third operand. */
function blendBySign(w: 8 | FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const signs = ops.simd(laneName(w, 'shr_s'), [vector(ops, instruction, 2), ops.constant(32, w - 1)]);
    setDestination(ops, instruction, choose(ops, signs, b, vector(ops, instruction, 0)));
  };
}

// --- others -----------------------------------------------------------------------------------------------------------------
/**
 * Sums of four absolute differences: result i compares bytes i … i + 3 of the destination from imm[2] * 4 on with the four
 * bytes of the source from imm[1:0] * 4 on.
 */
function mpsadbw<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value } = immediate(ops, instruction);
  const source = vector(ops, instruction, 1);
  const destination = vector(ops, instruction, 0);
  const fourTimes = (bits: V) => ops.mul(32, bits, ops.constant(32, 4));
  const sourceStart = splat(ops, 16, fourTimes(ops.and(32, value, ops.constant(32, 3))));
  const start = splat(ops, 16, ops.and(32, value, ops.constant(32, 4)));
  // 16-bit lanes: the low index byte picks a byte, the high one (0x80 up) gives zero.
  const picked = (from: V, first: V, offsets: readonly number[]): V => {
    const indexes = lanesConstant<V>(
      ops,
      16,
      offsets.map((offset) => 0x8000 + offset),
    );
    return ops.simd('i8x16.swizzle', [from, ops.simd('i16x8.add', [indexes, first])]);
  };
  let sum: V | undefined;
  for (let k = 0; k < 4; k++) {
    const moving = picked(
      destination,
      start,
      [0, 1, 2, 3, 4, 5, 6, 7].map((index) => index + k),
    );
    const fixed = picked(source, sourceStart, Array<number>(8).fill(k));
    const difference = ops.simd('i16x8.sub', [
      ops.simd('i16x8.max_u', [moving, fixed]),
      ops.simd('i16x8.min_u', [moving, fixed]),
    ]);
    sum = sum === undefined ? difference : ops.simd('i16x8.add', [sum, difference]);
  }
  setDestination(ops, instruction, sum!);
}

/** ZF: no bit of both; CF: no bit of the source that the destination lacks. */
function ptest<V>(ops: Ops<V>, instruction: Instruction): void {
  const source = vector(ops, instruction, 1);
  const destination = vector(ops, instruction, 0);
  const none = (value: V): V => not(ops, ops.simd('v128.any_true', [value]));
  const clear = () => ops.constant(32, 0);
  ops.setFlags({
    z: () => none(ops.simd('v128.and', [source, destination])),
    c: () => none(ops.simd('v128.andnot', [source, destination])),
    o: clear,
    s: clear,
    a: clear,
    p: clear,
  });
}

export const shuffles: Definitions = {
  pshufd: define(pshufd),
  pshuflw: define(shuffleWords('low')),
  pshufhw: define(shuffleWords('high')),
  shufps: define(shufps),
  shufpd: define(shufpd),
  pextrb: define(extractTo(8)),
  pextrw: define(extractTo(16)),
  pextrd: define(extractTo(32)),
  pextrq: define(extractTo(64)),
  extractps: define(extractTo(32)),
  pinsrb: define(insertFrom(8)),
  pinsrw: define(insertFrom(16)),
  pinsrd: define(insertFrom(32)),
  pinsrq: define(insertFrom(64)),
  insertps: define(insertps),
  blendps: define(blend(32)),
  blendpd: define(blend(64)),
  pblendw: define(blend(16)),
  blendvps: define(blendBySign(32)),
  blendvpd: define(blendBySign(64)),
  pblendvb: define(blendBySign(8)),
  mpsadbw: define(mpsadbw),
  ptest: define(ptest, { flagsWritten: ALL_FLAGS }),
};
