/** AVX and AVX2 permutations, across halves too; shifts with a count for each lane. Source: SDM vol. 2. */
import type { Instruction } from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import { constantLanes, extract, immediate, replace, shuffle, zero } from '../simd/vector.ts';
import { isWide, readHalves, readLow, writeEach, writeHalves, writeLow, type Halves } from './halves.ts';

/** Bit `index` of the immediate as a boolean. */
function immediateBit<V>(ops: Ops<V>, value: V, index: number): V {
  return ops.and(32, ops.shr(32, value, ops.constant(32, index)), ops.constant(32, 1));
}

// --- within halves ------------------------------------------------------------------------------------------------------
/** Lane of 32 bits by the low two bits of each lane of the control. */
function permuteSingles<V>(ops: Ops<V>, value: V, control: V): V {
  const lane = ops.simd('v128.and', [control, constantLanes(ops, 32, 3n)]);
  const first = ops.simd('i32x4.mul', [lane, constantLanes(ops, 32, 0x0404_0404n)]);
  return ops.simd('i8x16.swizzle', [value, ops.simd('i32x4.add', [first, constantLanes(ops, 32, 0x0302_0100n)])]);
}

/** Lane of 64 bits by bit 1 of each lane of the control. */
function permuteDoubles<V>(ops: Ops<V>, value: V, control: V): V {
  const high = ops.simd('i64x2.shr_s', [ops.simd('i64x2.shl', [control, ops.constant(32, 62)]), ops.constant(32, 63)]);
  const upper = shuffle(ops, 64, value, value, [1, 1]);
  return ops.simd('v128.bitselect', [upper, shuffle(ops, 64, value, value, [0, 0]), high]);
}

function permuteByRegister(rule: <V>(ops: Ops<V>, value: V, control: V) => V): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const [value, control] = [1, 2].map((index) => sourceHalves(ops, instruction, index)) as [V[], V[]];
    writeEach(ops, instruction, (half) => rule(ops, value[half]!, control[half]!));
  };
}

/** Each half has two bits of the immediate, one for each of its lanes. */
export const permuteDoublesByImmediate: Semantics = <V>(ops: Ops<V>, instruction: Instruction): void => {
  const { value, known } = immediate(ops, instruction);
  const source = sourceHalves(ops, instruction, 1);
  writeEach(ops, instruction, (half) => {
    const from = source[half]!;
    if (known !== undefined) {
      const fields = known >> (2 * half);
      return shuffle(ops, 64, from, from, [fields & 1, (fields >> 1) & 1]);
    }
    const lane = (at: number): V =>
      ops.select(128, immediateBit(ops, value, 2 * half + at), shuffle(ops, 64, from, from, [1, 1]), from);
    return shuffle(ops, 64, lane(0), lane(1), [0, 2]);
  });
};

function sourceHalves<V>(ops: Ops<V>, instruction: Instruction, index: number): readonly V[] {
  const source = operand(instruction, index);
  return isWide(instruction) ? readHalves(ops, source) : [readLow(ops, source)];
}

// --- across halves ------------------------------------------------------------------------------------------------------
/** Lane of 32 bits among all eight by the low three bits of each lane of the control. */
function permuteAcross<V>(ops: Ops<V>, instruction: Instruction): void {
  const [low, high] = readHalves(ops, operand(instruction, 2));
  const control = readHalves(ops, operand(instruction, 1));
  const pick = (wanted: V): V => {
    const lane = ops.simd('v128.and', [wanted, constantLanes(ops, 32, 7n)]);
    const first = ops.simd('i32x4.mul', [lane, constantLanes(ops, 32, 0x0404_0404n)]);
    const bytes = ops.simd('i32x4.add', [first, constantLanes(ops, 32, 0x0302_0100n)]);
    // Swizzle gives 0 for indexes from 16 on, so that each half answers for its own.
    const fromHigh = ops.simd('i8x16.swizzle', [high, ops.simd('i8x16.sub', [bytes, constantLanes(ops, 8, 16n)])]);
    return ops.simd('v128.or', [ops.simd('i8x16.swizzle', [low, bytes]), fromHigh]);
  };
  writeHalves(ops, operand(instruction, 0), [pick(control[0]), pick(control[1])]);
}

