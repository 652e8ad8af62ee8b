/**
 * Finite 80-bit values as quick routines compute with them: normal numbers and zeros, taken apart; their way from and to
 * integers and narrower formats; rounding. Denormals and NaNs are refused, and results that would be denormal or overflow.
 */
import type { Extended, RoutineOps } from '../../routine.ts';
import { BIAS, INTEGER_BIT, MAX_EXPONENT } from '../float80.ts';
import { Status } from '../fpu.ts';
import { X } from '../rounding.ts';
import type { Unit } from './unit.ts';

/** Zero has significand and exponent 0. */
export interface Parts<V> {
  /** 0 or 1, width 32. */
  readonly sign: V;
  /** Biased, width 32. */
  readonly exponent: V;
  readonly significand: V;
}

/** 128 bits. */
export interface Wide<V> {
  readonly high: V;
  readonly low: V;
}

export interface Rounded<V> {
  /** The value kept, increased or not. */
  readonly value: V;
  /** X.Precision and C1 as a rounding sets them. */
  readonly status: V;
}

const SIGN_SHIFT = 15;
const PRECISION_PLACE = Math.log2(X.Precision);
const C1_PLACE = Math.log2(Status.C1);

// --- taking apart --------------------------------------------------------------------------------------------------------
function split<V>(ops: RoutineOps<V>, { significand, signExponent }: Extended<V>): Parts<V> {
  return {
    sign: ops.shr(32, signExponent, ops.constant(32, SIGN_SHIFT)),
    exponent: ops.and(32, signExponent, ops.constant(32, MAX_EXPONENT)),
    significand,
  };
}

export function join<V>(ops: RoutineOps<V>, { sign, exponent, significand }: Parts<V>): Extended<V> {
  const signExponent = ops.or(32, ops.shl(32, sign, ops.constant(32, SIGN_SHIFT)), exponent);
  return { significand, signExponent };
}

/** Neither a zero nor a value with the integer bit that its exponent asks for. */
function isOdd<V>(ops: RoutineOps<V>, { exponent, significand }: Parts<V>): V {
  const zero = ops.constant(64, 0);
  const isLow = ops.eq(32, exponent, ops.constant(32, 0));
  const notSet = ops.eq(32, ops.ltSigned(64, significand, zero), ops.constant(32, 0));
  return ops.select(32, isLow, ops.ne(64, significand, zero), notSet);
}

/** A normal value or a zero, in parts. */
export function finite<V>(ops: RoutineOps<V>, value: Extended<V>): Parts<V> {
  const parts = split(ops, value);
  const isHigh = ops.eq(32, parts.exponent, ops.constant(32, MAX_EXPONENT));
  ops.refuseIf(ops.or(32, isOdd(ops, parts), isHigh));
  return parts;
}

/** A normal value, a zero or an infinity, in parts. */
export function ordered<V>(ops: RoutineOps<V>, value: Extended<V>): Parts<V> {
  const parts = split(ops, value);
  ops.refuseIf(ops.or(32, isOdd(ops, parts), isNan(ops, parts)));
  return parts;
}

function isNan<V>(ops: RoutineOps<V>, { exponent, significand }: Parts<V>): V {
  const fraction = ops.shl(64, significand, ops.constant(32, 1));
  const hasFraction = ops.ne(64, fraction, ops.constant(64, 0));
  return ops.and(32, ops.eq(32, exponent, ops.constant(32, MAX_EXPONENT)), hasFraction);
}

export function isZero<V>(ops: RoutineOps<V>, { significand }: Parts<V>): V {
  return ops.eq(64, significand, ops.constant(64, 0));
}

// --- from memory ---------------------------------------------------------------------------------------------------------
/** A binary format by the bits of its fields, and the difference of its bias to that of registers. */
export interface Narrow {
  readonly width: 32 | 64;
  readonly fraction: number;
  readonly exponents: number;
  readonly rebias: number;
}
export const SINGLE: Narrow = { width: 32, fraction: 23, exponents: 0xff, rebias: BIAS - 127 };
export const DOUBLE: Narrow = { width: 64, fraction: 52, exponents: 0x7ff, rebias: BIAS - 1023 };

