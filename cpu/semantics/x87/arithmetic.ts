/**
 * Arithmetic on 80-bit values, exact before one rounding: add sub mul div sqrt rem, comparison, scaling.
 * Source: SDM vol. 1, 4.8.3.5 and 8.3; order of exceptions: 4.9.2.
 */
import {
  BIAS,
  INDEFINITE,
  Kind,
  bitLength,
  infinity,
  isNan,
  kindOf,
  negate,
  packExact,
  quiet,
  toExact,
  topExponent,
  withSign,
  zero,
  type Float80,
} from './float80.ts';
import { Rounding, X, roundPack, roundShift, type Control, type Result } from './rounding.ts';

/** Bits kept below the smaller operand's reach; what lies further down is only "something". */
const GUARD = 140;

export function exactly(value: Float80, flags = 0): Result {
  return { value, flags, roundedUp: false };
}

export const INVALID: Result = { value: INDEFINITE, flags: X.Invalid, roundedUp: false };

/** The result that NaN or unsupported operands force; undefined where there are none. */
export function specialOperands(...operands: readonly Float80[]): Result | undefined {
  const kinds = operands.map(kindOf);
  if (kinds.includes(Kind.Unsupported)) return INVALID;
  if (!kinds.some(isNan)) return undefined;
  const flags = kinds.includes(Kind.SignalingNan) ? X.Invalid : 0;
  const quietOnes = operands.filter((_, i) => kinds[i] === Kind.QuietNan);
  const nans = quietOnes.length > 0 ? quietOnes : operands.filter((_, i) => kinds[i] === Kind.SignalingNan);
  return exactly(nans.map(quiet).reduce(largerNan), flags);
}

/** Of two NaNs the one with the larger significand; the positive one of equals. */
function largerNan(a: Float80, b: Float80): Float80 {
  if (a.significand !== b.significand) return a.significand > b.significand ? a : b;
  return a.sign <= b.sign ? a : b;
}

export function denormalFlag(...operands: readonly Float80[]): number {
  return operands.some((operand) => kindOf(operand) === Kind.Denormal) ? X.Denormal : 0;
}

export function withFlags(result: Result, flags: number): Result {
  return { ...result, flags: result.flags | flags };
}

function otherSign(sign: 0 | 1): 0 | 1 {
  return sign === 0 ? 1 : 0;
}

export function add(a: Float80, b: Float80, control: Control): Result {
  const special = specialOperands(a, b);
  if (special) return special;
  const flags = denormalFlag(a, b);
  const aInfinite = kindOf(a) === Kind.Infinity;
  if (aInfinite && kindOf(b) === Kind.Infinity && a.sign !== b.sign) return INVALID;
  if (aInfinite) return exactly(a, flags);
  if (kindOf(b) === Kind.Infinity) return exactly(b, flags);
  return withFlags(addFinite(a, b, control), flags);
}

function addFinite(a: Float80, b: Float80, control: Control): Result {
  const x = toExact(a);
  const y = toExact(b);
  if (x.magnitude === 0n && y.magnitude === 0n) return exactly(zero(a.sign === b.sign ? a.sign : zeroSign(control)));
  if (x.magnitude === 0n) return roundPack(b.sign, y.magnitude, y.exponent, false, control);
  if (y.magnitude === 0n) return roundPack(a.sign, x.magnitude, x.exponent, false, control);
  const [large, small] = x.exponent >= y.exponent ? [x, y] : [y, x];
  const gap = large.exponent - small.exponent;
  const shift = Math.min(gap, GUARD);
  const signed = (sign: 0 | 1, magnitude: bigint) => (sign === 0 ? magnitude : -magnitude);
  const low = gap > GUARD ? 1n : small.magnitude;
  const sum = signed(large.sign, large.magnitude << BigInt(shift)) + signed(small.sign, low);
  if (sum === 0n) return exactly(zero(zeroSign(control)));
  return roundPack(sum < 0n ? 1 : 0, sum < 0n ? -sum : sum, large.exponent - shift, false, control);
}

/** Sign of an exact zero sum of opposite values. */
function zeroSign(control: Control): 0 | 1 {
  return control.rounding === Rounding.Down ? 1 : 0;
}

/** A NaN subtrahend keeps its sign. */
export function sub(a: Float80, b: Float80, control: Control): Result {
  return specialOperands(a, b) ?? add(a, negate(b), control);
}

