/** The four operations, square root and rounding to an integral value on finite 80-bit values, exact before one rounding. */
import type { Extended, RoutineOps } from '../../routine.ts';
import { BIAS } from '../float80.ts';
import { Rounding } from '../rounding.ts';
import {
  finite,
  fromMagnitude,
  isZero,
  join,
  round,
  shiftRight,
  toRegister,
  type Outcome,
  type Parts,
  type Wide,
} from './number.ts';
import type { Unit } from './unit.ts';

export type Operation = <V>(unit: Unit<V>, a: Extended<V>, b: Extended<V>) => Outcome<V>;

const SIGN = 0x8000;

export function add<V>(unit: Unit<V>, a: Extended<V>, b: Extended<V>): Outcome<V> {
  const { ops } = unit;
  const [x, y] = [finite(ops, a), finite(ops, b)];
  const isSmaller = ops.or(
    32,
    ops.ltUnsigned(32, x.exponent, y.exponent),
    ops.and(32, ops.eq(32, x.exponent, y.exponent), ops.ltUnsigned(64, x.significand, y.significand)),
  );
  const large = select(ops, isSmaller, y, x);
  const small = select(ops, isSmaller, x, y);
  const moved = shiftRight(ops, small.significand, ops.sub(32, large.exponent, small.exponent));
  const isDifference = ops.xor(32, x.sign, y.sign);
  const list = ({ exponent, high, low }: Magnitude<V>): V[] => [exponent, high, low];
  const [exponent, high, low] = ops.choose(
    isDifference,
    [32, 64, 64],
    () => list(differenceOf(ops, large, moved)),
    () => list(sumOf(ops, large, moved)),
  ) as [V, V, V];
  const isNothing = ops.eq(64, high, ops.constant(64, 0));
  // An exact zero of opposite values is negative only when rounding down.
  const zeroSign = ops.eq(32, unit.rounding, ops.constant(32, Rounding.Down));
  return toRegister(unit, {
    sign: ops.select(32, ops.and(32, isNothing, isDifference), zeroSign, large.sign),
    exponent,
    high,
    low,
    isNothing,
  });
}

function select<V>(ops: RoutineOps<V>, condition: V, a: Parts<V>, b: Parts<V>): Parts<V> {
  return {
    sign: ops.select(32, condition, a.sign, b.sign),
    exponent: ops.select(32, condition, a.exponent, b.exponent),
    significand: ops.select(64, condition, a.significand, b.significand),
  };
}

interface Magnitude<V> extends Wide<V> {
  readonly exponent: V;
}

function sumOf<V>(ops: RoutineOps<V>, { exponent, significand }: Parts<V>, { high, low }: Wide<V>): Magnitude<V> {
  const sum = ops.add(64, significand, high);
  const carry = ops.ltUnsigned(64, sum, high);
  const wideCarry = ops.zeroExtend(32, 64, carry);
  const sticky = ops.and(64, low, wideCarry);
  const carried = ops.shl(64, ops.and(64, sum, wideCarry), ops.constant(32, 63));
  return {
    exponent: ops.add(32, exponent, carry),
    high: ops.or(64, ops.shr(64, sum, carry), ops.shl(64, wideCarry, ops.constant(32, 63))),
    low: ops.or(64, carried, ops.or(64, ops.shr(64, low, carry), sticky)),
  };
}

/** When more than a bit cancels, the smaller value was moved by at most one place: nothing is lost. */
function differenceOf<V>(ops: RoutineOps<V>, { exponent, significand }: Parts<V>, moved: Wide<V>): Magnitude<V> {
  const zero = ops.constant(64, 0);
  const borrow = ops.zeroExtend(32, 64, ops.ne(64, moved.low, zero));
  const high = ops.sub(64, ops.sub(64, significand, moved.high), borrow);
  const low = ops.sub(64, zero, moved.low);
  const zeros = ops.clz(64, high);
  const isLow = ops.eq(64, high, zero);
  const count = ops.and(64, zeros, ops.constant(64, 63));
  const carried = ops.shr(64, ops.shr(64, low, ops.constant(32, 1)), ops.sub(64, ops.constant(64, 63), count));
  return {
    exponent: ops.sub(32, exponent, ops.truncate(64, 32, zeros)),
    high: ops.select(64, isLow, low, ops.or(64, ops.shl(64, high, count), carried)),
    low: ops.select(64, isLow, zero, ops.shl(64, low, count)),
  };
}

