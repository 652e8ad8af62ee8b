/**
 * The translator of one address space: finds regions, has them compiled (or takes them from the cache, which all address
 * spaces of an engine share), and keeps account of which page each was made from.
 */
import { PAGE_SHIFT } from '../address.ts';
import { Exit } from '../exit.ts';
import { PERMISSION_TABLE } from '../memory/guest-memory.ts';
import { State } from '../state-layout.ts';
import { pagesOf } from './compiled-region.ts';
import type { ModuleCache, ModuleCaches, SharedRegion } from './module-cache.ts';
import type { Interpreter } from '../interpret/interpreter.ts';
import { ROUTINE_MODULE } from './routine-imports.ts';
import type { RegionExport, Trampoline } from './trampoline.ts';
import type { Instruction } from '../x86/instruction.ts';
import type { CodeHistory, CodeSource, EntryListener, Translator, TranslatorCounts } from './translator.ts';

/** Departures to one address, after which it is translated. */
const HOT_DEPARTURES = 1200;
/** And after which it counts as reached. */
const WARM_DEPARTURES = 30;
/** A function's region is made anew, with what has become hot, this many times; then such places get regions of their own. */
const MAX_GROWTH = 6;

interface LiveRegion {
  readonly compiled: SharedRegion;
  readonly index: number;
  readonly pages: readonly number[];
}

interface LiveEntry {
  readonly region: LiveRegion;
  readonly number: number;
}

export class RegionTranslator implements Translator {
  readonly #memory: WebAssembly.Memory;
  readonly #routines: WebAssembly.Exports;
  /** The state blocks, and what lies below them. */
  readonly #words: Uint32Array;
  readonly #source: CodeSource;
  readonly #listener: EntryListener;
  readonly #caches: ModuleCaches;
  #cache: ModuleCache;
  readonly #trampoline: Trampoline;
  readonly #entries = new Map<number, LiveEntry>();
  readonly #byPage = new Map<number, Set<LiveRegion>>();
  readonly #departures = new Map<number, number>();
  /** By start: the region of a function. */
  readonly #functions = new Map<number, LiveRegion>();
  /** By start: how often a function's region was replaced. */
  readonly #growth = new Map<number, number>();
  #regions = 0;
  #instructions = 0;
  #wasmBytes = 0;
  #compiled = 0;
  #reused = 0;

  constructor(
    { memory: { wasm }, routines }: Interpreter,
    trampoline: Trampoline,
    source: CodeSource,
    listener: EntryListener,
    caches: ModuleCaches,
  ) {
    this.#memory = wasm;
    this.#routines = routines;
    this.#words = new Uint32Array(wasm.buffer, 0, PERMISSION_TABLE / 4);
    this.#source = source;
    this.#listener = listener;
    this.#caches = caches;
    this.#cache = caches.plain;
    this.#trampoline = trampoline;
    trampoline.clear();
  }

  get counts(): TranslatorCounts {
    return {
      regions: this.#regions,
      instructions: this.#instructions,
      wasmBytes: this.#wasmBytes,
      compiled: this.#compiled,
      reused: this.#reused,
    };
  }