/** Four fields of the immediate choose among four lanes of 64 bits. */
function permuteQuads<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const [low, high] = readHalves(ops, operand(instruction, 1));
  const pair = (first: number): V => {
    if (known !== undefined) {
      const lanes = [(known >> first) & 3, (known >> (first + 2)) & 3];
      return shuffle(ops, 64, low, high, lanes);
    }
    const lane = (at: number): V => {
      const half = ops.select(128, immediateBit(ops, value, at + 1), high, low);
      return ops.select(128, immediateBit(ops, value, at), shuffle(ops, 64, half, half, [1, 1]), half);
    };
    return shuffle(ops, 64, lane(first), lane(first + 2), [0, 2]);
  };
  writeHalves(ops, operand(instruction, 0), [pair(0), pair(4)]);
}

/** Each half of the result is one of four halves, or zero. */
function permuteHalves<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const second = readHalves(ops, operand(instruction, 2));
  const halves = [...readHalves(ops, operand(instruction, 1)), ...second] as [V, V, V, V];
  const pick = (first: number): V => {
    if (known !== undefined) return (known >> (first + 3)) & 1 ? zero(ops) : halves[(known >> first) & 3]!;
    const odd = immediateBit(ops, value, first);
    const lower = ops.select(128, odd, halves[1], halves[0]);
    const upper = ops.select(128, odd, halves[3], halves[2]);
    const chosen = ops.select(128, immediateBit(ops, value, first + 1), upper, lower);
    return ops.select(128, immediateBit(ops, value, first + 3), zero(ops), chosen);
  };
  writeHalves(ops, operand(instruction, 0), [pick(0), pick(4)]);
}

function insertHalf<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value } = immediate(ops, instruction);
  const inserted = readLow(ops, operand(instruction, 2));
  const [low, high] = readHalves(ops, operand(instruction, 1));
  const upper = immediateBit(ops, value, 0);
  const result: Halves<V> = [ops.select(128, upper, low, inserted), ops.select(128, upper, inserted, high)];
  writeHalves(ops, operand(instruction, 0), result);
}

function extractHalf<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value } = immediate(ops, instruction);
  const [low, high] = readHalves(ops, operand(instruction, 1));
  writeLow(ops, operand(instruction, 0), ops.select(128, immediateBit(ops, value, 0), high, low));
}

// --- shifts by lane -------------------------------------------------------------------------------------------------------
/** Counts of the lane width or more give 0, or the sign everywhere. */
function shiftEach(w: 32 | 64, name: 'shl' | 'shr' | 'sar'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const [value, counts] = [1, 2].map((index) => sourceHalves(ops, instruction, index)) as [V[], V[]];
    const shifted = (from: V, count: V): V => {
      const inside = ops.ltUnsigned(w, count, ops.constant(w, w));
      if (name === 'sar') return ops.sar(w, from, narrow(ops, w, ops.select(w, inside, count, ops.constant(w, w - 1))));
      const by = narrow(ops, w, ops.and(w, count, ops.constant(w, w - 1)));
      return ops.select(w, inside, ops[name](w, from, by), ops.constant(w, 0));
    };
    writeEach(ops, instruction, (half) => {
      const lanes = Array.from({ length: 128 / w }, (_, lane) => lane);
      return lanes.reduce((result, lane) => {
        const moved = shifted(extract(ops, w, value[half]!, lane), extract(ops, w, counts[half]!, lane));
        return replace(ops, w, result, moved, lane);
      }, zero(ops));
    });
  };
}

function narrow<V>(ops: Ops<V>, w: 32 | 64, value: V): V {
  return w === 64 ? ops.truncate(64, 32, value) : value;
}

export const avxPermutations: Definitions = {
  vpermps: define(permuteAcross),
  vpermd: define(permuteAcross),
  vpermq: define(permuteQuads),
  vpermpd: define(permuteQuads),
  vperm2f128: define(permuteHalves),
  vperm2i128: define(permuteHalves),
  vinsertf128: define(insertHalf),
  vinserti128: define(insertHalf),
  vextractf128: define(extractHalf),
  vextracti128: define(extractHalf),
  vpsllvd: define(shiftEach(32, 'shl')),
  vpsllvq: define(shiftEach(64, 'shl')),
  vpsrlvd: define(shiftEach(32, 'shr')),
  vpsrlvq: define(shiftEach(64, 'shr')),
  vpsravd: define(shiftEach(32, 'sar')),
};

/** The forms of vpermil with a control register; those with an immediate are forms of SSE shuffles. */
export const permuteSinglesByRegister = permuteByRegister(permuteSingles);
export const permuteDoublesByRegister = permuteByRegister(permuteDoubles);
