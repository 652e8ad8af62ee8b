/** The engines that can be judged here, by name. */
import type { Engine } from '../../cpu/engine.ts';
import { EvaluatorEngine } from '../../cpu/evaluate/evaluator-engine.ts';
import { ArenaPool } from '../../cpu/memory/arena.ts';
import { PagedMemory } from '../../cpu/memory/paged-memory.ts';
import { LockstepEngine } from '../../cpu/lockstep/lockstep-engine.ts';
import { loadUnicorn } from '../../cpu/unicorn/load-unicorn.ts';
import { NativeEngine } from '../../cpu/native-engine.ts';
import { UnicornEngine } from '../../cpu/unicorn/unicorn-engine.ts';

/** Engines that need nothing installed. */
const OWN: Readonly<Record<string, () => Engine>> = {
  evaluator: () => {
    const pool = new ArenaPool();
    return new EvaluatorEngine(() => new PagedMemory(pool));
  },
  native: () => new NativeEngine(),
};

/** `unicorn`, one of our own, or `both:` and one of our own in lock-step with Unicorn. The engine, or why there is none. */
export async function openEngine(name: string): Promise<Engine | string> {
  const leader = OWN[name.replace('both:', '')];
  if (leader !== undefined && !name.startsWith('both:')) return leader();
  if (leader === undefined && name !== 'unicorn') return `no engine named ${name}`;
  const module = await loadUnicorn();
  if (module === undefined) return 'libunicorn or koffi is not installed';
  const pool = new ArenaPool();
  const unicorn = new UnicornEngine(module, () => new PagedMemory(pool));
  return leader === undefined ? unicorn : new LockstepEngine(leader(), unicorn);
}
