/**
 * Compiled regions, shared by all address spaces of an engine: a region is found again by the bytes of its code, so that every
 * process that runs the same program at the same address reuses the module and the optimised code V8 has made of it.
 */
import { PAGE_SHIFT } from '../address.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Type } from '../wasm/opcode.ts';
import type { RegisterValues } from './jump-table.ts';
import { liveFlags } from './flag-liveness.ts';
import { findRegion, type Region } from './region.ts';
import { writeRegion } from './region-writer.ts';
import { translateBlock, type TranslatedBlock } from './translated-block.ts';
import { compileTrampoline } from './trampoline.ts';
import type { CodeSource } from './translator.ts';

export interface CompiledRegion {
  readonly module: WebAssembly.Module;
  /** Where its function starts, or the place that it was wanted for. */
  readonly start: number;
  readonly entries: readonly number[];
  /** Addresses of its blocks. */
  readonly blocks: ReadonlySet<number>;
  /** Numbers of the pages that it was made from. */
  readonly pages: readonly number[];
  readonly instructions: number;
  readonly wasmBytes: number;
  /** What the region was made from: each stretch of code and its bytes. */
  readonly stretches: readonly Stretch[];
}

interface Stretch {
  readonly address: number;
  readonly bytes: Uint8Array;
}

/** What a region is wanted for. */
export interface RegionRequest {
  readonly address: number;
  /** Where to start: at the function's start, so that all its hot code comes together, or right there. */
  readonly from: 'function' | 'here';
  readonly source: CodeSource;
  readonly registers: RegisterValues;
}

/** Over all regions compiled, alive or not. */
export interface ModuleCounts {
  readonly regions: number;
  readonly instructions: number;
  readonly wasmBytes: number;
  /** Finding, translating and encoding them, and V8's part until the module is there (its functions compile later). */
  readonly makingMs: number;
}

export class ModuleCache {
  readonly trampoline = compileTrampoline();
  /** By address: the regions that can be entered there, made from different code or at different times. */
  readonly #regions = new Map<number, CompiledRegion[]>();
  readonly #builder = new ModuleBuilder();
  /** Hears of each new region. */
  onCompiled: (region: CompiledRegion) => void = () => {};
  #counts: ModuleCounts = { regions: 0, instructions: 0, wasmBytes: 0, makingMs: 0 };

  get counts(): ModuleCounts {
    return this.#counts;
  }

  /** The region around an address, compiled now or before. */
  region(request: RegionRequest): { compiled: CompiledRegion; fresh: boolean } | undefined {
    const { address, source } = request;
    const known = this.#regions.get(address);
    // The newest knows most.
    const reusable = known?.findLast(({ stretches }) => stretches.every((stretch) => isUnchanged(stretch, source)));
    if (reusable) return { compiled: reusable, fresh: false };
    const start = performance.now();
    const compiled = this.#compile(request);
    if (!compiled) return undefined;
    this.#count(compiled, performance.now() - start);
    for (const entry of compiled.entries) {
      const others = this.#regions.get(entry);
      if (others) others.push(compiled);
      else this.#regions.set(entry, [compiled]);
    }
    this.onCompiled(compiled);
    return { compiled, fresh: true };
  }

  #count({ instructions, wasmBytes }: CompiledRegion, ms: number): void {
    const counts = this.#counts;
    this.#counts = {
      regions: counts.regions + 1,
      instructions: counts.instructions + instructions,
      wasmBytes: counts.wasmBytes + wasmBytes,
      makingMs: counts.makingMs + ms,
    };
  }

  #compile(request: RegionRequest): CompiledRegion | undefined {
    const made = buildRegion(request);
    if (!made) return undefined;
    const { source } = request;
    const { region, blocks } = made;
    const bytes = this.#encode(region, blocks);
    const stretches = stretchesOf(region, source);
    const pages = new Set<number>();
    for (const { address: start, bytes: code } of stretches) {
      for (let page = start >>> PAGE_SHIFT; page <= (start + code.length - 1) >>> PAGE_SHIFT; page++) pages.add(page);
    }
    const module = new WebAssembly.Module(bytes);
    return {
      module,
      start: region.entry,
      entries: region.entries,
      blocks: new Set(region.blocks.keys()),
      pages: [...pages],
      instructions: region.instructions,
      wasmBytes: bytes.length,
      stretches,
    };
  }

  #encode(region: Region, blocks: ReadonlyMap<number, TranslatedBlock>): Uint8Array<ArrayBuffer> {
    const builder = this.#builder;
    builder.clear();
    builder.importSharedMemory('k42', 'memory', { min: 1, max: 65536 });
    const dispatch = builder.importFunction('k42', 'dispatch', builder.type([Type.i32, Type.i32], [Type.i32]));
    const { locals, code } = writeRegion(region, blocks, dispatch);
    const type = builder.type([Type.i32, Type.i32, Type.i32], [Type.i32]);
    builder.exportFunction('region', builder.function(type, locals, code));
    return builder.build();
  }
}

interface BuiltRegion {
  readonly region: Region;
  readonly blocks: Map<number, TranslatedBlock>;
}

function buildRegion({ address, from, source, registers }: RegionRequest): BuiltRegion | undefined {
  const start = from === 'function' ? (source.history.functionBefore(address) ?? address) : address;
  const refused = new Set<number>();
  const build = (at: number): BuiltRegion | undefined => buildFrom(at, address, source, refused, registers);
  return build(start) ?? (start === address ? undefined : build(address));
}

/** Instructions that turn out to have no translation end their block: then the region is laid out anew around them. */
function buildFrom(
  start: number,
  wanted: number,
  source: CodeSource,
  refused: Set<number>,
  registers: RegisterValues,
): BuiltRegion | undefined {
  for (;;) {
    const region = findRegion(start, wanted, source, refused, registers);
    const first = region?.blocks.get(wanted)?.code[0];
    if (!region || !first?.definition) return undefined;
    const live = liveFlags(region, source);
    const blocks = new Map<number, TranslatedBlock>();
    const before = refused.size;
    for (const block of region.blocks.values()) {
      const translated = translateBlock(block, live.get(block.address)!);
      blocks.set(block.address, translated);
      if (translated.refused) refused.add(translated.leaveAddress);
    }
    if (refused.size === before) return { region, blocks };
  }
}

/** Neighbouring blocks joined. */
function stretchesOf(region: Region, source: CodeSource): Stretch[] {
  const sorted = [...region.blocks.values()].sort((a, b) => a.address - b.address);
  const stretches: Stretch[] = [];
  let start = -1;
  let end = -1;
  const finish = () => {
    if (start >= 0) stretches.push({ address: start, bytes: source.bytes(start, end - start)!.slice() });
  };
  for (const block of sorted) {
    if (block.address > end) {
      finish();
      start = block.address;
    }
    end = Math.max(end, block.end);
  }
  finish();
  return stretches;
}

function isUnchanged({ address, bytes }: Stretch, source: CodeSource): boolean {
  const now = source.bytes(address, bytes.length);
  if (!now) return false;
  for (let i = 0; i < bytes.length; i++) if (now[i] !== bytes[i]) return false;
  return true;
}
