/** The CPU engine by its name on the command line. Unicorn is loaded only when asked for. */
import type { Engine } from '../cpu/engine.ts';
import { createNativeEngine } from './native.ts';
import { UsageError } from './options.ts';
import type { EngineName } from './run-options.ts';

export async function createEngine(name: EngineName): Promise<Engine> {
  if (name === 'checked') {
    const { wrapChecked } = await import('../cpu/lockstep/checked-translator.ts');
    return createNativeEngine({ wrapTranslator: wrapChecked });
  }
  const native = createNativeEngine();
  if (name === 'native') return native;
  const { loadUnicorn } = await import('../cpu/unicorn/load-unicorn.ts');
  const module = await loadUnicorn();
  if (module === undefined) {
    throw new UsageError(
      `--engine ${name} needs Unicorn: the system's libunicorn.so.2 (Debian: libunicorn2) with the npm package koffi, or the npm package @alexaltea/unicorn-js`,
    );
  }
  const { UnicornEngine } = await import('../cpu/unicorn/unicorn-engine.ts');
  const unicorn = new UnicornEngine(module, () => native.createMemory());
  if (name === 'unicorn') return unicorn;
  const { LockstepEngine } = await import('../cpu/lockstep/lockstep-engine.ts');
  return new LockstepEngine(native, unicorn);
}