/** From the bits of a single or double, zero-extended: no denormals, no NaNs. */
export function fromNarrow<V>(ops: RoutineOps<V>, format: Narrow, bits: V): Extended<V> {
  const word = (value: number): V => ops.constant(32, value);
  const shifted = (count: number): V => ops.truncate(64, 32, ops.shr(64, bits, word(count)));
  const exponent = ops.and(32, shifted(format.fraction), word(format.exponents));
  const fraction = ops.shl(64, bits, word(64 - format.fraction));
  const isLow = ops.eq(32, exponent, word(0));
  const isHigh = ops.eq(32, exponent, word(format.exponents));
  const hasFraction = ops.ne(64, fraction, ops.constant(64, 0));
  ops.refuseIf(ops.and(32, hasFraction, ops.or(32, isLow, isHigh)));
  const high = ops.select(32, isHigh, word(MAX_EXPONENT), ops.add(32, exponent, word(format.rebias)));
  const significand = ops.or(64, ops.constant(64, INTEGER_BIT), ops.shr(64, fraction, word(1)));
  return join(ops, {
    sign: shifted(format.width - 1),
    exponent: ops.select(32, isLow, word(0), high),
    significand: ops.select(64, isLow, ops.constant(64, 0), significand),
  });
}

/** From a signed integer of 64 bits: exact. */
export function fromInteger<V>(ops: RoutineOps<V>, value: V): Extended<V> {
  const sign = ops.ltSigned(64, value, ops.constant(64, 0));
  return join(ops, fromMagnitude(ops, sign, ops.select(64, sign, ops.neg(64, value), value)));
}

export function fromMagnitude<V>(ops: RoutineOps<V>, sign: V, magnitude: V): Parts<V> {
  const zeros = ops.clz(64, magnitude);
  const exponent = ops.sub(32, ops.constant(32, BIAS + 63), ops.truncate(64, 32, zeros));
  const isNothing = ops.eq(64, magnitude, ops.constant(64, 0));
  return {
    sign,
    exponent: ops.select(32, isNothing, ops.constant(32, 0), exponent),
    significand: ops.shl(64, magnitude, ops.and(64, zeros, ops.constant(64, 63))),
  };
}

// --- rounding ------------------------------------------------------------------------------------------------------------
/** value:0 / 2^count as 128 bits; the lowest bit stands for whatever lies below it. */
export function shiftRight<V>(ops: RoutineOps<V>, value: V, count: V): Wide<V> {
  const word = (constant: number): V => ops.constant(32, constant);
  const limited = ops.select(32, ops.ltUnsigned(32, count, word(127)), count, word(127));
  const inWord = ops.and(32, limited, word(63));
  const upper = ops.shr(64, value, inWord);
  const lower = ops.shl(64, ops.shl(64, value, word(1)), ops.sub(32, word(63), inWord));
  const sticky = ops.zeroExtend(32, 64, ops.ne(64, lower, ops.constant(64, 0)));
  const isFar = ops.ltUnsigned(32, word(63), limited);
  return {
    high: ops.select(64, isFar, ops.constant(64, 0), upper),
    low: ops.select(64, isFar, ops.or(64, upper, sticky), lower),
  };
}

/** Whether rounding to nearest increases: `rest` is beyond one half, or just that below a value whose last bit is set. */
function isNearerAbove<V>(ops: RoutineOps<V>, value: V, rest: V): V {
  const zero = ops.constant(64, 0);
  const half = ops.ltSigned(64, rest, zero);
  const beyondHalf = ops.ne(64, ops.shl(64, rest, ops.constant(32, 1)), zero);
  return ops.and(32, half, ops.or(32, beyondHalf, value));
}

/** Whether to increase a magnitude whose last bit is `odd` and below which lies `rest`, 64 bits. */
function isRoundedUp<V>(unit: Unit<V>, sign: V, odd: V, rest: V): V {
  const { ops, rounding } = unit;
  const zero = ops.constant(64, 0);
  const nearest = isNearerAbove(ops, odd, rest);
  // Down (1) increases negative magnitudes, up (2) positive ones, toward zero (3) none.
  const away = ops.xor(32, sign, ops.shr(32, rounding, ops.constant(32, 1)));
  const directed = ops.and(32, ops.ne(64, rest, zero), ops.and(32, away, ops.ne(32, rounding, ops.constant(32, 3))));
  return ops.select(32, ops.eq(32, rounding, ops.constant(32, 0)), nearest, directed);
}

