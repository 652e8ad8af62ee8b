/**
 * SSE conversions between integers, single and double. Out of range and NaN give the integer indefinite value (the most negative
 * integer). Forms with an MMX register: mmx.ts. Source: SDM vol. 2; vol. 1, 4.8.3.7 and table E-1.
 */
import type { Instruction, RegisterOperand } from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import {
  choose,
  constantLanes,
  floatName,
  readScalar,
  setDestination,
  setLow,
  shuffle,
  vector,
  type FloatWidth,
} from './vector.ts';

/** 2^31 and 2^63 as bit patterns: results from there on are out of range. Below the range the conversion saturates to the indefinite value. */
const LIMITS: Readonly<Record<FloatWidth, Readonly<Record<32 | 64, bigint>>>> = {
  32: { 32: 0x4f00_0000n, 64: 0x5f00_0000n },
  64: { 32: 0x41e0_0000_0000_0000n, 64: 0x43e0_0000_0000_0000n },
};
const INDEFINITE: Readonly<Record<32 | 64, bigint>> = { 32: 1n << 31n, 64: 1n << 63n };

export type Rounding = 'truncate' | 'nearest';

function toInteger(w: FloatWidth, rounding: Rounding): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const to = (operand(instruction, 0) as RegisterOperand).width as 32 | 64;
    let value = readScalar(ops, w, operand(instruction, 1));
    if (rounding === 'nearest') value = ops.float(w, 'nearest', [value]);
    const converted = ops.convert(`i${to}.trunc_sat_f${w}_s`, value);
    const inRange = ops.float(w, 'lt', [value, ops.constant(w, LIMITS[w][to])]);
    setDestination(ops, instruction, ops.select(to, inRange, converted, ops.constant(to, INDEFINITE[to])));
  };
}

/** Integers of 32 bits from four singles, or from two doubles with the upper half of the result zero. */
export function packedIntegersFrom<V>(ops: Ops<V>, w: FloatWidth, rounding: Rounding, source: V): V {
  const name = w === 32 ? 'i32x4.trunc_sat_f32x4_s' : 'i32x4.trunc_sat_f64x2_s_zero';
  const value = rounding === 'nearest' ? ops.simd(floatName(w, 'nearest'), [source]) : source;
  const converted = ops.simd(name, [value]);
  let inRange = ops.simd(floatName(w, 'lt'), [value, constantLanes(ops, w, LIMITS[w][32])]);
  if (w === 64) inRange = shuffle(ops, 32, inRange, constantLanes(ops, 32, -1n), [0, 2, 4, 5]);
  return choose(ops, inRange, converted, constantLanes(ops, 32, INDEFINITE[32]));
}

function toPackedIntegers(w: FloatWidth, rounding: Rounding): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    setDestination(ops, instruction, packedIntegersFrom(ops, w, rounding, vector(ops, instruction, 1)));
  };
}

function fromInteger(w: FloatWidth): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const source = operand(instruction, 1) as RegisterOperand;
    setLow(ops, w, instruction, ops.convert(`f${w}.convert_i${source.width}_s`, ops.read(source)));
  };
}

function packed(name: string): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    setDestination(ops, instruction, ops.simd(name, [vector(ops, instruction, 1)]));
  };
}

function scalar(from: FloatWidth, to: FloatWidth, name: string): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    setLow(ops, to, instruction, ops.convert(name, readScalar(ops, from, operand(instruction, 1))));
  };
}

export const floatConversions: Definitions = {
  cvtss2si: define(toInteger(32, 'nearest')),
  cvtsd2si: define(toInteger(64, 'nearest')),
  cvttss2si: define(toInteger(32, 'truncate')),
  cvttsd2si: define(toInteger(64, 'truncate')),
  cvtps2dq: define(toPackedIntegers(32, 'nearest')),
  cvttps2dq: define(toPackedIntegers(32, 'truncate')),
  cvtpd2dq: define(toPackedIntegers(64, 'nearest')),
  cvttpd2dq: define(toPackedIntegers(64, 'truncate')),
  cvtsi2ss: define(fromInteger(32)),
  cvtsi2sd: define(fromInteger(64)),
  cvtdq2ps: define(packed('f32x4.convert_i32x4_s')),
  cvtdq2pd: define(packed('f64x2.convert_low_i32x4_s')),
  cvtps2pd: define(packed('f64x2.promote_low_f32x4')),
  cvtpd2ps: define(packed('f32x4.demote_f64x2_zero')),
  cvtss2sd: define(scalar(32, 64, 'f64.promote_f32')),
  cvtsd2ss: define(scalar(64, 32, 'f32.demote_f64')),
};
