/**
 * Transcendental functions on 80-bit values, rounded once from 256-bit fixed point. Source: SDM vol. 1, 8.3.7–8.3.8, special cases in
 * vol. 2 (F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS, FPTAN). Results always have 64 bits, whatever the precision control.
 */
import { INVALID, denormalFlag, exactly, specialOperands, withFlags } from './arithmetic.ts';
import {
  BIAS,
  INTEGER_BIT,
  Kind,
  ONE,
  infinity,
  kindOf,
  toExact,
  topExponent,
  zero,
  type Exact,
  type Float80,
} from './float80.ts';
import {
  FRACTION,
  LN2,
  PI,
  UNIT,
  arctangent,
  divide,
  exponentialMinusOne,
  logarithm,
  multiply,
  sineCosine,
  toFixed,
} from './fixed-point.ts';
import { X, roundPack, type Control, type Result } from './rounding.ts';

/** Below 2^TINY functions are their first-order approximation, as far as 64 bits can tell. */
const TINY = -70;
const GUARD = 140;
/** π as the processor uses it to reduce angles: 66 bits. Source: SDM vol. 1, 8.3.8. */
const PI_66 = 0xc90fdaa22168c234cn << BigInt(FRACTION - 66);

function wide(control: Control): Control {
  return { ...control, precision: 64 };
}

/** An inexact fixed-point value as a result. */
function roundFixed(value: bigint, control: Control, flags: number): Result {
  const sign = value < 0n ? 1 : 0;
  return withFlags(roundPack(sign, value < 0n ? -value : value, -FRACTION, true, wide(control)), flags);
}

function signed(sign: 0 | 1, value: bigint): bigint {
  return sign === 0 ? value : -value;
}

// --- exponential and logarithms ----------------------------------------------------------------------------------------
/** 2^x − 1 for −1 <= x <= 1; beyond, where it is undefined, x as it is. All of these count as inexact, as in processors. */
export function f2xm1(a: Float80, control: Control): Result {
  const special = specialOperands(a);
  if (special) return special;
  const kind = kindOf(a);
  if (kind === Kind.Zero) return exactly(a);
  if (kind === Kind.Infinity) return exactly(a.sign === 0 ? a : { ...ONE, sign: 1 });
  const x = toExact(a);
  const top = topExponent(x);
  const flags = denormalFlag(a);
  if (top >= 0) {
    if (top > 0 || a.significand !== INTEGER_BIT) return exactly(a, flags | X.Precision);
    return exactly(a.sign === 0 ? ONE : { sign: 1, exponent: BIAS - 1, significand: INTEGER_BIT }, X.Precision);
  }
  if (top < TINY) return scaleBy(x, LN2, control, flags);
  const argument = multiply(toFixed(x.magnitude, x.exponent), LN2);
  return roundFixed(exponentialMinusOne(signed(a.sign, argument)), control, flags);
}

/** x × a fixed-point constant. */
function scaleBy(x: Exact, constant: bigint, control: Control, flags: number): Result {
  return withFlags(roundPack(x.sign, x.magnitude * constant, x.exponent - FRACTION, true, wide(control)), flags);
}

/** y × log2(x). */
export function fyl2x(x: Float80, y: Float80, control: Control): Result {
  const special = specialOperands(x, y);
  if (special) return special;
  const kindX = kindOf(x);
  const kindY = kindOf(y);
  const flags = denormalFlag(x, y);
  if (kindX === Kind.Zero) {
    if (kindY === Kind.Zero) return INVALID;
    return exactly(infinity(y.sign === 0 ? 1 : 0), kindY === Kind.Infinity ? flags : X.ZeroDivide);
  }
  if (x.sign === 1) return INVALID;
  if (kindX === Kind.Infinity) return kindY === Kind.Zero ? INVALID : exactly(infinity(y.sign), flags);
  const exact = toExact(x);
  return timesLogarithm(y, log2(exact), control, flags);
}

