/** From hot guest code to the blocks of a region and what was translated of each. */
import { Control } from '../semantics/definition.ts';
import { liveFlags } from './flag-liveness.ts';
import type { RegisterValues } from './jump-table.ts';
import { constantAddress, Leaf } from './ir.ts';
import { directTarget, findRegion, type Insights, type Region } from './region.ts';
import type { Stretch } from './compiled-region.ts';
import { translateBlock, type Arithmetic, type TranslatedBlock } from './translated-block.ts';
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

export function buildRegion(request: RegionRequest, arithmetic: Arithmetic): BuiltRegion | undefined {
  const { address, from, source } = request;
  const start = from === 'function' ? (source.history.functionBefore(address) ?? address) : address;
  const insights: Insights = { refused: new Set(), targets: new Map() };
  const build = (at: number): BuiltRegion | undefined => buildFrom(at, request, insights, arithmetic);
  return build(start) ?? (start === address ? undefined : build(address));
}

/**
 * Instructions that turn out to have no translation end their block, and indirect jumps may turn out to have one target: then the
 * region is laid out anew.
 */
function buildFrom(
  start: number,
  { address: wanted, source, registers }: RegionRequest,
  insights: Insights,
  arithmetic: Arithmetic,
): BuiltRegion | undefined {
  for (;;) {
    const region = findRegion(start, wanted, source, insights, registers);
    const first = region?.blocks.get(wanted)?.code[0];
    if (!region || !first?.definition) return undefined;
    const live = liveFlags(region, source);
    const blocks = new Map<number, TranslatedBlock>();
    const before = insights.refused.size + insights.targets.size;
    for (const block of region.blocks.values()) {
      const translated = translateBlock(block, live.get(block.address)!, arithmetic);
      blocks.set(block.address, translated);
      if (translated.refused) insights.refused.add(translated.leaveAddress);
      noteTarget(translated, insights);
    }
    if (insights.refused.size + insights.targets.size === before) return { region, blocks };
  }
}

function noteTarget({ block, leave }: TranslatedBlock, { targets }: Insights): void {
  const last = block.code.at(-1);
  if (last?.control !== Control.Jump || leave.target?.op !== Leaf.Constant) return;
  if (directTarget(last.instruction) === undefined)
    targets.set(last.instruction.address, constantAddress(leave.target));
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
