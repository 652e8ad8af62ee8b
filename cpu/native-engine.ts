/**
 * Engine `native`: interpreter, evaluator for the rare instructions, and the translator of hot code, joined by the run
 * loop in native-cpu.ts. What belongs to one address space is in AddressSpaceCode; it is made with the first Cpu.
 */
import type { ArchiveSource } from './archive-source.ts';
import type { Engine } from './engine.ts';
import { SimdOperations } from './evaluate/wasm-simd.ts';
import { GuestCode } from './guest-code.ts';
import { CodeCache } from './interpret/code-cache.ts';
import { ENTER_OUTSIDE, Interpreter, InterpreterCode, type EnterRegion } from './interpret/interpreter.ts';
import { ArenaPool } from './memory/arena.ts';
import type { MachineCode } from './machine-code.ts';
import type { GuestMemory } from './memory/guest-memory.ts';
import type { PageBudget } from './memory/page-budget.ts';
import { PagedMemory } from './memory/paged-memory.ts';
import { NativeCpu } from './native-cpu.ts';
import {
  ModuleCache,
  NO_MODULES,
  sumOfCounts,
  type ModuleCaches,
  type ModuleCounts,
} from './translate/module-cache.ts';
import type { CompiledRegion } from './translate/compiled-region.ts';
import { RegionTranslator } from './translate/region-translator.ts';
import { Trampoline } from './translate/trampoline.ts';
import { Processor } from './processor.ts';
import type { Arithmetic } from './translate/translated-block.ts';
import type { Translator } from './translate/translator.ts';

export interface NativeOptions {
  /** The interpreter module made at build time for the processor's level; generated when absent. */
  readonly interpreter?: Uint8Array<ArrayBuffer>;
  /** What `NativeEngine.decodedPages` gave at an earlier start with the same interpreter module. */
  readonly decodedPages?: ArchiveSource;
  /** Answers what `NativeEngine.regions` gave at an earlier start of the same build. Asked when code first gets warm, which in a short run it never does. */
  readonly regions?: () => ArchiveSource | undefined;
  /** The host's way to keep the machine code of regions, too. */
  readonly machineCode?: MachineCode;
  /** The default is that of processor.ts. Decoded code of earlier starts must come from the same. */
  readonly processor?: Processor;
  /** Whether hot code is translated (the default) or everything is interpreted. */
  readonly tiers?: 'translate' | 'interpretOnly';
  /** Arrivals at a block head before it is translated; 0: whatever is met is translated before it first runs. */
  readonly hotAfter?: number;
  /** Collects garbage at once: asked for when memories that ended hold much of the host's memory. */
  readonly collectGarbage?: () => void;
  /** For tests: something around every translator. */
  readonly wrapTranslator?: (translator: Translator, space: AddressSpaceCode, engine: NativeEngine) => Translator;
}

/** How often something happened that keeps code off the fast path, over all address spaces of an engine. */
export interface NativeCounts {
  /** Instructions executed by the evaluator, by mnemonic. */
  readonly evaluated: Map<string, number>;
  decodedRuns: number;
  regionEntries: number;
  /** Instructions that the run loop executed one by one, evaluated or not. */
  steps: number;
}

const DEFAULT_HOT_AFTER = 4000;

/** Code of one address space, in every form. */
export class AddressSpaceCode {
  readonly memory: PagedMemory;
  readonly cache: CodeCache;
  readonly interpreter: Interpreter;
  /** The engine's. */
  readonly simd: SimdOperations;
  translator: Translator | undefined;
  /** Whether code is translated when it is first met. */
  translatesAtSight = false;

  #arithmetic: Arithmetic = 'plain';

  constructor(memory: PagedMemory, cache: CodeCache, interpreter: Interpreter, simd: SimdOperations) {
    this.memory = memory;
    this.cache = cache;
    this.interpreter = interpreter;
    this.simd = simd;
  }

  /** Regions keep to MXCSR from now on, as the interpreter always does. */
  watchExceptions(): void {
    if (this.#arithmetic === 'watchful') return;
    this.#arithmetic = 'watchful';
    this.translator?.watchExceptions();
  }
}

export class NativeEngine implements Engine {
  readonly name = 'native';
  onTranslated?: (address: number, instructions: number, bytes: number) => void;
  /** Told of each region, made or found in what earlier starts made, by the Cpu that needs it. */
  onRegion?: (region: CompiledRegion) => void;
  readonly processor: Processor;
  readonly counts: NativeCounts = { evaluated: new Map(), decodedRuns: 0, regionEntries: 0, steps: 0 };
  readonly #pool: ArenaPool;
  readonly #code: InterpreterCode;
  readonly #options: NativeOptions;
  readonly #simd = new SimdOperations();
  #modules: ModuleCaches | undefined;
  readonly #spaces = new WeakMap<PagedMemory, AddressSpaceCode>();
  /** Instances stay with their Wasm memory when that is recycled. */
  readonly #interpreters = new WeakMap<WebAssembly.Memory, Interpreter>();
  readonly #trampolines = new WeakMap<WebAssembly.Memory, Trampoline>();