export function mul(a: Float80, b: Float80, control: Control): Result {
  const special = specialOperands(a, b);
  if (special) return special;
  const sign = a.sign === b.sign ? 0 : 1;
  const kinds = [kindOf(a), kindOf(b)];
  const flags = denormalFlag(a, b);
  if (kinds.includes(Kind.Infinity)) return kinds.includes(Kind.Zero) ? INVALID : exactly(infinity(sign), flags);
  if (kinds.includes(Kind.Zero)) return exactly(zero(sign), flags);
  const x = toExact(a);
  const y = toExact(b);
  return withFlags(roundPack(sign, x.magnitude * y.magnitude, x.exponent + y.exponent, false, control), flags);
}

export function div(a: Float80, b: Float80, control: Control): Result {
  const special = specialOperands(a, b);
  if (special) return special;
  const sign = a.sign === b.sign ? 0 : 1;
  const kindA = kindOf(a);
  const kindB = kindOf(b);
  const flags = denormalFlag(a, b);
  if (kindA === Kind.Infinity) return kindB === Kind.Infinity ? INVALID : exactly(infinity(sign), flags);
  if (kindB === Kind.Infinity) return exactly(zero(sign), flags);
  if (kindB === Kind.Zero) return kindA === Kind.Zero ? INVALID : exactly(infinity(sign), X.ZeroDivide);
  if (kindA === Kind.Zero) return exactly(zero(sign), flags);
  const x = toExact(a);
  const y = toExact(b);
  const dividend = x.magnitude << BigInt(GUARD);
  const quotient = dividend / y.magnitude;
  const sticky = quotient * y.magnitude !== dividend;
  return withFlags(roundPack(sign, quotient, x.exponent - y.exponent - GUARD, sticky, control), flags);
}

export function sqrt(a: Float80, control: Control): Result {
  const special = specialOperands(a);
  if (special) return special;
  if (kindOf(a) === Kind.Zero) return exactly(a);
  if (a.sign === 1) return INVALID;
  if (kindOf(a) === Kind.Infinity) return exactly(a);
  const { magnitude, exponent } = toExact(a);
  const shift = GUARD + (exponent & 1);
  const radicand = magnitude << BigInt(shift);
  const root = integerSqrt(radicand);
  const rounded = roundPack(0, root, (exponent - shift) / 2, root * root !== radicand, control);
  return withFlags(rounded, denormalFlag(a));
}

