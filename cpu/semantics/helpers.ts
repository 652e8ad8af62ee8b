/**
 * Host helpers: instructions that are executed in TypeScript by every back end, by the name that their semantics give to
 * `Ops.helper`. A helper keeps the rule of all semantics: everything that can fault comes first.
 */
import type { GuestMemory } from '../memory/guest-memory.ts';
import type { Processor } from '../processor.ts';
import type { CpuState } from '../state.ts';
import type { Instruction } from '../x86/instruction.ts';
import { toHalves } from './avx/half-floats.ts';
import { gather, maskedMove } from './avx/masked.ts';
import { cpuid } from './cpuid.ts';
import { fxrstor, fxsave } from './fxsave.ts';
import type { Ops } from './ops.ts';
import { emms, maskedStore, mmx } from './simd/mmx.ts';
import { loadMxcsr } from './simd/mxcsr.ts';
import { compareStrings } from './simd/strings.ts';
import {
  loadSegment,
  random,
  rdpid,
  rdtsc,
  rdtscp,
  segmentBase,
  softwareInterrupt,
  storeSegment,
} from './system-helpers.ts';
import { x87 } from './x87/x87.ts';
import { xgetbv, xrstor, xsave, xsavec } from './xsave.ts';

/** What a helper works on: the evaluator, with its operations. Every access may end the helper with a trap. */
export interface HelperMachine extends Ops<bigint> {
  readonly state: CpuState;
  readonly memory: GuestMemory;
  readonly processor: Processor;
  /** Whole ranges: refused before the first byte moves. */
  loadBytes(address: bigint, length: number): Uint8Array;
  storeBytes(address: bigint, bytes: Uint8Array): void;
  /** Refused unless all of them can be written. */
  probeBytes(address: bigint, length: number): void;
  /** A single as a half, rounded by one of the modes of MXCSR.RC or by MXCSR itself; notes exceptions. */
  toHalf(single: bigint, rounding: number | 'mxcsr'): bigint;
  /** Ends the instruction here if an exception noted so far is unmasked: for those that write memory. */
  refuseExceptions(): void;
  /** Ends the instruction with a Trap code; RIP stays on it. */
  raise(kind: number): never;
  /** Time stamp counter: ticks of a nanosecond. */
  timestamp(): bigint;
}

export type Helper = (machine: HelperMachine, instruction: Instruction) => void;

const helpers: Readonly<Record<string, Helper>> = {
  cpuid,
  rdtsc,
  rdtscp,
  fxsave,
  fxrstor,
  xsave,
  xsavec,
  xrstor,
  xgetbv,
  segmentBase,
  random,
  rdpid,
  loadSegment,
  storeSegment,
  softwareInterrupt,
  x87,
  mmx,
  emms,
  maskedStore,
  compareStrings,
  loadMxcsr,
  maskedMove,
  gather,
  toHalves,
};

export function helperOf(name: string): Helper {
  const helper = helpers[name];
  if (helper === undefined) throw new Error(`no helper named ${name}`);
  return helper;
}
