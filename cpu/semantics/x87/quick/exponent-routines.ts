/** Quick routines of scaling: remainder, scale, extract. Parameters are given without FIP and FDP: see quickly.ts. */
import type { Extended, Routine, RoutineOps } from '../../routine.ts';
import { BIAS, MAX_EXPONENT } from '../float80.ts';
import { Status } from '../fpu.ts';
import { finite, fromInteger, isZero, join, type Parts } from './number.ts';
import { quickly } from './quickly.ts';
import type { Unit } from './unit.ts';

/** ST(0) and ST(1). */
function topTwo<V>(unit: Unit<V>): { target: V; first: Extended<V>; a: Parts<V>; b: Parts<V> } {
  const { ops } = unit;
  const target = unit.usedTop();
  const first = unit.read(target);
  return { target, first, a: finite(ops, first), b: finite(ops, unit.read(unit.used(unit.word(1)))) };
}

/** (): fprem. An exponent difference of 64 or more is reduced by 32 to 63 at a time. */
export const partialRemainder: Routine = quickly('partialRemainder', [], 'stack', (unit) => {
  const { ops } = unit;
  const word = (value: number) => unit.word(value);
  const { target, first, a, b } = topTwo(unit);
  ops.refuseIf(isZero(ops, b));
  const difference = ops.sub(32, a.exponent, b.exponent);
  const isBelow = ops.or(32, ops.ltSigned(32, difference, word(0)), isZero(ops, a));
  const isPart = ops.ltSigned(32, word(63), difference);
  const part = ops.or(32, ops.and(32, difference, word(31)), word(32));
  const places = ops.select(32, isBelow, word(0), ops.select(32, isPart, part, difference));
  const { high, low } = shiftLeft(ops, a.significand, places);
  const { quotient, remainder } = ops.divideWide('unsigned', high, low, b.significand);
  const zeros = ops.clz(64, remainder);
  const exponent = ops.sub(32, ops.sub(32, a.exponent, places), ops.truncate(64, 32, zeros));
  const isNothing = ops.eq(64, remainder, ops.constant(64, 0));
  const isKept = ops.or(32, isBelow, isNothing);
  ops.refuseIf(ops.select(32, isKept, word(0), ops.ltSigned(32, exponent, word(1))));
  const rest = join(ops, {
    sign: a.sign,
    exponent: ops.select(32, isNothing, word(0), exponent),
    significand: ops.shl(64, remainder, ops.and(64, zeros, ops.constant(64, 63))),
  });
  unit.write(target, {
    significand: ops.select(64, isBelow, first.significand, rest.significand),
    signExponent: ops.select(32, isBelow, first.signExponent, rest.signExponent),
  });
  const bits = ops.select(32, isBelow, word(0), quotientBits(ops, ops.truncate(64, 32, quotient)));
  unit.setConditions(ops.select(32, ops.and(32, isPart, ops.xor(32, isBelow, word(1))), word(Status.C2), bits));
});

/** value × 2^count as 128 bits; count is below 64. */
function shiftLeft<V>(ops: RoutineOps<V>, value: V, count: V): { high: V; low: V } {
  const upper = ops.shr(64, value, ops.constant(32, 1));
  return {
    high: ops.shr(64, upper, ops.sub(32, ops.constant(32, 63), count)),
    low: ops.shl(64, value, count),
  };
}

/** C0 C3 C1 are bits 2 1 0 of the quotient. */
function quotientBits<V>(ops: RoutineOps<V>, quotient: V): V {
  const bit = (mask: number, flag: number): V =>
    ops.select(32, ops.and(32, quotient, ops.constant(32, mask)), ops.constant(32, flag), ops.constant(32, 0));
  return ops.or(32, bit(4, Status.C0), ops.or(32, bit(2, Status.C3), bit(1, Status.C1)));
}

/** (): fscale, by less than 2^15. */
export const scaleTop: Routine = quickly('scaleTop', [], 'stack', (unit) => {
  const { ops } = unit;
  const word = (value: number) => unit.word(value);
  const { target, a, b } = topTwo(unit);
  const power = ops.sub(32, b.exponent, word(BIAS));
  ops.refuseIf(ops.ltSigned(32, word(14), power));
  const whole = ops.truncate(64, 32, ops.shr(64, b.significand, ops.sub(32, word(63), power)));
  const places = ops.select(32, ops.ltSigned(32, power, word(0)), word(0), whole);
  const exponent = ops.add(32, a.exponent, ops.select(32, b.sign, ops.neg(32, places), places));
  const isNothing = isZero(ops, a);
  const isInRange = ops.ltUnsigned(32, ops.sub(32, exponent, word(1)), word(MAX_EXPONENT - 1));
  ops.refuseIf(ops.eq(32, ops.or(32, isNothing, isInRange), word(0)));
  unit.settle();
  unit.write(target, join(ops, { ...a, exponent: ops.select(32, isNothing, word(0), exponent) }));
});

/** (): fxtract. */
export const extractTop: Routine = quickly('extractTop', [], 'stack', (unit) => {
  const { ops } = unit;
  const target = unit.usedTop();
  const a = finite(ops, unit.read(target));
  ops.refuseIf(isZero(ops, a));
  unit.settle();
  const exponent = ops.sub(32, a.exponent, unit.word(BIAS));
  unit.write(target, fromInteger(ops, ops.signExtend(32, 64, exponent)));
  unit.push(join(ops, { ...a, exponent: unit.word(BIAS) }));
});

export const exponentRoutines: readonly Routine[] = [partialRemainder, scaleTop, extractTop];
