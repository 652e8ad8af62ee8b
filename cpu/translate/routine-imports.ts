/** Routines that a region calls: imports of its module, which the address space's interpreter exports. */
import type { Routine } from '../semantics/routine.ts';
import type { ModuleBuilder } from '../wasm/module-builder.ts';
import { Type } from '../wasm/opcode.ts';
import { EffectKind, type Effect } from './ir.ts';
import type { TranslatedBlock } from './translated-block.ts';

export const ROUTINE_MODULE = 'routines';

/** Wasm function indices of the routines that a region calls. */
export type RoutineIndices = ReadonlyMap<Routine, number>;

export function importRoutines(builder: ModuleBuilder, blocks: Iterable<TranslatedBlock>): RoutineIndices {
  const routines = new Set<Routine>();
  for (const { steps } of blocks) for (const { effects } of steps) collect(effects, routines);
  const indices = new Map<Routine, number>();
  for (const routine of routines) {
    indices.set(routine, builder.importFunction(ROUTINE_MODULE, routine.name, routineType(builder, routine)));
  }
  return indices;
}

/** (state, parameters) → answer. */
export function routineType(builder: ModuleBuilder, { parameters }: Routine): number {
  const types = parameters.map((width) => (width === 64 ? Type.i64 : Type.i32));
  return builder.type([Type.i32, ...types], [Type.i32]);
}

function collect(effects: readonly Effect[], into: Set<Routine>): void {
  for (const effect of effects) {
    if (effect.kind === EffectKind.Call) into.add(effect.routine);
    if (effect.kind !== EffectKind.If) continue;
    collect(effect.yes, into);
    collect(effect.no, into);
  }
}
