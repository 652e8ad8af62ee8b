/** What the quick routines of the x87 unit have in common. */
import type { Extended, Routine, RoutineOps } from '../../routine.ts';
import { DOUBLE, SINGLE, fromInteger, fromNarrow, type Outcome } from './number.ts';
import { Unit } from './unit.ts';

type Body = <V>(unit: Unit<V>, args: readonly V[]) => V | void;

/**
 * A routine on the unit. After its own parameters come FIP and, with an operand in memory, FDP, 64 bits each. The answer is 1
 * where `body` gives none.
 */
export function quickly(
  name: string,
  parameters: readonly (32 | 64)[],
  place: 'stack' | 'memory',
  body: Body,
): Routine {
  const pointers = place === 'memory' ? ([64, 64] as const) : ([64] as const);
  return {
    name,
    parameters: [...parameters, ...pointers],
    body: (ops, args) => {
      const unit = new Unit(ops);
      const answer = body(unit, args) ?? unit.word(1);
      unit.finish(args[parameters.length]!, args[parameters.length + 1]);
      return answer;
    },
  };
}

/** What a memory operand holds, its bits extended to 64. */
export type MemoryKind = 'single' | 'double' | 'integer';

export function memoryValue<V>(ops: RoutineOps<V>, kind: MemoryKind, bits: V): Extended<V> {
  if (kind === 'integer') return fromInteger(ops, bits);
  return fromNarrow(ops, kind === 'single' ? SINGLE : DOUBLE, bits);
}

/** To a register that is in use. */
export function deliver<V>(unit: Unit<V>, target: V, { value, status }: Outcome<V>): void {
  unit.settle(status);
  unit.write(target, value);
}

/** Routines by how many registers they pop at the end. */
export type Popping = Readonly<Record<0 | 1, Routine>>;

export function popping(name: string, make: (name: string, pops: 0 | 1) => Routine): Popping {
  return { 0: make(name, 0), 1: make(`${name}-pop`, 1) };
}
