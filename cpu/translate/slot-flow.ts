/**
 * Which registers are in locals where: two passes over a region's blocks. A block's dirty slots are those that some way from an
 * entry (or from a call, where everything goes back to the state block) has written; its live slots are those whose locals
 * must be right when it starts, because it, or a block after it, reads them or stores them as dirty.
 */
import type { Region } from './region.ts';
import { NO_SLOTS, sameSlots, union, without, type SlotSet } from './slot-set.ts';
import type { TranslatedBlock } from './translated-block.ts';

export interface SlotFlow {
  /** By block address: slots whose locals may differ from the state block when the block starts. */
  readonly dirtyBefore: ReadonlyMap<number, SlotSet>;
  readonly dirtyAfter: ReadonlyMap<number, SlotSet>;
  /** By block address: slots to load before the block when it is entered from outside. */
  readonly live: ReadonlyMap<number, SlotSet>;
}

/** `leaves`: whether the region can be left from a block, at its end or in it, so that its dirty slots are stored. */
export function slotFlow(
  region: Region,
  blocks: ReadonlyMap<number, TranslatedBlock>,
  leaves: (block: TranslatedBlock) => boolean,
): SlotFlow {
  const { dirtyBefore, dirtyAfter } = dirtySlots(region, blocks);
  return { dirtyBefore, dirtyAfter, live: liveSlots(blocks, leaves, dirtyBefore) };
}

function dirtySlots(
  region: Region,
  blocks: ReadonlyMap<number, TranslatedBlock>,
): { dirtyBefore: Map<number, SlotSet>; dirtyAfter: Map<number, SlotSet> } {
  const dirtyBefore = new Map<number, SlotSet>();
  const dirtyAfter = new Map<number, SlotSet>();
  for (const address of region.blocks.keys()) dirtyBefore.set(address, NO_SLOTS);
  for (let changed = true; changed;) {
    changed = false;
    for (const [address, { block, writes }] of blocks) {
      const after = union(dirtyBefore.get(address)!, writes);
      const known = dirtyAfter.get(address);
      if (known && sameSlots(known, after)) continue;
      dirtyAfter.set(address, after);
      changed = true;
      for (const next of block.successors) dirtyBefore.set(next, union(dirtyBefore.get(next)!, after));
    }
  }
  return { dirtyBefore, dirtyAfter };
}

function liveSlots(
  blocks: ReadonlyMap<number, TranslatedBlock>,
  leaves: (block: TranslatedBlock) => boolean,
  dirtyBefore: ReadonlyMap<number, SlotSet>,
): Map<number, SlotSet> {
  const live = new Map<number, SlotSet>();
  const used = new Map<number, SlotSet>();
  for (const [address, translated] of blocks) {
    const stored = leaves(translated) ? dirtyBefore.get(address)! : NO_SLOTS;
    used.set(address, union(translated.reads, stored));
  }
  const order = [...blocks].reverse();
  for (let changed = true; changed;) {
    changed = false;
    for (const [address, { block, writes }] of order) {
      let after = NO_SLOTS;
      for (const next of block.successors) after = union(after, live.get(next) ?? NO_SLOTS);
      const before = union(used.get(address)!, without(after, writes));
      const known = live.get(address);
      if (known && sameSlots(known, before)) continue;
      live.set(address, before);
      changed = true;
    }
  }
  return live;
}
