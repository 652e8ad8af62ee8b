/**
 * Compiled regions, shared by all address spaces of an engine: a region is found again by the bytes of its code, so that every
 * process that runs the same program at the same address reuses the module and the optimised code V8 has made of it. What earlier
 * starts of k42 made comes from an archive.
 */
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { NO_MACHINE_CODE, type MachineCode } from '../machine-code.ts';
import { holdsIn, type CompiledRegion } from './compiled-region.ts';
import type { ArchiveSource } from '../archive-source.ts';
import { RegionArchive } from './region-archive.ts';
import { buildRegion, stretchesOf, type BuiltRegion, type RegionRequest } from './region-builder.ts';
import { importRoutines } from './routine-imports.ts';
import { writeRegion } from './region-writer.ts';
import { compileTrampoline } from './trampoline.ts';
import { importRegionImports } from './transfer-writer.ts';
import type { Arithmetic } from './translated-block.ts';
import type { CodeSource } from './translator.ts';

/** Wasm kept for processes to come, in bytes. Beyond it the oldest modules are let go; those in use live as long as their processes. */
const MAX_KEPT_BYTES = 24 << 20;
/** An archive holds at most this much Wasm and machine code, in bytes: of some five programs as large as perl. */
const MAX_SAVED_BYTES = 32 << 20;
/** Making a region, or optimising it, takes the time in which so many bytes of an archive are written. */
const BYTES_PER_MAKING = 4 << 20;
export interface SharedRegion extends CompiledRegion {
  readonly module: WebAssembly.Module;
  /** The function of the instance made last. */
  instance?: WeakRef<CallableFunction>;
}

/** Over all regions of an engine, alive or not. */
export interface ModuleCounts {
  /** Made here: instructions and bytes of Wasm in them. */
  readonly regions: number;
  readonly instructions: number;
  readonly wasmBytes: number;
  /** Finding, translating and encoding them, and V8's part until the module is there (its functions compile later). */
  readonly makingMs: number;
  /** Taken from the archive. */
  readonly archived: number;
}

export const NO_MODULES: ModuleCounts = { regions: 0, instructions: 0, wasmBytes: 0, makingMs: 0, archived: 0 };

export function sumOfCounts(a: ModuleCounts, b: ModuleCounts): ModuleCounts {
  return {
    regions: a.regions + b.regions,
    instructions: a.instructions + b.instructions,
    wasmBytes: a.wasmBytes + b.wasmBytes,
    makingMs: a.makingMs + b.makingMs,
    archived: a.archived + b.archived,
  };
}

/** One for each kind of regions. */
export type ModuleCaches = Readonly<Record<Arithmetic, ModuleCache>>;

export class ModuleCache {
  readonly arithmetic: Arithmetic;
  readonly trampoline = compileTrampoline();
  /** By address: the regions that can be entered there, made from different code or at different times. */
  readonly #byEntry = new Map<number, Set<SharedRegion>>();
  /** Oldest first. */
  readonly #kept = new Set<SharedRegion>();
  #keptBytes = 0;
  readonly #openArchive: () => ArchiveSource | undefined;
  readonly #machineCode: MachineCode;
  #opened: { readonly archive: RegionArchive | undefined } | undefined;
  readonly #builder = new ModuleBuilder();
  /** Hears of each region that is made here or taken from the archive. */
  onKept: (region: CompiledRegion) => void = () => {};
  #counts = NO_MODULES;

  /** `openArchive` answers what `archive()` made in an earlier start of the same build, on the same processor; asked when code first gets warm. */
  constructor(
    arithmetic: Arithmetic,
    openArchive: () => ArchiveSource | undefined = () => undefined,
    machineCode = NO_MACHINE_CODE,
  ) {
    this.arithmetic = arithmetic;
    this.#openArchive = openArchive;
    this.#machineCode = machineCode;
  }