  constructor(options: NativeOptions = {}) {
    this.#options = options;
    this.#pool = new ArenaPool(options.collectGarbage);
    this.processor = options.processor ?? new Processor();
    this.#code = new InterpreterCode(this.processor.level, options.interpreter, options.decodedPages);
  }

  /** What making regions took so far. */
  get modules(): ModuleCounts {
    return this.#modules ? sumOfCounts(this.#modules.plain.counts, this.#modules.watchful.counts) : NO_MODULES;
  }

  /** Decoded code for the next start, or undefined when little of it is new. */
  decodedPages(): Uint8Array<ArrayBuffer> | undefined {
    return this.#code.pages.archive();
  }

  /** Regions for the next start, or undefined when none is new. */
  regions(): Uint8Array<ArrayBuffer> | undefined {
    return this.#modules?.plain.archive();
  }

  createMemory(budget?: PageBudget): GuestMemory {
    return new PagedMemory(this.#pool, budget);
  }

  createCpu(memory: GuestMemory): NativeCpu {
    if (!(memory instanceof PagedMemory)) throw new TypeError('memory of another engine');
    return new NativeCpu(this.#spaceOf(memory), this.processor, this.counts);
  }

  #spaceOf(memory: PagedMemory): AddressSpaceCode {
    const known = this.#spaces.get(memory);
    if (known !== undefined) return known;
    const { tiers = 'translate', hotAfter = DEFAULT_HOT_AFTER } = this.#options;
    const cache = new CodeCache(memory, this.#code, this.processor, tiers === 'translate' ? hotAfter : undefined);
    const origin = memory.inheritCode();
    const parent = origin === undefined ? undefined : this.#spaces.get(origin as PagedMemory);
    if (parent !== undefined) cache.inherit(parent.cache);
    const space = new AddressSpaceCode(memory, cache, this.#interpreterOf(memory), this.#simd);
    this.#spaces.set(memory, space);
    if (tiers === 'translate') {
      const translator = this.#makeTranslator(space);
      space.translator = this.#options.wrapTranslator?.(translator, space, this) ?? translator;
      space.translatesAtSight = hotAfter === 0;
    }
    return space;
  }

  #makeTranslator({ memory, cache, interpreter }: AddressSpaceCode): Translator {
    const translator = new RegionTranslator(
      interpreter,
      this.#trampolineOf(memory),
      new GuestCode(memory, cache),
      cache,
      this.#moduleCaches(),
    );
    memory.observe({ mappingChanged: () => {}, codeChanged: (page) => translator.codeChanged(page) });
    return translator;
  }

  #moduleCaches(): ModuleCaches {
    if (this.#modules !== undefined) return this.#modules;
    const plain = new ModuleCache('plain', this.#options.regions, this.#options.machineCode);
    this.#modules = { plain, watchful: new ModuleCache('watchful') };
    for (const modules of Object.values(this.#modules)) {
      modules.onKept = (region) => {
        this.onTranslated?.(region.start, region.instructions, region.wasm.length);
        this.onRegion?.(region);
      };
    }
    return this.#modules;
  }

  #trampolineOf({ wasm }: PagedMemory): Trampoline {
    const known = this.#trampolines.get(wasm);
    if (known !== undefined) return known;
    const made = new Trampoline(this.#moduleCaches().plain.trampoline, wasm);
    this.#trampolines.set(wasm, made);
    return made;
  }

  #enterRegionOf(memory: PagedMemory): EnterRegion {
    const { tiers = 'translate', wrapTranslator } = this.#options;
    return tiers !== 'translate' || wrapTranslator ? ENTER_OUTSIDE : this.#trampolineOf(memory).dispatch;
  }

  #interpreterOf(memory: PagedMemory): Interpreter {
    const known = this.#interpreters.get(memory.wasm);
    if (known !== undefined) {
      known.memory = memory;
      return known;
    }
    const made = new Interpreter(this.#code, memory, this.#enterRegionOf(memory));
    this.#interpreters.set(memory.wasm, made);
    return made;
  }
}