/** Rounds an integer by what lies below it, 64 bits. `unitInLastPlace`: log2 of what increasing adds, a value. */
export function round<V>(unit: Unit<V>, sign: V, value: V, rest: V, unitInLastPlace?: V): Rounded<V> {
  const { ops } = unit;
  const place = unitInLastPlace ?? ops.constant(32, 0);
  const odd = ops.and(32, ops.truncate(64, 32, ops.shr(64, value, place)), ops.constant(32, 1));
  const up = isRoundedUp(unit, sign, odd, rest);
  const inexact = ops.ne(64, rest, ops.constant(64, 0));
  return {
    value: ops.add(64, value, ops.shl(64, ops.zeroExtend(32, 64, up), place)),
    status: statusOf(unit, inexact, up),
  };
}

/** Selects on what is random are branches that the host predicts badly: flags are moved into place instead. */
function statusOf<V>({ ops }: Unit<V>, inexact: V, up: V): V {
  return ops.or(
    32,
    ops.shl(32, inexact, ops.constant(32, PRECISION_PLACE)),
    ops.shl(32, up, ops.constant(32, C1_PLACE)),
  );
}

/** A result before it is rounded: `high` has the integer bit set, unless the result is nothing: zero with this sign. */
export interface Unrounded<V> extends Wide<V> {
  readonly sign: V;
  readonly exponent: V;
  readonly isNothing: V;
}

export interface Outcome<V> {
  readonly value: Extended<V>;
  readonly status: V;
}

/** Rounds to the precision of the control word. */
export function toRegister<V>(unit: Unit<V>, { sign, exponent, high, low, isNothing }: Unrounded<V>): Outcome<V> {
  const { ops } = unit;
  const word = (value: number): V => ops.constant(32, value);
  const list = (rounded: Rounded<V>): V[] => [rounded.value, rounded.status];
  const [value, status] = ops.choose(
    unit.hasUsualRounding,
    [64, 32],
    () => list(roundToNearest(unit, high, low)),
    () => list(roundAsControlled(unit, sign, high, low)),
  ) as [V, V];
  const carried = ops.eq(32, ops.ltSigned(64, value, ops.constant(64, 0)), word(0));
  const raised = ops.add(32, exponent, carried);
  const tooLow = ops.ltSigned(32, exponent, word(1));
  const tooHigh = ops.ltSigned(32, word(MAX_EXPONENT - 1), raised);
  ops.refuseIf(ops.select(32, isNothing, word(0), ops.or(32, tooLow, tooHigh)));
  const significand = ops.or(64, value, ops.constant(64, INTEGER_BIT));
  const parts = {
    sign,
    exponent: ops.select(32, isNothing, word(0), raised),
    significand: ops.select(64, isNothing, ops.constant(64, 0), significand),
  };
  return { value: join(ops, parts), status };
}

function roundToNearest<V>(unit: Unit<V>, high: V, low: V): Rounded<V> {
  const { ops } = unit;
  const up = isNearerAbove(ops, ops.truncate(64, 32, high), low);
  const inexact = ops.ne(64, low, ops.constant(64, 0));
  return { value: ops.add(64, high, ops.zeroExtend(32, 64, up)), status: statusOf(unit, inexact, up) };
}

function roundAsControlled<V>(unit: Unit<V>, sign: V, high: V, low: V): Rounded<V> {
  const { ops, precisionShift: cut } = unit;
  const word = (value: number): V => ops.constant(32, value);
  const dropped = ops.shl(64, ops.shl(64, high, ops.sub(32, word(63), cut)), word(1));
  const sticky = ops.zeroExtend(32, 64, ops.ne(64, low, ops.constant(64, 0)));
  const isWhole = ops.eq(32, cut, word(0));
  const rest = ops.select(64, isWhole, low, ops.or(64, dropped, sticky));
  return round(unit, sign, ops.shl(64, ops.shr(64, high, cut), cut), rest, cut);
}
