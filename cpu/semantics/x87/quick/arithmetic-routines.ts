/** Quick routines that compute. Parameters are given without FIP and FDP: see quickly.ts. */
import type { Extended, Routine } from '../../routine.ts';
import { add, divide, multiply, roundToIntegral, squareRoot, subtract, type Operation } from './arithmetic.ts';
import type { Outcome } from './number.ts';
import { deliver, memoryValue, popping, quickly, type MemoryKind, type Popping } from './quickly.ts';
import type { Unit } from './unit.ts';

/** Destination and source, by the mnemonic's stem; `r` is for reversed. */
const OPERATIONS = {
  add,
  mul: multiply,
  sub: subtract,
  subr: (unit, a, b) => subtract(unit, b, a),
  div: divide,
  divr: (unit, a, b) => divide(unit, b, a),
} as const satisfies Readonly<Record<string, Operation>>;
export type OperationName = keyof typeof OPERATIONS;
export const OPERATION_NAMES = Object.keys(OPERATIONS) as readonly OperationName[];

/** (target, source). */
function onRegisters(name: string, operation: Operation, pops: 0 | 1): Routine {
  return quickly(name, [32, 32], 'stack', (unit, [targetIndex, sourceIndex]) => {
    const target = unit.used(targetIndex!);
    const source = unit.used(sourceIndex!);
    deliver(unit, target, operation(unit, unit.read(target), unit.read(source)));
    unit.pop(pops);
  });
}

/** (bits), with ST(0). */
function onMemory(name: string, operation: Operation, kind: MemoryKind): Routine {
  return quickly(name, [64], 'memory', (unit, [bits]) => {
    const { ops } = unit;
    const target = unit.usedTop();
    deliver(unit, target, operation(unit, unit.read(target), memoryValue(ops, kind, bits!)));
  });
}

/** (): ST(0) = f(ST(0)). */
function onTop(name: string, operation: <V>(unit: Unit<V>, a: Extended<V>) => Outcome<V>): Routine {
  return quickly(name, [], 'stack', (unit) => {
    const target = unit.usedTop();
    deliver(unit, target, operation(unit, unit.read(target)));
  });
}

export interface BinaryRoutines extends Readonly<Record<MemoryKind, Routine>> {
  readonly stack: Popping;
}

function routinesOf(name: OperationName): BinaryRoutines {
  const operation = OPERATIONS[name];
  return {
    stack: popping(`${name}-stack`, (full, pops) => onRegisters(full, operation, pops)),
    single: onMemory(`${name}-single`, operation, 'single'),
    double: onMemory(`${name}-double`, operation, 'double'),
    integer: onMemory(`${name}-integer`, operation, 'integer'),
  };
}

export const binaryRoutines: Readonly<Record<OperationName, BinaryRoutines>> = {
  add: routinesOf('add'),
  mul: routinesOf('mul'),
  sub: routinesOf('sub'),
  subr: routinesOf('subr'),
  div: routinesOf('div'),
  divr: routinesOf('divr'),
};

export const rootOfTop = onTop('squareRoot', squareRoot);
export const integralOfTop = onTop('roundToIntegral', roundToIntegral);

export const arithmeticRoutines: readonly Routine[] = [
  ...Object.values(binaryRoutines).flatMap(({ stack, ...memory }) => [
    ...Object.values(stack),
    ...Object.values(memory),
  ]),
  rootOfTop,
  integralOfTop,
];
