/** The CPU engine by its name on the command line. Unicorn is loaded only when asked for. */
import type { Engine } from '../cpu/engine.ts';
import { DEFAULT_LEVEL, Processor } from '../cpu/processor.ts';
import type { IsaLevel } from '../cpu/x86/isa-level.ts';
import { createNativeEngine, type CodeFate } from './native.ts';
import { UsageError } from './options.ts';
import type { EngineName } from './run-options.ts';

/** Unicorn has no AVX. */
const UNICORN_LEVEL: IsaLevel = 'x86-64-v2';

/** `code`: whether what the engine decodes and translates is kept for later runs when the process ends. */
export async function createEngine(
  name: EngineName,
  cpu: IsaLevel = DEFAULT_LEVEL,
  code: CodeFate = 'kept',
): Promise<Engine> {
  const processor = new Processor(cpu);
  if (name === 'checked') {
    const { wrapChecked } = await import('../cpu/lockstep/checked-translator.ts');
    return createNativeEngine({ wrapTranslator: wrapChecked, processor }, code);
  }
  const native = createNativeEngine({ processor }, code);
  if (name === 'native') return native;
  if (cpu !== UNICORN_LEVEL) throw new UsageError(`--engine ${name} has a processor of ${UNICORN_LEVEL} only`);
  const { loadUnicorn } = await import('../cpu/unicorn/load-unicorn.ts');
  const module = await loadUnicorn();
  if (module === undefined) {
    throw new UsageError(
      `--engine ${name} needs Unicorn: the system's libunicorn.so.2 (Debian: libunicorn2) with the npm package koffi, or the npm package @alexaltea/unicorn-js`,
    );
  }
  const { UnicornEngine } = await import('../cpu/unicorn/unicorn-engine.ts');
  const unicorn = new UnicornEngine(module, (budget) => native.createMemory(budget));
  if (name === 'unicorn') return unicorn;
  const { LockstepEngine } = await import('../cpu/lockstep/lockstep-engine.ts');
  return new LockstepEngine(native, unicorn);
}
