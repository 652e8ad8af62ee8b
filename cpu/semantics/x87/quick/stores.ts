/**
 * Stores: a routine that converts ST(0) and changes nothing, so that the store may fault after it, and one that then does the rest. The
 * answer of the first goes to the second: status bits, and DONE.
 */
import type { Extended, Routine, RoutineOps } from '../../routine.ts';
import { BIAS, INTEGER_BIT, MAX_EXPONENT } from '../float80.ts';
import { Status } from '../fpu.ts';
import { X } from '../rounding.ts';
import { DOUBLE, SINGLE, finite, isZero, ordered, round, shiftRight, type Narrow } from './number.ts';
import { popping, quickly, type Popping } from './quickly.ts';
import { Unit } from './unit.ts';

/** A bit that no status has. */
const DONE = 1;
const STATUS = X.Precision | Status.C1;

interface Image<V> {
  readonly bits: V;
  readonly status: V;
}

type Conversion = <V>(unit: Unit<V>, value: Extended<V>) => Image<V>;

function converting(name: string, convert: Conversion): Routine {
  return {
    name,
    parameters: [],
    body: (ops) => {
      const unit = new Unit(ops);
      const { bits, status } = convert(unit, unit.read(unit.usedTop()));
      ops.giveResult(bits);
      return ops.or(32, status, unit.word(DONE));
    },
  };
}

/** Zeros, infinities, and what is normal in the narrow format. */
function toNarrow(format: Narrow): Conversion {
  return <V>(unit: Unit<V>, value: Extended<V>) => {
    const { ops } = unit;
    const word = (constant: number): V => ops.constant(32, constant);
    const x = ordered(ops, value);
    const cut = 63 - format.fraction;
    const rest = ops.shl(64, x.significand, word(64 - cut));
    const kept = ops.shr(64, x.significand, word(cut));
    const rounded = round(unit, x.sign, kept, rest);
    const exponent = ops.sub(32, x.exponent, word(format.rebias));
    // The integer bit adds one to the exponent, and so does the carry of rounding.
    const lower = ops.sub(32, exponent, word(1));
    const below = ops.shl(64, ops.zeroExtend(32, 64, lower), word(format.fraction));
    const magnitude = ops.add(64, below, rounded.value);
    const infinity = ops.constant(64, BigInt(format.exponents) << BigInt(format.fraction));
    const nothing = isZero(ops, x);
    const isInfinite = ops.eq(32, x.exponent, word(MAX_EXPONENT));
    const isSpecial = ops.or(32, nothing, isInfinite);
    const isInRange = ops.ltUnsigned(32, lower, word(format.exponents - 1));
    const isNormal = ops.and(32, isInRange, ops.ltUnsigned(64, magnitude, infinity));
    ops.refuseIf(ops.eq(32, ops.or(32, isSpecial, isNormal), word(0)));
    const special = ops.select(64, nothing, ops.constant(64, 0), infinity);
    const sign = ops.shl(64, ops.zeroExtend(32, 64, x.sign), word(format.width - 1));
    return {
      bits: ops.or(64, sign, ops.select(64, isSpecial, special, magnitude)),
      status: ops.select(32, isSpecial, word(0), rounded.status),
    };
  };
}

function toInteger(width: 16 | 32 | 64, mode: 'control' | 'truncate'): Conversion {
  return <V>(unit: Unit<V>, value: Extended<V>) => {
    const { ops } = unit;
    const word = (constant: number): V => ops.constant(32, constant);
    const x = finite(ops, value);
    ops.refuseIf(ops.ltUnsigned(32, word(BIAS + 62), x.exponent));
    const { high, low } = shiftRight(ops, x.significand, ops.sub(32, word(BIAS + 63), x.exponent));
    const inexact = ops.ne(64, low, ops.constant(64, 0));
    const truncated = { value: high, status: ops.select(32, inexact, word(X.Precision), word(0)) };
    const rounded = mode === 'truncate' ? truncated : round(unit, x.sign, high, low);
    const signed = ops.select(64, x.sign, ops.neg(64, rounded.value), rounded.value);
    ops.refuseIf(ops.eq(32, fits(ops, width, rounded.value, signed), word(0)));
    return { bits: signed, status: rounded.status };
  };
}

function fits<V>(ops: RoutineOps<V>, width: 16 | 32 | 64, magnitude: V, signed: V): V {
  if (width === 64) return ops.ltUnsigned(64, magnitude, ops.constant(64, INTEGER_BIT));
  return ops.eq(64, ops.signExtend(width, 64, ops.truncate(64, width, signed)), signed);
}

export const toSingle = converting('toSingle', toNarrow(SINGLE));
export const toDouble = converting('toDouble', toNarrow(DOUBLE));
export const toIntegers = {
  16: converting('toInteger16', toInteger(16, 'control')),
  32: converting('toInteger32', toInteger(32, 'control')),
  64: converting('toInteger64', toInteger(64, 'control')),
} as const;
export const truncations = {
  16: converting('truncate16', toInteger(16, 'truncate')),
  32: converting('truncate32', toInteger(32, 'truncate')),
  64: converting('truncate64', toInteger(64, 'truncate')),
} as const;

/** The register as it is: the result is the significand, the answer has sign and exponent above its lower half. */
export const toExtended: Routine = {
  name: 'toExtended',
  parameters: [],
  body: (ops) => {
    const unit = new Unit(ops);
    const { significand, signExponent } = unit.read(unit.usedTop());
    ops.giveResult(significand);
    return ops.or(32, ops.shl(32, signExponent, unit.word(16)), unit.word(DONE));
  },
};

/** (answer of the conversion), after the store. */
export const finishStore: Popping = popping('finishStore', (name, pops) =>
  quickly(name, [32], 'memory', (unit, [answer]) => {
    unit.settle(unit.ops.and(32, answer!, unit.word(STATUS)));
    unit.pop(pops);
  }),
);

export const storeRoutines: readonly Routine[] = [
  toSingle,
  toDouble,
  ...Object.values(toIntegers),
  ...Object.values(truncations),
  toExtended,
  ...Object.values(finishStore),
];