  get #archive(): RegionArchive | undefined {
    if (this.#opened === undefined) {
      const source = this.#openArchive();
      this.#opened = { archive: source && RegionArchive.open(source) };
    }
    return this.#opened.archive;
  }

  get counts(): ModuleCounts {
    return this.#counts;
  }

  /** The region around an address, made from what is known now. */
  make(request: RegionRequest): SharedRegion | undefined {
    const start = performance.now();
    const built = buildRegion(request, this.arithmetic);
    if (!built) return undefined;
    const compiled = this.#compile(built, request.source);
    const region = this.#keep({ ...compiled, module: new WebAssembly.Module(compiled.wasm) });
    this.#countMade(region, performance.now() - start);
    return region;
  }

  /** A region with an entry there, if one was made from the code that is there now. */
  find(address: number, source: CodeSource): SharedRegion | undefined {
    // The newest knows most.
    const known = [...(this.#byEntry.get(address) ?? [])].findLast((region) => holdsIn(region, source));
    if (known) return known;
    for (const region of this.#archive?.at(address) ?? []) {
      const restored = holdsIn(region, source) && this.#restore(region);
      if (!restored) continue;
      this.#counts = { ...this.#counts, archived: this.#counts.archived + 1 };
      return this.#keep(restored);
    }
    return undefined;
  }

  /**
   * For the next start; undefined when too little is new: all is written. What was not used this time is the first to be left out, then the oldest.
   */
  archive(): Uint8Array<ArrayBuffer> | undefined {
    let optimized = 0;
    const used = [...this.#kept].map((region): CompiledRegion => {
      const machineCode = this.#newMachineCode(region);
      if (machineCode === undefined) return region;
      optimized++;
      return { ...region, machineCode };
    });
    const news = (this.#counts.regions + optimized) * BYTES_PER_MAKING;
    if (news === 0 || news < (this.#archive?.sizeBytes ?? 0)) return undefined;
    const newestFirst = [...(this.#archive ?? []), ...used].toReversed();
    const saved: CompiledRegion[] = [];
    const byStart = new Map<number, CompiledRegion[]>();
    let bytes = 0;
    for (const region of newestFirst) {
      const others = byStart.get(region.start) ?? [];
      if (others.some((newer) => replaces(newer, region))) continue;
      bytes += region.wasm.length + (region.machineCode?.length ?? 0);
      if (bytes > MAX_SAVED_BYTES) break;
      saved.push(region);
      byStart.set(region.start, [...others, region]);
    }
    return RegionArchive.encode(saved.toReversed());
  }

  /** Of what comes from an archive: with the machine code of then, if this host takes that. What is damaged has none. */
  #restore(region: CompiledRegion): SharedRegion | undefined {
    const { machineCode, ...plain } = region;
    const restored = machineCode && this.#machineCode.restore(region.wasm, machineCode);
    if (restored) return { ...region, module: restored };
    const module = compileIfSound(region.wasm);
    return module && { ...plain, module };
  }

  /** What the host has made since. */
  #newMachineCode({ module, machineCode, instance }: SharedRegion): Uint8Array<ArrayBuffer> | undefined {
    const exported = machineCode ? undefined : instance?.deref();
    return exported && this.#machineCode.of(module, exported);
  }

  #countMade({ instructions, wasm }: CompiledRegion, ms: number): void {
    const counts = this.#counts;
    this.#counts = {
      ...counts,
      regions: counts.regions + 1,
      instructions: counts.instructions + instructions,
      wasmBytes: counts.wasmBytes + wasm.length,
      makingMs: counts.makingMs + ms,
    };
  }

  #keep(region: SharedRegion): SharedRegion {
    this.#kept.add(region);
    this.onKept(region);
    this.#keptBytes += region.wasm.length;
    for (const entry of region.entries) {
      const others = this.#byEntry.get(entry);
      if (others) others.add(region);
      else this.#byEntry.set(entry, new Set([region]));
    }
    for (const oldest of this.#kept) {
      if (this.#keptBytes <= MAX_KEPT_BYTES) break;
      this.#forget(oldest);
    }
    return region;
  }

  #forget(region: SharedRegion): void {
    this.#kept.delete(region);
    this.#keptBytes -= region.wasm.length;
    for (const entry of region.entries) {
      const others = this.#byEntry.get(entry)!;
      others.delete(region);
      if (others.size === 0) this.#byEntry.delete(entry);
    }
  }

  #compile({ region, blocks }: BuiltRegion, source: CodeSource): CompiledRegion {
    const builder = this.#builder;
    builder.clear();
    const imports = importRegionImports(builder);
    const routines = importRoutines(builder, blocks.values());
    const { locals, code } = writeRegion(region, blocks, imports, routines);
    builder.exportFunction('region', builder.function(imports.regionType, locals, code));
    return {
      start: region.entry,
      entries: region.entries,
      blocks: new Set(region.blocks.keys()),
      instructions: region.instructions,
      stretches: stretchesOf(region, source),
      wasm: builder.build(),
    };
  }
}

/** What comes from an archive may be damaged. */
function compileIfSound(wasm: Uint8Array<ArrayBuffer>): WebAssembly.Module | undefined {
  try {
    return new WebAssembly.Module(wasm);
  } catch (error) {
    if (error instanceof WebAssembly.CompileError) return undefined;
    throw error;
  }
}

/** Whether a newer region stands for an older one with the same start: it was made from the same code, as far as both go. */
function replaces(newer: CompiledRegion, older: CompiledRegion): boolean {
  return older.entries.every((entry) => newer.entries.includes(entry)) && agree(newer, older);
}

function agree(newer: CompiledRegion, older: CompiledRegion): boolean {
  const [a, b] = [newer.stretches[0]!, older.stretches[0]!];
  const from = Math.max(a.address, b.address);
  const to = Math.min(a.address + a.bytes.length, b.address + b.bytes.length);
  for (let at = from; at < to; at++) if (a.bytes[at - a.address] !== b.bytes[at - b.address]) return false;
  return true;
}
