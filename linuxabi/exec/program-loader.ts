/**
 * The loader of one machine: what execve needs before the point of no return (`resolve`) and after it (`load`), with the
 * cache of parsed headers and the vDSO that all programs have in common.
 */
import type { MemorySystem } from '../../kernel/memory/memory-system.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { Vdso } from '../vdso/vdso.ts';
import { ImageCache } from './image-cache.ts';
import { loadProgram } from './load-program.ts';
import type { LoadRequest, LoadedProgram } from './load-program.ts';
import { resolveProgram } from './resolve-program.ts';
import type { ProgramRequest, ResolvedProgram } from './resolve-program.ts';

export class ProgramLoader {
  readonly #system: MemorySystem;
  readonly #cache = new ImageCache();
  readonly #vdso: Vdso;

  constructor(system: MemorySystem) {
    this.#system = system;
    this.#vdso = new Vdso(system);
  }

  /** Woken when a `resolve` that answered WAIT may be tried again. */
  get ready(): WaitQueue {
    return this.#cache.ready;
  }

  /** The program with everything it needs, −errno, or WAIT. */
  resolve(request: ProgramRequest): ResolvedProgram | number {
    return resolveProgram(this.#cache, request);
  }

  /** A new address space with the program in it; undefined where Linux would end the process with SIGSEGV. */
  load(request: Omit<LoadRequest, 'system' | 'vdso'>): LoadedProgram | undefined {
    return loadProgram({ ...request, system: this.#system, vdso: this.#vdso });
  }
}