export function subtract<V>(unit: Unit<V>, a: Extended<V>, b: Extended<V>): Outcome<V> {
  const { ops } = unit;
  return add(unit, a, { ...b, signExponent: ops.xor(32, b.signExponent, ops.constant(32, SIGN)) });
}

export function multiply<V>(unit: Unit<V>, a: Extended<V>, b: Extended<V>): Outcome<V> {
  const { ops } = unit;
  const [x, y] = [finite(ops, a), finite(ops, b)];
  const high = ops.mulHighUnsigned(64, x.significand, y.significand);
  const low = ops.mul(64, x.significand, y.significand);
  const isWhole = ops.ltSigned(64, high, ops.constant(64, 0));
  const places = ops.xor(32, isWhole, ops.constant(32, 1));
  const moved = ops.and(64, ops.shr(64, low, ops.constant(32, 63)), ops.zeroExtend(32, 64, places));
  const exponent = ops.add(32, ops.sub(32, ops.add(32, x.exponent, y.exponent), ops.constant(32, BIAS)), isWhole);
  return toRegister(unit, {
    sign: ops.xor(32, x.sign, y.sign),
    exponent,
    high: ops.or(64, ops.shl(64, high, places), moved),
    low: ops.shl(64, low, places),
    isNothing: ops.or(32, isZero(ops, x), isZero(ops, y)),
  });
}

export function divide<V>(unit: Unit<V>, a: Extended<V>, b: Extended<V>): Outcome<V> {
  const { ops } = unit;
  const [x, y] = [finite(ops, a), finite(ops, b)];
  ops.refuseIf(isZero(ops, y));
  const isBelow = ops.ltUnsigned(64, x.significand, y.significand);
  // The quotient has 64 bits: the dividend's upper half is below the divisor, and not below its half.
  const halved = ops.xor(32, isBelow, ops.constant(32, 1));
  const high = ops.shr(64, x.significand, halved);
  const low = ops.shl(64, ops.and(64, x.significand, ops.zeroExtend(32, 64, halved)), ops.constant(32, 63));
  const { quotient, remainder } = ops.divideWide('unsigned', high, low, y.significand);
  const exponent = ops.add(32, ops.sub(32, x.exponent, y.exponent), ops.constant(32, BIAS));
  return toRegister(unit, {
    sign: ops.xor(32, x.sign, y.sign),
    exponent: ops.sub(32, exponent, isBelow),
    high: quotient,
    low: fractionOf(ops, remainder, ops.sub(64, y.significand, remainder)),
    isNothing: isZero(ops, x),
  });
}

/** A stand-in for the fraction part / (part + other): on the same side of one half. */
function fractionOf<V>(ops: RoutineOps<V>, part: V, other: V): V {
  const isBelowHalf = ops.ltUnsigned(64, part, other);
  const half = ops.xor(32, isBelowHalf, ops.constant(32, 1));
  const isSome = ops.and(32, ops.ne(64, part, ops.constant(64, 0)), ops.ne(64, part, other));
  return ops.or(64, ops.shl(64, ops.zeroExtend(32, 64, half), ops.constant(32, 63)), ops.zeroExtend(32, 64, isSome));
}

// --- square root ---------------------------------------------------------------------------------------------------------
export function squareRoot<V>(unit: Unit<V>, a: Extended<V>): Outcome<V> {
  const { ops } = unit;
  const x = finite(ops, a);
  const isNothing = isZero(ops, x);
  ops.refuseIf(ops.select(32, isNothing, ops.constant(32, 0), x.sign));
  // The root of significand × 2^63 or 2^64, whichever leaves an even exponent, has 64 bits.
  const isEven = ops.and(32, x.exponent, ops.constant(32, 1));
  const radicand = {
    high: ops.shr(64, x.significand, isEven),
    low: ops.select(64, isEven, ops.shl(64, x.significand, ops.constant(32, 63)), ops.constant(64, 0)),
  };
  const { root, rest } = integerRoot(ops, radicand);
  const isBeyond = ops.or(32, ops.ne(64, rest.high, ops.constant(64, 0)), ops.ltUnsigned(64, root, rest.low));
  const some = ops.select(64, isBeyond, ops.constant(64, 0xc000_0000_0000_0000n), ops.constant(64, 1));
  const isExact = ops.eq(64, ops.or(64, rest.high, rest.low), ops.constant(64, 0));
  const halved = ops.shr(32, ops.add(32, x.exponent, ops.constant(32, BIAS)), ops.constant(32, 1));
  return toRegister(unit, {
    sign: x.sign,
    exponent: halved,
    high: root,
    low: ops.select(64, isExact, ops.constant(64, 0), some),
    isNothing,
  });
}

