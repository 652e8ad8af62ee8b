/** The flags of a state block, one at a time. Layout: state-layout.ts. */
import { Flag, type FlagUpdate } from '../semantics/ops.ts';
import { State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';

const SET = 1n;

/** One flag as 0 or 1. */
export function readFlag(state: CpuState, flag: number): number {
  const { view } = state;
  switch (flag) {
    case Flag.C:
      return view.getInt32(State.cf, true);
    case Flag.P:
      return parityEven(view.getUint8(State.pr)) ? 1 : 0;
    case Flag.A:
      return view.getInt32(State.af, true);
    case Flag.Z:
      return view.getBigInt64(State.zr, true) === 0n ? 1 : 0;
    case Flag.S:
      return view.getBigInt64(State.sr, true) < 0n ? 1 : 0;
    case Flag.O:
      return view.getInt32(State.of, true);
    default:
      throw new Error(`no such flag: ${flag}`);
  }
}

/** A condition code. Source: SDM vol. 1, appendix B.1. */
export function readCondition(state: CpuState, code: number): boolean {
  const positive = positiveCondition(state, code >> 1);
  return code & 1 ? !positive : positive;
}

function positiveCondition(state: CpuState, pair: number): boolean {
  const is = (flag: number) => readFlag(state, flag) === 1;
  const less = () => is(Flag.S) !== is(Flag.O);
  switch (pair) {
    case 0:
      return is(Flag.O);
    case 1:
      return is(Flag.C);
    case 2:
      return is(Flag.Z);
    case 3:
      return is(Flag.C) || is(Flag.Z);
    case 4:
      return is(Flag.S);
    case 5:
      return is(Flag.P);
    case 6:
      return less();
    default:
      return is(Flag.Z) || less();
  }
}

export function updateFlags(state: CpuState, update: FlagUpdate<bigint>): void {
  const { view } = state;
  if (update.result) {
    const value = BigInt.asIntN(update.result.width, update.result.value);
    view.setBigInt64(State.zr, value, true);
    view.setBigInt64(State.sr, value, true);
    view.setBigInt64(State.pr, value, true);
  }
  if (update.c) view.setInt32(State.cf, Number(update.c()), true);
  if (update.o) view.setInt32(State.of, Number(update.o()), true);
  if (update.a) view.setInt32(State.af, Number(update.a()), true);
  if (update.z) view.setBigInt64(State.zr, update.z() === SET ? 0n : 1n, true);
  if (update.s) view.setBigInt64(State.sr, update.s() === SET ? -1n : 0n, true);
  if (update.p) view.setBigInt64(State.pr, update.p() === SET ? 0n : 1n, true);
}

function parityEven(byte: number): boolean {
  const folded = byte ^ (byte >> 4);
  return ((0x6996 >> (folded & 15)) & 1) === 0;
}