/** Base-2 logarithm in fixed point. */
function log2(x: Exact): bigint {
  let exponent = topExponent(x);
  let mantissa = toFixed(x.magnitude, x.exponent - exponent);
  if (mantissa > (3n * UNIT) / 2n) {
    mantissa >>= 1n;
    exponent++;
  }
  return BigInt(exponent) * UNIT + divide(logarithm(mantissa), LN2);
}

/** y × a logarithm, which is 0 only for an argument of exactly 1. */
function timesLogarithm(y: Float80, log: bigint, control: Control, flags: number): Result {
  const negative = log < 0n;
  const sign = (y.sign === 1) === negative ? 0 : 1;
  if (kindOf(y) === Kind.Infinity) return log === 0n ? INVALID : exactly(infinity(sign), flags);
  if (kindOf(y) === Kind.Zero || log === 0n) return exactly(zero(sign), flags);
  const { magnitude, exponent } = toExact(y);
  const product = magnitude * (negative ? -log : log);
  const isPower = (negative ? -log : log) % UNIT === 0n;
  return withFlags(roundPack(sign, product, exponent - FRACTION, !isPower, wide(control)), flags);
}

/** y × log2(x + 1). */
export function fyl2xp1(x: Float80, y: Float80, control: Control): Result {
  const special = specialOperands(x, y);
  if (special) return special;
  const kindX = kindOf(x);
  const kindY = kindOf(y);
  const flags = denormalFlag(x, y);
  const sign = x.sign === y.sign ? 0 : 1;
  if (kindX === Kind.Zero) return kindY === Kind.Infinity ? INVALID : exactly(zero(sign), flags);
  if (kindX === Kind.Infinity) {
    return x.sign === 1 || kindY === Kind.Zero ? INVALID : exactly(infinity(y.sign), flags);
  }
  if (kindY === Kind.Infinity) return exactly(infinity(sign), flags);
  if (kindY === Kind.Zero) return exactly(zero(sign), flags);
  const exact = toExact(x);
  const top = topExponent(exact);
  if (top < TINY) return tinyLogarithm(sign, exact, toExact(y), control, flags);
  if (top > -TINY) return timesLogarithm(y, log2(exact), control, flags);
  const argument = UNIT + signed(x.sign, toFixed(exact.magnitude, exact.exponent));
  if (argument < 0n) return INVALID;
  if (argument === 0n) return exactly(infinity(y.sign === 0 ? 1 : 0), X.ZeroDivide);
  return timesLogarithm(y, log2({ sign: 0, magnitude: argument, exponent: -FRACTION }), control, flags);
}

/** y × x / ln 2. */
function tinyLogarithm(sign: 0 | 1, x: Exact, y: Exact, control: Control, flags: number): Result {
  const product = (x.magnitude * y.magnitude) << BigInt(2 * FRACTION);
  const exponent = x.exponent + y.exponent - FRACTION;
  return withFlags(roundPack(sign, product / LN2, exponent, true, wide(control)), flags);
}

// --- angles ------------------------------------------------------------------------------------------------------------
export interface Angles {
  readonly sine: Result;
  readonly cosine: Result;
  readonly tangent: Result;
}

/** Undefined where the operand is 2^63 or more in magnitude: the instruction then only sets C2. */
export function trigonometry(a: Float80, control: Control): Angles | undefined {
  const special = specialOperands(a);
  if (special) return { sine: special, cosine: special, tangent: special };
  const kind = kindOf(a);
  if (kind === Kind.Infinity) return { sine: INVALID, cosine: INVALID, tangent: INVALID };
  if (kind === Kind.Zero) return { sine: exactly(a), cosine: exactly(ONE), tangent: exactly(a) };
  const x = toExact(a);
  const top = topExponent(x);
  if (top >= 63) return undefined;
  if (top < TINY) return tinyAngles(a);
  const flags = denormalFlag(a);
  const { sine, cosine } = reduced(signed(a.sign, toFixed(x.magnitude, x.exponent)));
  return {
    sine: roundFixed(sine, control, flags),
    cosine: roundFixed(cosine, control, flags),
    tangent: roundFixed(divide(sine, cosine), control, flags),
  };
}

