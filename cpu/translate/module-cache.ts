/**
 * Compiled regions, shared by all address spaces of an engine: a region is found again by the bytes of its code, so that every
 * process that runs the same program at the same address reuses the module and the optimised code V8 has made of it.
 */
import { PAGE_SHIFT } from '../address.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Type } from '../wasm/opcode.ts';
import type { RegisterValues } from './jump-table.ts';
import { findRegion, liveFlags, type Region } from './region.ts';
import { writeRegion } from './region-writer.ts';
import { translateBlock, type TranslatedBlock } from './translated-block.ts';
import { compileTrampoline } from './trampoline.ts';
import type { CodeSource } from './translator.ts';

export interface CompiledRegion {
  readonly module: WebAssembly.Module;
  readonly entries: readonly number[];
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

export class ModuleCache {
  readonly trampoline = compileTrampoline();
  /** By entry address: the regions made from different code at the same place. */
  readonly #regions = new Map<number, CompiledRegion[]>();
  readonly #builder = new ModuleBuilder();

  /** The region around an address, compiled now or before. */
  region(
    address: number,
    source: CodeSource,
    registers: RegisterValues,
  ): { compiled: CompiledRegion; fresh: boolean } | undefined {
    const known = this.#regions.get(address);
    const reusable = known?.find((region) => region.stretches.every((stretch) => isUnchanged(stretch, source)));
    if (reusable) return { compiled: reusable, fresh: false };
    const compiled = this.#compile(address, source, registers);
    if (!compiled) return undefined;
    if (known) known.push(compiled);
    else this.#regions.set(address, [compiled]);
    return { compiled, fresh: true };
  }

  #compile(address: number, source: CodeSource, registers: RegisterValues): CompiledRegion | undefined {
    const made = buildRegion(address, source, registers);
    if (!made) return undefined;
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
      entries: region.entries,
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
    const dispatch = builder.importFunction('k42', 'dispatch', builder.type([Type.i32], [Type.i32]));
    const { locals, code } = writeRegion(region, blocks, dispatch);
    const type = builder.type([Type.i32, Type.i32], [Type.i32]);
    builder.exportFunction('region', builder.function(type, locals, code));
    return builder.build();
  }
}

/** Instructions that turn out to have no translation end their block: then the region is laid out anew around them. */
function buildRegion(
  address: number,
  source: CodeSource,
  registers: RegisterValues,
): { region: Region; blocks: Map<number, TranslatedBlock> } | undefined {
  const refused = new Set<number>();
  for (;;) {
    const region = findRegion(address, source, refused, registers);
    const first = region?.blocks.get(address)?.code[0];
    if (!region || !first?.definition) return undefined;
    const live = liveFlags(region);
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
