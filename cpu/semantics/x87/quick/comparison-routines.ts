/** Quick routines that compare. Parameters are given without FIP and FDP: see quickly.ts. */
import type { Extended, Routine, RoutineOps } from '../../routine.ts';
import { Status } from '../fpu.ts';
import { isZero, ordered } from './number.ts';
import { memoryValue, popping, quickly, type MemoryKind, type Popping } from './quickly.ts';
import type { Unit } from './unit.ts';

/** Answers of comparisons, besides 1. */
export const Compared = { less: 2, equal: 4 } as const;

interface Comparison<V> {
  readonly less: V;
  readonly equal: V;
}

function compare<V>(ops: RoutineOps<V>, a: Extended<V>, b: Extended<V>): Comparison<V> {
  const [x, y] = [ordered(ops, a), ordered(ops, b)];
  const sameExponent = ops.eq(32, x.exponent, y.exponent);
  const isSmaller = ops.or(
    32,
    ops.ltUnsigned(32, x.exponent, y.exponent),
    ops.and(32, sameExponent, ops.ltUnsigned(64, x.significand, y.significand)),
  );
  const sameMagnitude = ops.and(32, sameExponent, ops.eq(64, x.significand, y.significand));
  const areZero = ops.and(32, isZero(ops, x), isZero(ops, y));
  const equal = ops.or(32, areZero, ops.and(32, sameMagnitude, ops.eq(32, x.sign, y.sign)));
  // With equal signs negative values order the other way round; else the negative one is less.
  const sameSign = ops.eq(32, x.sign, y.sign);
  const less = ops.select(32, sameSign, ops.xor(32, isSmaller, x.sign), x.sign);
  return { equal, less: ops.and(32, less, ops.eq(32, equal, ops.constant(32, 0))) };
}

function flagIf<V>(ops: RoutineOps<V>, condition: V, flag: number): V {
  return ops.select(32, condition, ops.constant(32, flag), ops.constant(32, 0));
}

function report<V>(unit: Unit<V>, { less, equal }: Comparison<V>): void {
  const { ops } = unit;
  unit.setConditions(ops.or(32, flagIf(ops, less, Status.C0), flagIf(ops, equal, Status.C3)));
}

function comparingStack(name: string, pops: 0 | 1 | 2): Routine {
  return quickly(name, [32], 'stack', (unit, [sourceIndex]) => {
    const { ops } = unit;
    report(unit, compare(ops, unit.read(unit.usedTop()), unit.read(unit.used(sourceIndex!))));
    unit.pop(pops);
  });
}

/** (source): result in the condition bits. */
export const compareStack: Popping & Readonly<Record<2, Routine>> = {
  ...popping('compareStack', comparingStack),
  2: comparingStack('compareStack-pop2', 2),
};

function comparing(kind: MemoryKind): Popping {
  return popping(`compare-${kind}`, (name, pops) =>
    quickly(name, [64], 'memory', (unit, [bits]) => {
      const { ops } = unit;
      report(unit, compare(ops, unit.read(unit.usedTop()), memoryValue(ops, kind, bits!)));
      unit.pop(pops);
    }),
  );
}

/** (bits): likewise. */
export const compareMemory: Readonly<Record<MemoryKind, Popping>> = {
  single: comparing('single'),
  double: comparing('double'),
  integer: comparing('integer'),
};

/** (source): the order is in the answer, the status word stays. */
export const compareToFlags: Popping = popping('compareToFlags', (name, pops) =>
  quickly(name, [32], 'stack', (unit, [sourceIndex]) => {
    const { ops } = unit;
    const { less, equal } = compare(ops, unit.read(unit.usedTop()), unit.read(unit.used(sourceIndex!)));
    unit.pop(pops);
    const order = ops.or(32, flagIf(ops, less, Compared.less), flagIf(ops, equal, Compared.equal));
    return ops.or(32, order, unit.word(1));
  }),
);

export const testTop: Routine = quickly('testTop', [], 'stack', (unit) => {
  const { ops } = unit;
  const zero = { significand: ops.constant(64, 0), signExponent: unit.word(0) };
  report(unit, compare(ops, unit.read(unit.usedTop()), zero));
});

export const comparisonRoutines: readonly Routine[] = [
  ...Object.values(compareStack),
  ...Object.values(compareMemory).flatMap((routines) => Object.values(routines)),
  ...Object.values(compareToFlags),
  testTop,
];
