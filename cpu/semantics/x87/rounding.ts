/**
 * Rounding exact results to a format: precision, rounding mode, overflow, underflow and inexactness as the x87 has them.
 * Source: SDM vol. 1, 4.8.4 and 8.5. Tininess is detected after rounding.
 */
import { BIAS, INTEGER_BIT, MAX_EXPONENT, bitLength, infinity, type Float80 } from './float80.ts';

/** Exception flags, as in the status word and, as masks, in the control word. */
export const X = { Invalid: 1, Denormal: 2, ZeroDivide: 4, Overflow: 8, Underflow: 16, Precision: 32 } as const;

/** RC field. */
export const Rounding = { Nearest: 0, Down: 1, Up: 2, TowardZero: 3 } as const;

export interface Control {
  readonly rounding: number;
  /** Significand bits of arithmetic results: 24, 53 or 64. */
  readonly precision: number;
  /** Masked exceptions (bits of X). */
  readonly masks: number;
}

export interface Result<T = Float80> {
  readonly value: T;
  readonly flags: number;
  /** Whether rounding increased the magnitude: C1. */
  readonly roundedUp: boolean;
}

export interface Scaled {
  readonly quotient: bigint;
  readonly inexact: boolean;
  readonly roundedUp: boolean;
}

/** magnitude / 2^shift, rounded; `sticky` stands for a rest below the magnitude. */
export function roundShift(sign: 0 | 1, magnitude: bigint, shift: number, sticky: boolean, rounding: number): Scaled {
  if (shift <= 0) {
    const up = sticky && awayFromZero(rounding, sign);
    const exact = magnitude << BigInt(-shift);
    return { quotient: up ? exact + 1n : exact, inexact: sticky, roundedUp: up };
  }
  const by = BigInt(shift);
  const quotient = magnitude >> by;
  const rest = magnitude - (quotient << by);
  const inexact = sticky || rest !== 0n;
  const half = 1n << (by - 1n);
  let up: boolean;
  if (rounding === Rounding.Nearest) {
    up = rest > half || (rest === half && (sticky || (quotient & 1n) === 1n));
  } else up = inexact && awayFromZero(rounding, sign);
  return { quotient: up ? quotient + 1n : quotient, inexact, roundedUp: up };
}

function awayFromZero(rounding: number, sign: 0 | 1): boolean {
  return sign === 0 ? rounding === Rounding.Up : rounding === Rounding.Down;
}

/** A binary format: bits of significand, smallest and largest exponent of a normal value. */
export interface Format {
  readonly precision: number;
  readonly minExponent: number;
  readonly maxExponent: number;
  /**
   * What an unmasked overflow or underflow takes off or adds to the exponent; 0: there is no such result. If even that is out of
   * range (fscale only) the result is infinity or zero.
   */
  readonly wrap: number;
}

const EXTENDED = { minExponent: 1 - BIAS, maxExponent: BIAS, wrap: 24576 };
export const SINGLE: Format = { precision: 24, minExponent: -126, maxExponent: 127, wrap: 0 };
export const DOUBLE: Format = { precision: 53, minExponent: -1022, maxExponent: 1023, wrap: 0 };

/** A rounded value: ±quotient × 2^exponent, or an overflow to infinity. */
export interface RoundedNumber {
  readonly quotient: bigint;
  readonly exponent: number;
  readonly infinite: boolean;
  readonly flags: number;
  readonly roundedUp: boolean;
}

export function roundTo(
  format: Format,
  sign: 0 | 1,
  magnitude: bigint,
  exponent: number,
  sticky: boolean,
  rounding: number,
  masks: number,
): RoundedNumber {
  const { precision } = format;
  const top = exponent + bitLength(magnitude) - 1;
  const unbounded = top - (precision - 1);
  const free = roundShift(sign, magnitude, unbounded - exponent, sticky, rounding);
  const carried = bitLength(free.quotient) > precision ? 1 : 0;
  const inexactFlag = (inexact: boolean) => (inexact ? X.Precision : 0);
  if (top + carried > format.maxExponent) return overflow(format, sign, free, unbounded, rounding, masks);
  if (top >= format.minExponent) return number(free, unbounded, inexactFlag(free.inexact));
  const tiny = top + carried < format.minExponent;
  if (tiny && !(masks & X.Underflow)) {
    if (top + format.wrap < format.minExponent) return VANISHED;
    return number(free, unbounded + format.wrap, X.Underflow | inexactFlag(free.inexact));
  }
  const lowest = format.minExponent - (precision - 1);
  const denormal = roundShift(sign, magnitude, lowest - exponent, sticky, rounding);
  const underflow = tiny && denormal.inexact ? X.Underflow : 0;
  return number(denormal, lowest, underflow | inexactFlag(denormal.inexact));
}

const VANISHED: RoundedNumber = {
  quotient: 0n,
  exponent: 0,
  infinite: false,
  flags: X.Underflow | X.Precision,
  roundedUp: false,
};

function number(scaled: Scaled, exponent: number, flags: number): RoundedNumber {
  return { quotient: scaled.quotient, exponent, infinite: false, flags, roundedUp: scaled.roundedUp };
}

/** Infinity, or the largest finite value where the rounding mode keeps away from infinity. */
function overflow(
  format: Format,
  sign: 0 | 1,
  free: Scaled,
  exponent: number,
  rounding: number,
  masks: number,
): RoundedNumber {
  const top = exponent + bitLength(free.quotient) - 1;
  if (!(masks & X.Overflow) && top - format.wrap <= format.maxExponent) {
    return number(free, exponent - format.wrap, X.Overflow | (free.inexact ? X.Precision : 0));
  }
  const flags = X.Overflow | X.Precision;
  if (!(masks & X.Overflow) || rounding === Rounding.Nearest || awayFromZero(rounding, sign)) {
    return { quotient: 0n, exponent: 0, infinite: true, flags, roundedUp: true };
  }
  const largest = (1n << BigInt(format.precision)) - 1n;
  const lowest = format.maxExponent - (format.precision - 1);
  return { quotient: largest, exponent: lowest, infinite: false, flags, roundedUp: false };
}

/** Rounds ±magnitude × 2^exponent (magnitude > 0) to a register value. */
export function roundPack(sign: 0 | 1, magnitude: bigint, exponent: number, sticky: boolean, control: Control): Result {
  const format = { ...EXTENDED, precision: control.precision };
  const rounded = roundTo(format, sign, magnitude, exponent, sticky, control.rounding, control.masks);
  return { value: pack(sign, rounded), flags: rounded.flags, roundedUp: rounded.roundedUp };
}

function pack(sign: 0 | 1, rounded: RoundedNumber): Float80 {
  if (rounded.infinite) return infinity(sign);
  const bits = bitLength(rounded.quotient);
  const top = rounded.exponent + bits - 1;
  if (bits === 0 || top < EXTENDED.minExponent) {
    const significand = rounded.quotient << BigInt(Math.max(0, rounded.exponent - (EXTENDED.minExponent - 63)));
    return { sign, exponent: 0, significand };
  }
  const significand = rounded.quotient << BigInt(64 - bits);
  const biased = top + BIAS;
  if (biased >= MAX_EXPONENT) return { sign, exponent: MAX_EXPONENT, significand: INTEGER_BIT };
  return { sign, exponent: biased, significand };
}
