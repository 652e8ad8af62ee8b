/** Sets of slots (slots.ts), as bits: immutable values, compared by `sameSlots`. */
import { SLOT_COUNT } from './slots.ts';

export interface SlotSet {
  /** Slots 0..31, one bit each. */
  readonly low: number;
  /** Slots 32 and up. */
  readonly high: number;
}

export const NO_SLOTS: SlotSet = { low: 0, high: 0 };

export function slotSet(slots: Iterable<number>): SlotSet {
  let low = 0;
  let high = 0;
  for (const slot of slots) {
    if (slot < 32) low |= 1 << slot;
    else high |= 1 << (slot - 32);
  }
  return { low, high };
}

export function union(a: SlotSet, b: SlotSet): SlotSet {
  return { low: a.low | b.low, high: a.high | b.high };
}

export function without(a: SlotSet, b: SlotSet): SlotSet {
  return { low: a.low & ~b.low, high: a.high & ~b.high };
}

export function hasSlot({ low, high }: SlotSet, slot: number): boolean {
  return ((slot < 32 ? low >>> slot : high >>> (slot - 32)) & 1) !== 0;
}

export function sameSlots(a: SlotSet, b: SlotSet): boolean {
  return a.low === b.low && a.high === b.high;
}

export function slotsOf(set: SlotSet): number[] {
  const slots: number[] = [];
  for (let slot = 0; slot < SLOT_COUNT; slot++) if (hasSlot(set, slot)) slots.push(slot);
  return slots;
}

/** Equal for equal sets. */
export function slotKey({ low, high }: SlotSet): string {
  return `${low},${high}`;
}
