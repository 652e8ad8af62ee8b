/** Quick routines that load, move and free registers, and look at them. Parameters are given without FIP and FDP: see quickly.ts. */
import type { Extended, Routine, RoutineOps } from '../../routine.ts';
import { INTEGER_BIT, MAX_EXPONENT } from '../float80.ts';
import { ALL_MASKED, CONTROL_BITS, CONTROL_FIXED, EXCEPTION_STATUS, INITIAL_CONTROL, Status } from '../fpu.ts';
import { Rounding } from '../rounding.ts';
import { memoryValue, popping, quickly, type MemoryKind, type Popping } from './quickly.ts';
import { Unit } from './unit.ts';

/** (bits). */
function pushing(kind: MemoryKind): Routine {
  return quickly(`push-${kind}`, [64], 'memory', (unit, [bits]) => push(unit, memoryValue(unit.ops, kind, bits!)));
}

export const pushMemory: Readonly<Record<MemoryKind, Routine>> = {
  single: pushing('single'),
  double: pushing('double'),
  integer: pushing('integer'),
};

function push<V>(unit: Unit<V>, value: Extended<V>): void {
  unit.settle();
  unit.push(value);
}

/** (significand, sign and exponent): bits are loaded as they are. */
export const pushExtended: Routine = quickly(
  'pushExtended',
  [64, 32],
  'memory',
  (unit, [significand, signExponent]) => {
    push(unit, { significand: significand!, signExponent: signExponent! });
  },
);

/** (significand, sign and exponent). */
export const pushConstant: Routine = quickly('pushConstant', [64, 32], 'stack', (unit, [significand, signExponent]) => {
  push(unit, { significand: significand!, signExponent: signExponent! });
});

/** (significand, sign and exponent): a constant that is rounded to nearest. */
export const pushNearest: Routine = quickly('pushNearest', [64, 32], 'stack', (unit, [significand, signExponent]) => {
  const { ops } = unit;
  ops.refuseIf(ops.ne(32, unit.rounding, unit.word(Rounding.Nearest)));
  push(unit, { significand: significand!, signExponent: signExponent! });
});

/** (source): fld. */
export const pushStack: Routine = quickly('pushStack', [32], 'stack', (unit, [sourceIndex]) => {
  push(unit, unit.read(unit.used(sourceIndex!)));
});

/** (target): fst, fstp. */
export const copyTop: Popping = popping('copyTop', (name, pops) =>
  quickly(name, [32], 'stack', (unit, [targetIndex]) => {
    const value = unit.read(unit.usedTop());
    unit.settle();
    unit.fill(unit.physical(targetIndex!), value);
    unit.pop(pops);
  }),
);

/** (other). */
export const exchange: Routine = quickly('exchange', [32], 'stack', (unit, [otherIndex]) => {
  const [top, other] = [unit.usedTop(), unit.used(otherIndex!)];
  const [first, second] = [unit.read(top), unit.read(other)];
  unit.settle();
  unit.write(top, second);
  unit.write(other, first);
});

/** (source, whether to move). */
export const moveIf: Routine = quickly('moveIf', [32, 32], 'stack', (unit, [sourceIndex, condition]) => {
  const { ops } = unit;
  const target = unit.usedTop();
  const source = unit.used(sourceIndex!);
  unit.write(target, unit.read(ops.select(32, condition!, source, target)));
});

/** (): adds to TOP. */
function turning(name: string, steps: number): Routine {
  return quickly(name, [], 'stack', (unit) => {
    unit.settle();
    unit.turn(steps);
  });
}
export const turnUp = turning('turnUp', 1);
export const turnDown = turning('turnDown', 7);

/** (register). */
export const free: Popping = popping('free', (name, pops) =>
  quickly(name, [32], 'stack', (unit, [index]) => {
    unit.settle();
    unit.free(unit.physical(index!));
    unit.pop(pops);
  }),
);

/** (): nothing but that. */
export const note: Routine = quickly('note', [], 'stack', () => undefined);