/**
 * Floor of the root of a radicand of 127 or 128 bits, and what is left. A double's root is right to 52 bits; one step of Newton's
 * iteration, in doubles too, is off by at most one.
 */
function integerRoot<V>(ops: RoutineOps<V>, radicand: Wide<V>): { root: V; rest: Wide<V> } {
  const double = (name: string, ...args: V[]): V => ops.float(64, name, args);
  const constant = (value: number): V => ops.constant(64, bitsOf(value));
  const unsigned = (value: V): V => ops.convert('f64.convert_i64_u', value);
  const estimate = double('mul', double('sqrt', unsigned(radicand.high)), constant(2 ** 32));
  const first = ops.convert('i64.trunc_sat_f64_u', estimate);
  const error = minus(ops, radicand, square(ops, first));
  const distance = double(
    'add',
    double('mul', ops.convert('f64.convert_i64_s', error.high), constant(2 ** 64)),
    unsigned(error.low),
  );
  const step = double('div', double('mul', distance, constant(0.5)), unsigned(first));
  const near = ops.add(64, first, ops.convert('i64.trunc_sat_f64_s', step));
  const one = ops.constant(64, 1);
  const below = ops.sub(64, near, one);
  const above = ops.add(64, near, one);
  const rest = minus(ops, radicand, square(ops, near));
  const isHigh = ops.ltSigned(64, rest.high, ops.constant(64, 0));
  // Too low when rest > 2 × near: at least the next square is in it.
  const next = minus(ops, rest, doubled(ops, near));
  const isNext = ops.and(
    32,
    ops.eq(32, ops.ltSigned(64, next.high, ops.constant(64, 0)), ops.constant(32, 0)),
    ops.ne(64, ops.or(64, next.high, next.low), ops.constant(64, 0)),
  );
  const root = ops.select(64, isHigh, below, ops.select(64, isNext, above, near));
  return { root, rest: minus(ops, radicand, square(ops, root)) };
}

const bits = new DataView(new ArrayBuffer(8));
function bitsOf(value: number): bigint {
  bits.setFloat64(0, value);
  return bits.getBigUint64(0);
}

function square<V>(ops: RoutineOps<V>, a: V): Wide<V> {
  return { high: ops.mulHighUnsigned(64, a, a), low: ops.mul(64, a, a) };
}

function doubled<V>(ops: RoutineOps<V>, a: V): Wide<V> {
  return { high: ops.shr(64, a, ops.constant(32, 63)), low: ops.shl(64, a, ops.constant(32, 1)) };
}

function minus<V>(ops: RoutineOps<V>, a: Wide<V>, b: Wide<V>): Wide<V> {
  const borrow = ops.zeroExtend(32, 64, ops.ltUnsigned(64, a.low, b.low));
  return { high: ops.sub(64, ops.sub(64, a.high, b.high), borrow), low: ops.sub(64, a.low, b.low) };
}

// --- integral values ---------------------------------------------------------------------------------------------------
export function roundToIntegral<V>(unit: Unit<V>, a: Extended<V>): Outcome<V> {
  const { ops } = unit;
  const word = (value: number): V => ops.constant(32, value);
  const x = finite(ops, a);
  const isWhole = ops.ltUnsigned(32, word(BIAS + 62), x.exponent);
  const { high, low } = shiftRight(ops, x.significand, ops.sub(32, word(BIAS + 63), x.exponent));
  const { value, status } = round(unit, x.sign, high, low);
  const integral = join(ops, fromMagnitude(ops, x.sign, value));
  return {
    value: {
      significand: ops.select(64, isWhole, a.significand, integral.significand),
      signExponent: ops.select(32, isWhole, a.signExponent, integral.signExponent),
    },
    status: ops.select(32, isWhole, word(0), status),
  };
}
