/** The engines that can be judged here, by name. */
import type { Engine } from '../../cpu/engine.ts';
import { EvaluatorEngine } from '../../cpu/evaluate/evaluator-engine.ts';
import { ArenaPool } from '../../cpu/memory/arena.ts';
import { PagedMemory } from '../../cpu/memory/paged-memory.ts';
import { LockstepEngine } from '../../cpu/lockstep/lockstep-engine.ts';
import { loadUnicorn } from '../../cpu/unicorn/load-unicorn.ts';
import { UnicornEngine } from '../../cpu/unicorn/unicorn-engine.ts';

/** The engine, or why there is none. */
export async function openEngine(name: string): Promise<Engine | string> {
  const pool = new ArenaPool();
  if (name === 'evaluator') return new EvaluatorEngine(() => new PagedMemory(pool));
  if (name !== 'unicorn' && name !== 'evaluator+unicorn') return `no engine named ${name}`;
  const module = await loadUnicorn();
  if (module === undefined) return 'libunicorn or koffi is not installed';
  const unicorn = new UnicornEngine(module, () => new PagedMemory(pool));
  if (name === 'unicorn') return unicorn;
  return new LockstepEngine(new EvaluatorEngine(() => new PagedMemory(pool)), unicorn);
}
