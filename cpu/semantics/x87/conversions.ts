/** Between 80-bit values and what memory holds: single, double, integers, packed BCD. Source: SDM vol. 1, 4.2, 4.7, 4.9.1.1. */
import { exactly, specialOperands } from './arithmetic.ts';
import {
  INTEGER_BIT,
  Kind,
  MAX_EXPONENT,
  bitLength,
  fromInteger,
  isNan,
  kindOf,
  packExact,
  toExact,
  zero,
  type Float80,
} from './float80.ts';
import { DOUBLE, SINGLE, X, roundShift, roundTo, type Control, type Format, type Result } from './rounding.ts';

type FloatWidth = 32 | 64;

function formatOf(width: FloatWidth): Format {
  return width === 32 ? SINGLE : DOUBLE;
}

/** Exact; a signaling NaN stays one. */
export function fromNarrow(width: FloatWidth, bits: bigint): Float80 {
  const { precision, minExponent } = formatOf(width);
  const fractionBits = BigInt(precision - 1);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const exponentMask = (1n << BigInt(width - precision)) - 1n;
  const exponent = Number((bits >> fractionBits) & exponentMask);
  const sign = bits >> BigInt(width - 1) ? 1 : 0;
  if (exponent === Number(exponentMask)) {
    return { sign, exponent: MAX_EXPONENT, significand: INTEGER_BIT | (fraction << (63n - fractionBits)) };
  }
  const lowest = minExponent - (precision - 1);
  if (exponent === 0) {
    if (fraction === 0n) return zero(sign);
    return { ...packExact(sign, fraction, lowest), narrowDenormal: true };
  }
  return packExact(sign, fraction | (1n << fractionBits), lowest + exponent - 1);
}

/** As fld loads: a signaling NaN is made quiet, with an invalid exception; a denormal is noted. */
export function loadNarrow(width: FloatWidth, bits: bigint): Result {
  const value = fromNarrow(width, bits);
  const special = specialOperands(value);
  if (special) return special;
  if (value.narrowDenormal) return exactly({ ...value }, X.Denormal);
  return exactly(value);
}

/** The value as fst stores it. Overflow and underflow that are not masked store nothing. */
export function toNarrow(width: FloatWidth, value: Float80, control: Control): Result<bigint> {
  const { precision, minExponent } = formatOf(width);
  const fractionBits = BigInt(precision - 1);
  const exponentMask = (1n << BigInt(width - precision)) - 1n;
  const join = (sign: number, exponent: bigint, fraction: bigint) =>
    (BigInt(sign) << BigInt(width - 1)) | (exponent << fractionBits) | fraction;
  const kind = kindOf(value);
  if (kind === Kind.Zero) return { value: join(value.sign, 0n, 0n), flags: 0, roundedUp: false };
  if (kind === Kind.Infinity) return { value: join(value.sign, exponentMask, 0n), flags: 0, roundedUp: false };
  const special = specialOperands(value);
  if (special) {
    const fraction = (special.value.significand & (INTEGER_BIT - 1n)) >> (63n - fractionBits);
    return { value: join(special.value.sign, exponentMask, fraction), flags: special.flags, roundedUp: false };
  }
  const { sign, magnitude, exponent } = toExact(value);
  const rounded = roundTo(formatOf(width), sign, magnitude, exponent, false, control.rounding, control.masks);
  const { flags, roundedUp } = rounded;
  if (rounded.infinite) return { value: join(sign, exponentMask, 0n), flags, roundedUp };
  const bits = bitLength(rounded.quotient);
  const top = rounded.exponent + bits - 1;
  const lowest = minExponent - (precision - 1);
  if (bits === 0 || top < minExponent) {
    const fraction = rounded.quotient << BigInt(Math.max(0, rounded.exponent - lowest));
    return { value: join(sign, 0n, fraction), flags, roundedUp };
  }
  const significand = bits > precision ? rounded.quotient >> 1n : rounded.quotient;
  const fraction = (significand << BigInt(Math.max(0, precision - bits))) - (1n << fractionBits);
  return { value: join(sign, BigInt(top - minExponent + 1), fraction), flags, roundedUp };
}

/** An integer by the rounding mode; out of range, infinities and NaNs are invalid and give the indefinite integer. */
export function toInteger(width: 16 | 32 | 64, value: Float80, rounding: number): Result<bigint> {
  const indefinite = { value: 1n << BigInt(width - 1), flags: X.Invalid, roundedUp: false };
  const whole = toWhole(value, rounding);
  if (whole === undefined) return indefinite;
  if (BigInt.asIntN(width, whole.value) !== whole.value) return indefinite;
  return { ...whole, value: BigInt.asUintN(width, whole.value) };
}

/** Larger exponents are out of every integer's range. */
const MAX_SHIFT = 64;

function toWhole(value: Float80, rounding: number): Result<bigint> | undefined {
  const kind = kindOf(value);
  if (kind === Kind.Infinity || kind === Kind.Unsupported || isNan(kind)) return undefined;
  const { sign, magnitude, exponent } = toExact(value);
  if (exponent > MAX_SHIFT) return undefined;
  const scaled = roundShift(sign, magnitude, -exponent, false, rounding);
  const signed = sign === 0 ? scaled.quotient : -scaled.quotient;
  return { value: signed, flags: scaled.inexact ? X.Precision : 0, roundedUp: scaled.roundedUp };
}

const BCD_DIGITS = 18;
const BCD_LIMIT = 10n ** BigInt(BCD_DIGITS);

/** Ten bytes: 18 digits, two a byte, and the sign; out of range is the packed BCD indefinite. */
export function toBcd(value: Float80, rounding: number): Result<Uint8Array> {
  const whole = toWhole(value, rounding);
  const bytes = new Uint8Array(10);
  if (whole === undefined || whole.value >= BCD_LIMIT || whole.value <= -BCD_LIMIT) {
    bytes.set([0xc0, 0xff, 0xff], 7);
    return { value: bytes, flags: X.Invalid, roundedUp: false };
  }
  let rest = whole.value < 0n ? -whole.value : whole.value;
  for (let i = 0; i < BCD_DIGITS / 2; i++) {
    const pair = Number(rest % 100n);
    bytes[i] = Math.floor(pair / 10) * 16 + (pair % 10);
    rest /= 100n;
  }
  bytes[9] = value.sign << 7;
  return { ...whole, value: bytes };
}

/** Digits above 9 are undefined; they count at their place. */
export function fromBcd(bytes: Uint8Array): Float80 {
  let value = 0n;
  for (let i = BCD_DIGITS / 2 - 1; i >= 0; i--) {
    value = value * 100n + BigInt((bytes[i]! >> 4) * 10 + (bytes[i]! & 15));
  }
  const sign = bytes[9]! & 0x80 ? 1 : 0;
  return { ...fromInteger(value), sign };
}