/** Floor of the square root, by Newton's iteration from above. */
function integerSqrt(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export const Order = { Less: 0, Equal: 1, Greater: 2, Unordered: 3 } as const;
export type Order = (typeof Order)[keyof typeof Order];

/** Compares; `quietNans` says whether a quiet NaN is no error (fucom). */
export function compare(a: Float80, b: Float80, quietNans: 'quiet' | 'invalid'): { order: Order; flags: number } {
  const special = specialOperands(a, b);
  if (special) {
    const flags = quietNans === 'invalid' ? X.Invalid : special.flags;
    return { order: Order.Unordered, flags };
  }
  return { order: orderOf(a, b), flags: denormalFlag(a, b) };
}

function orderOf(a: Float80, b: Float80): Order {
  const keyA = orderKey(a);
  const keyB = orderKey(b);
  return keyA < keyB ? Order.Less : keyA > keyB ? Order.Greater : Order.Equal;
}

/** An integer that orders like the value: a denormal with its integer bit set counts as exponent 1. */
function orderKey(value: Float80): bigint {
  if (value.significand === 0n) return 0n;
  const key = (BigInt(Math.max(value.exponent, 1)) << 64n) | value.significand;
  return value.sign === 0 ? key : -key;
}

export interface Remainder extends Result {
  /** The quotient (its low bits count); undefined where an operand allows none. */
  readonly quotient: bigint | undefined;
  readonly complete: boolean;
}

/** fprem (truncating) and fprem1 (nearest). An exponent difference of 64 or more is reduced by 32 to 63 at a time. */
export function remainder(a: Float80, b: Float80, mode: 'truncate' | 'nearest', control: Control): Remainder {
  const done = (result: Result, quotient?: bigint): Remainder => ({ ...result, quotient, complete: true });
  const special = specialOperands(a, b);
  if (special) return done(special);
  const kindA = kindOf(a);
  const kindB = kindOf(b);
  if (kindA === Kind.Infinity || kindB === Kind.Zero) return done(INVALID);
  const flags = denormalFlag(a, b);
  if (kindA === Kind.Zero || kindB === Kind.Infinity) {
    const { magnitude, exponent } = toExact(a);
    if (magnitude === 0n) return done(exactly(a, flags), 0n);
    return done(withFlags(roundPack(a.sign, magnitude, exponent, false, { ...control, precision: 64 }), flags), 0n);
  }
  const x = toExact(a);
  const y = toExact(b);
  const difference = topExponent(x) - topExponent(y);
  const scale = difference >= 64 ? difference - ((difference & 31) | 32) : 0;
  const low = Math.min(x.exponent, y.exponent + scale);
  const dividend = x.magnitude << BigInt(x.exponent - low);
  const divisor = y.magnitude << BigInt(y.exponent + scale - low);
  let quotient = dividend / divisor;
  let rest = dividend - quotient * divisor;
  let sign = a.sign;
  if (mode === 'nearest' && scale === 0 && (2n * rest > divisor || (2n * rest === divisor && quotient & 1n))) {
    quotient++;
    rest = divisor - rest;
    sign = otherSign(sign);
  }
  const wide = { ...control, precision: 64 };
  const value = rest === 0n ? exactly(zero(a.sign)) : roundPack(sign, rest, low, false, wide);
  return { ...withFlags(value, flags), quotient, complete: scale === 0 };
}

/** frndint: to an integral value by the rounding mode. */
export function roundToIntegral(a: Float80, control: Control): Result {
  const special = specialOperands(a);
  if (special) return special;
  if (kindOf(a) === Kind.Infinity || kindOf(a) === Kind.Zero) return exactly(a);
  const flags = denormalFlag(a);
  const { magnitude, exponent } = toExact(a);
  if (exponent >= 0) return exactly(a, flags);
  const scaled = roundShift(a.sign, magnitude, -exponent, false, control.rounding);
  const inexact = scaled.inexact ? X.Precision : 0;
  return { value: packExact(a.sign, scaled.quotient, 0), flags: flags | inexact, roundedUp: scaled.roundedUp };
}

/** Beyond this a scaling certainly over- or underflows, even wrapped. */
const SCALE_LIMIT = 0x1_0000;

/** fscale: a × 2^trunc(b). */
export function scale(a: Float80, b: Float80, control: Control): Result {
  const special = specialOperands(a, b);
  if (special) return special;
  const flags = denormalFlag(a, b);
  const kindA = kindOf(a);
  if (kindOf(b) === Kind.Infinity) {
    if (b.sign === 0) return kindA === Kind.Zero ? INVALID : exactly(infinity(a.sign), flags);
    return kindA === Kind.Infinity ? INVALID : exactly(zero(a.sign), flags);
  }
  if (kindA === Kind.Infinity || kindA === Kind.Zero) return exactly(a, flags);
  const { magnitude, exponent } = toExact(a);
  const wide = { ...control, precision: 64 };
  return withFlags(roundPack(a.sign, magnitude, exponent + scaleOf(b), false, wide), flags);
}

function scaleOf(b: Float80): number {
  const { sign, magnitude, exponent } = toExact(b);
  if (magnitude === 0n || exponent < -64) return 0;
  const whole = exponent >= 0 ? SCALE_LIMIT : Number(magnitude >> BigInt(-exponent));
  const limited = Math.min(whole, SCALE_LIMIT);
  return sign === 0 ? limited : -limited;
}

/** fxtract: unbiased exponent and significand of a value. */
export function extract(a: Float80): { exponent: Float80; significand: Float80; flags: number } {
  const special = specialOperands(a);
  if (special) return { exponent: special.value, significand: special.value, flags: special.flags };
  const kind = kindOf(a);
  if (kind === Kind.Infinity) return { exponent: infinity(0), significand: a, flags: 0 };
  if (kind === Kind.Zero) return { exponent: infinity(1), significand: a, flags: X.ZeroDivide };
  const exact = toExact(a);
  const top = topExponent(exact);
  const magnitude = exact.magnitude << BigInt(64 - bitLength(exact.magnitude));
  const exponent = top < 0 ? packExact(1, BigInt(-top), 0) : packExact(0, BigInt(top), 0);
  return {
    exponent,
    significand: withSign({ sign: 0, exponent: BIAS, significand: magnitude }, a.sign),
    flags: denormalFlag(a),
  };
}
