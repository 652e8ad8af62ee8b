/** From hot guest code to the blocks of a region and what was translated of each. */
import { liveFlags } from './flag-liveness.ts';
import type { RegisterValues } from './jump-table.ts';
import { findRegion, type Region } from './region.ts';
import type { Stretch } from './compiled-region.ts';
import { translateBlock, type TranslatedBlock } from './translated-block.ts';
import type { CodeSource } from './translator.ts';

/** What a region is wanted for. */
export interface RegionRequest {
  readonly address: number;
  /** Where to start: at the function's start, so that all its hot code comes together, or right there. */
  readonly from: 'function' | 'here';
  readonly source: CodeSource;
  readonly registers: RegisterValues;
}

export interface BuiltRegion {
  readonly region: Region;
  readonly blocks: Map<number, TranslatedBlock>;
}

export function buildRegion({ address, from, source, registers }: RegionRequest): BuiltRegion | undefined {
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
export function stretchesOf(region: Region, source: CodeSource): Stretch[] {
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