// --- sign and class ------------------------------------------------------------------------------------------------------
const SIGN = 0x8000;

/** (mask, change): sign and exponent = (old & mask) ^ change. */
export const changeSign: Routine = quickly('changeSign', [32, 32], 'stack', (unit, [mask, change]) => {
  const { ops } = unit;
  const target = unit.usedTop();
  const { significand, signExponent } = unit.read(target);
  const changed = ops.xor(32, ops.and(32, signExponent, mask!), change!);
  unit.settle();
  unit.write(target, { significand, signExponent: changed });
});

function classOf<V>(ops: RoutineOps<V>, { significand, signExponent }: Extended<V>): V {
  const word = (value: number): V => ops.constant(32, value);
  const exponent = ops.and(32, signExponent, word(MAX_EXPONENT));
  const isNothing = ops.eq(64, significand, ops.constant(64, 0));
  const low = ops.select(32, isNothing, word(Status.C3), word(Status.C3 | Status.C2));
  const isInfinite = ops.eq(64, significand, ops.constant(64, INTEGER_BIT));
  const high = ops.select(32, isInfinite, word(Status.C2 | Status.C0), word(Status.C0));
  const isHigh = ops.eq(32, exponent, word(MAX_EXPONENT));
  const usual = ops.select(32, isHigh, high, word(Status.C2));
  const isSupported = ops.ltSigned(64, significand, ops.constant(64, 0));
  return ops.select(32, ops.eq(32, exponent, word(0)), low, ops.select(32, isSupported, usual, word(0)));
}

/** (): fxam. */
export const examine: Routine = quickly('examine', [], 'stack', (unit) => {
  const { ops } = unit;
  const top = unit.top();
  const value = unit.read(top);
  const sign = ops.select(32, ops.and(32, value.signExponent, unit.word(SIGN)), unit.word(Status.C1), unit.word(0));
  const kind = ops.select(32, unit.isUsed(top), classOf(ops, value), unit.word(Status.C3 | Status.C0));
  unit.setConditions(ops.or(32, kind, sign));
});

/** (control word): fldcw, for one that masks all exceptions. */
export const loadControl: Routine = {
  name: 'loadControl',
  parameters: [32],
  body: (ops, [value]) => {
    const unit = new Unit(ops);
    ops.refuseIf(ops.ne(32, ops.and(32, value!, unit.word(ALL_MASKED)), unit.word(ALL_MASKED)));
    ops.setStateWord('fcw', ops.or(32, ops.and(32, value!, unit.word(CONTROL_BITS)), unit.word(CONTROL_FIXED)));
    return unit.word(1);
  },
};

/** (): fnclex; never refuses. */
export const clearExceptions: Routine = {
  name: 'clearExceptions',
  parameters: [],
  body: (ops) => {
    ops.setStateWord('fsw', ops.and(32, ops.stateWord('fsw'), ops.constant(32, 0xffff & ~EXCEPTION_STATUS)));
    return ops.constant(32, 1);
  },
};

/** (): fninit; never refuses. */
export const initialize: Routine = {
  name: 'initialize',
  parameters: [],
  body: (ops) => {
    ops.setStateWord('fcw', ops.constant(32, INITIAL_CONTROL));
    for (const word of ['fsw', 'ftw', 'fop'] as const) ops.setStateWord(word, ops.constant(32, 0));
    for (const word of ['fip', 'fdp'] as const) ops.setStateWord(word, ops.constant(64, 0));
    return ops.constant(32, 1);
  },
};

/** (): refuses when an exception is pending, or could be. */
export const wait: Routine = { name: 'wait', parameters: [], body: (ops) => new Unit(ops).word(1) };

export const stackRoutines: readonly Routine[] = [
  ...Object.values(pushMemory),
  pushExtended,
  pushConstant,
  pushNearest,
  pushStack,
  ...Object.values(copyTop),
  exchange,
  moveIf,
  turnUp,
  turnDown,
  ...Object.values(free),
  note,
  changeSign,
  examine,
  loadControl,
  clearExceptions,
  initialize,
  wait,
];
