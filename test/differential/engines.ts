/** The engines that can be judged here, by name; `native` is the interpreter, as cases run once. */
import type { Engine } from '../../cpu/engine.ts';
import { EvaluatorEngine } from '../../cpu/evaluate/evaluator-engine.ts';
import { ArenaPool } from '../../cpu/memory/arena.ts';
import { PagedMemory } from '../../cpu/memory/paged-memory.ts';
import { LockstepEngine } from '../../cpu/lockstep/lockstep-engine.ts';
import { loadUnicorn } from '../../cpu/unicorn/load-unicorn.ts';
import { Processor } from '../../cpu/processor.ts';
import type { Arithmetic } from '../../cpu/translate/translated-block.ts';
import { NativeEngine } from '../../cpu/native-engine.ts';
import { UnicornEngine } from '../../cpu/unicorn/unicorn-engine.ts';
import { EngineJudge } from './engine-judge.ts';
import type { Judge } from './judge.ts';
import type { CaseBatch, ResultBatch } from './machine-record.ts';

/** Every instruction is judged. */
const NEWEST = new Processor('x86-64-v3');

/** Engines that need nothing installed. */
const OWN: Readonly<Record<string, () => Engine>> = {
  evaluator: () => {
    const pool = new ArenaPool();
    return new EvaluatorEngine(() => new PagedMemory(pool), NEWEST);
  },
  native: () => new NativeEngine({ tiers: 'interpretOnly', processor: NEWEST }),
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

/** Every translated case is a WebAssembly module of its own, and V8 has room for some thousands alive. */
const TRANSLATED_AT_ONCE = 1024;

/** A new engine for each batch, so that the modules of earlier ones can go. */
class TranslatedJudge implements Judge {
  readonly name: string;
  readonly batchLimit = TRANSLATED_AT_ONCE;
  readonly #arithmetic: Arithmetic;

  constructor(name: string, arithmetic: Arithmetic) {
    this.name = name;
    this.#arithmetic = arithmetic;
  }

  run(batch: CaseBatch): ResultBatch {
    const judge = new EngineJudge(new NativeEngine({ hotAfter: 0, processor: NEWEST }), this.#arithmetic);
    const results = judge.run(batch);
    judge.close();
    return results;
  }

  close(): void {}
}

/** An engine as a judge, by name: `translated` and `watchful` (which keeps to MXCSR) are the translator alone, everything else an engine. */
export async function openJudge(name: string): Promise<Judge | string> {
  if (name === 'translated') return new TranslatedJudge(name, 'plain');
  if (name === 'watchful') return new TranslatedJudge(name, 'watchful');
  const engine = await openEngine(name);
  return typeof engine === 'string' ? engine : new EngineJudge(engine);
}