/** The operand itself, or 1, whatever the rounding mode; inexact all the same. */
function tinyAngles(a: Float80): Angles {
  const flags = denormalFlag(a) | X.Precision;
  const value = a.significand & INTEGER_BIT ? { ...a, exponent: Math.max(a.exponent, 1) } : a;
  const tiny = exactly(value, a.exponent === 0 ? flags | X.Underflow : flags);
  return { sine: tiny, cosine: exactly(ONE, flags), tangent: tiny };
}

/** Sine and cosine after taking off the nearest multiple of π/2. */
function reduced(x: bigint): { sine: bigint; cosine: bigint } {
  const half = PI_66 >> 1n;
  const nearest = x < 0n ? -((-x + half / 2n) / half) : (x + half / 2n) / half;
  const { sine, cosine } = sineCosine(x - nearest * half);
  switch (Number(nearest & 3n)) {
    case 0:
      return { sine, cosine };
    case 1:
      return { sine: cosine, cosine: -sine };
    case 2:
      return { sine: -sine, cosine: -cosine };
    default:
      return { sine: -cosine, cosine: sine };
  }
}

/** arctan(y / x) in the quadrant of the point (x, y). */
export function fpatan(x: Float80, y: Float80, control: Control): Result {
  const special = specialOperands(x, y);
  if (special) return special;
  const flags = denormalFlag(x, y);
  const magnitude = angleMagnitude(x, y);
  if (magnitude === 'zero') return exactly(zero(y.sign), flags);
  if (magnitude === 'ratio') return smallRatio(toExact(y), toExact(x), control, flags);
  return roundFixed(signed(y.sign, magnitude), control, flags);
}

/** The angle without its sign; or that it is 0, or so small that it equals the ratio. */
function angleMagnitude(x: Float80, y: Float80): bigint | 'zero' | 'ratio' {
  const kindX = kindOf(x);
  const kindY = kindOf(y);
  const left = x.sign === 1;
  if (kindY === Kind.Infinity) {
    if (kindX !== Kind.Infinity) return PI >> 1n;
    return left ? (3n * PI) >> 2n : PI >> 2n;
  }
  if (kindX === Kind.Infinity || kindY === Kind.Zero) return left ? PI : 'zero';
  if (kindX === Kind.Zero) return PI >> 1n;
  return angleOfFinite(toExact(x), toExact(y));
}

function angleOfFinite(x: Exact, y: Exact): bigint | 'ratio' {
  const difference = topExponent(y) - topExponent(x);
  if (difference < TINY && x.sign === 0) return 'ratio';
  if (difference < -FRACTION) return PI;
  if (difference > FRACTION) return PI >> 1n;
  const low = Math.min(x.exponent, y.exponent);
  const run = x.magnitude << BigInt(x.exponent - low);
  const rise = y.magnitude << BigInt(y.exponent - low);
  const first = rise <= run ? arctangent(divide(rise, run)) : (PI >> 1n) - arctangent(divide(run, rise));
  return x.sign === 0 ? first : PI - first;
}

function smallRatio(y: Exact, x: Exact, control: Control, flags: number): Result {
  const quotient = (y.magnitude << BigInt(GUARD)) / x.magnitude;
  const exact = quotient * x.magnitude === y.magnitude << BigInt(GUARD);
  const below = exact ? (quotient << BigInt(GUARD)) - 1n : quotient << BigInt(GUARD);
  const exponent = y.exponent - x.exponent - 2 * GUARD;
  return withFlags(roundPack(y.sign, below, exponent, true, wide(control)), flags);
}