  translate(address: number, state: number): boolean {
    if (this.reuse(address)) return true;
    const registers = (register: number): number => this.#register(state, register);
    const { old, from } = this.#ancestor(address);
    const source = new RememberedCode(this.#source, this.#departures, old?.compiled.blocks);
    const compiled = this.#cache.make({ address, from, source, registers });
    if (!compiled) return false;
    this.#compiled++;
    this.#install(compiled);
    return true;
  }

  reuse(address: number): boolean {
    if (this.#entries.has(address)) return true;
    const compiled = this.#cache.find(address, this.#source);
    if (!compiled) return false;
    this.#reused++;
    this.#install(compiled);
    return true;
  }

  /** The region of the function that an address seems to belong to, which will be replaced, unless that has been done too often. */
  #ancestor(address: number): { old: LiveRegion | undefined; from: 'function' | 'here' } {
    const start = this.#source.history.functionBefore(address) ?? address;
    const old = this.#functions.get(start);
    if (!old) return { old, from: 'function' };
    const growth = (this.#growth.get(start) ?? 0) + 1;
    this.#growth.set(start, growth);
    return growth > MAX_GROWTH ? { old: undefined, from: 'here' } : { old, from: 'function' };
  }

  enter(state: number): Exit {
    const rip = (state + State.rip) / 4;
    const words = this.#words;
    for (;;) {
      const exit = this.#dispatch(state);
      if (exit !== Exit.Continue) return exit;
      // The lookup table holds one entry per hash: bring one back that another pushed out.
      const address = words[rip]! + words[rip + 1]! * 2 ** 32;
      const entry = this.#entries.get(address);
      if (!entry) {
        if (!this.#isInRegion(address, state)) return exit;
        continue;
      }
      this.#trampoline.publish(address, entry.region.index, entry.number);
    }
  }

  /** Nested calls are few, but how much of Node's stack is left is not known: where it ends, the state block is complete. */
  #dispatch(state: number): Exit {
    try {
      return this.#trampoline.dispatch(state, 0) as Exit;
    } catch (error) {
      if (error instanceof RangeError) return Exit.Continue;
      throw error;
    }
  }

  /** Counts a departure from a region to an address without one: those the interpreter does not see as jumps. */
  #isInRegion(address: number, state: number): boolean {
    const count = (this.#departures.get(address) ?? 0) + 1;
    this.#departures.set(address, count);
    if (count === WARM_DEPARTURES) return this.reuse(address);
    return count % HOT_DEPARTURES === 0 && this.translate(address, state);
  }

  codeChanged(page: number): void {
    const regions = this.#byPage.get(page >>> PAGE_SHIFT);
    if (regions) for (const region of regions) this.#drop(region);
  }

  watchExceptions(): void {
    this.#cache = this.#caches.watchful;
    for (const regions of [...this.#byPage.values()]) for (const region of [...regions]) this.#drop(region);
  }

  dispose(): void {
    this.#entries.clear();
    this.#byPage.clear();
    this.#functions.clear();
  }

  #register(state: number, register: number): number {
    const at = (state + State.gpr) / 4 + register * 2;
    return this.#words[at]! + this.#words[at + 1]! * 2 ** 32;
  }

  #instantiate(compiled: SharedRegion): RegionExport {
    const { dispatch, direct } = this.#trampoline;
    const imports = { k42: { memory: this.#memory, dispatch, direct }, [ROUTINE_MODULE]: this.#routines };
    const region = new WebAssembly.Instance(compiled.module, imports).exports['region'] as RegionExport;
    compiled.instance = new WeakRef(region);
    return region;
  }

  #install(compiled: SharedRegion): void {
    const same = this.#functions.get(compiled.start);
    if (same && same.compiled.entries.every((entry) => compiled.entries.includes(entry))) this.#drop(same);
    const index = this.#trampoline.indexOf(compiled, () => this.#instantiate(compiled));
    const region = { compiled, index, pages: pagesOf(compiled) };
    this.#functions.set(compiled.start, region);
    this.#regions++;
    this.#instructions += compiled.instructions;
    this.#wasmBytes += compiled.wasm.length;
    compiled.entries.forEach((address, number) => {
      // An address that is an entry of an earlier region stays with it, except the one asked for.
      if (this.#entries.has(address)) return;
      this.#entries.set(address, { region, number });
      this.#trampoline.publish(address, index, number);
      this.#listener.entryAdded(address);
    });
    for (const page of region.pages) {
      let set = this.#byPage.get(page);
      if (!set) this.#byPage.set(page, (set = new Set()));
      set.add(region);
    }
  }

  #drop(region: LiveRegion): void {
    if (this.#functions.get(region.compiled.start) === region) this.#functions.delete(region.compiled.start);
    for (const page of region.pages) this.#byPage.get(page)?.delete(region);
    for (const address of region.compiled.entries) {
      if (this.#entries.get(address)?.region !== region) continue;
      this.#entries.delete(address);
      this.#trampoline.withdraw(address);
      this.#listener.entryRemoved(address);
    }
    this.#trampoline.remove(region.compiled);
    this.#regions--;
    this.#instructions -= region.compiled.instructions;
    this.#wasmBytes -= region.compiled.wasm.length;
  }
}

/** Code with a longer memory: what the regions so far have learnt counts too. */
class RememberedCode implements CodeSource {
  readonly history: CodeHistory;
  readonly #source: CodeSource;

  constructor(source: CodeSource, departures: ReadonlyMap<number, number>, blocks: ReadonlySet<number> | undefined) {
    this.#source = source;
    const { history } = source;
    const isKnown = (address: number): boolean =>
      (departures.get(address) ?? 0) >= WARM_DEPARTURES || (blocks?.has(address) ?? false);
    this.history = {
      isReached: (address) => history.isReached(address) || isKnown(address),
      isPassed: (address, next) => history.isPassed(address, next) || isKnown(next),
      isFunction: (address) => history.isFunction(address),
      functionBefore: (address) => history.functionBefore(address),
    };
  }

  decode(address: number): Instruction | undefined {
    return this.#source.decode(address);
  }
  bytes(address: number, length: number): Uint8Array | undefined {
    return this.#source.bytes(address, length);
  }
  data(address: number, length: number): Uint8Array | undefined {
    return this.#source.data(address, length);
  }
}
