/**
 * Slots: what a region keeps in Wasm locals, by number, and where each lives in the state block while no region runs.
 */
import { Flag } from '../semantics/ops.ts';
import { State } from '../state-layout.ts';
import { Type } from '../wasm/opcode.ts';

/** 0..15 are the general registers, 17 and 18 the segment bases, as in instruction.ts. */
export const Slot = { zr: 20, sr: 21, pr: 22, cf: 23, of: 24, af: 25, xmm: 32, ymmHigh: 48 } as const;
export const SLOT_COUNT = 64;

/** The flags in a fixed order, with their slots. */
export const FLAG_SLOTS = [
  [Flag.Z, Slot.zr],
  [Flag.S, Slot.sr],
  [Flag.P, Slot.pr],
  [Flag.C, Slot.cf],
  [Flag.O, Slot.of],
  [Flag.A, Slot.af],
] as const;

export function slotType(slot: number): number {
  if (slot >= Slot.xmm) return Type.v128;
  return slot >= Slot.cf && slot <= Slot.af ? Type.i32 : Type.i64;
}

export function isFlagSlot(slot: number): boolean {
  return slot >= Slot.zr && slot <= Slot.af;
}

export function stateOffset(slot: number): number {
  if (slot >= Slot.ymmHigh) return State.xmm + (slot - Slot.ymmHigh) * 32 + 16;
  if (slot >= Slot.xmm) return State.xmm + (slot - Slot.xmm) * 32;
  if (slot < Slot.zr) return State.gpr + slot * 8;
  return slot < Slot.cf ? State.zr + (slot - Slot.zr) * 8 : State.cf + (slot - Slot.cf) * 4;
}
