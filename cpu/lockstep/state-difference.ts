/** Compares the registers of two engines after the same code. */
import { flagSet } from '../semantics/definition.ts';
import { Flag } from '../semantics/ops.ts';
import { semanticsOf } from '../semantics/table.ts';
import { GPR_NAMES, Rflags, State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import type { Instruction } from '../x86/instruction.ts';

/** General registers, the zero that follows them, segment bases, RIP. */
const COMPARED_WORDS = State.rip / 8 + 1;
/** Rounding, masks and modes; not the sticky exception flags, which Unicorn keeps unreliably. */
const MXCSR_CONTROL = 0xffc0;
const FLAG_BITS: readonly (readonly [flag: number, bit: number])[] = [
  [Flag.C, Rflags.CF],
  [Flag.P, Rflags.PF],
  [Flag.A, Rflags.AF],
  [Flag.Z, Rflags.ZF],
  [Flag.S, Rflags.SF],
  [Flag.O, Rflags.OF],
];
/** Results that differ from run to run or that the SDM gives only roughly. */
const UNPREDICTABLE = new Set(['rdtsc', 'rdtscp', 'rcpps', 'rcpss', 'rsqrtps', 'rsqrtss']);

/**
 * The first register that differs, as text, or undefined. Where the code leaves a result undefined, `follower` takes over what `leader` has, so
 * that it does not show again later.
 */
export function firstStateDifference(
  leader: CpuState,
  follower: CpuState,
  code: readonly Instruction[],
): string | undefined {
  const { rip } = State;
  if (leader.gpr[rip / 8] !== follower.gpr[rip / 8]) return 'rip';
  if (code.some((instruction) => UNPREDICTABLE.has(instruction.mnemonic))) {
    follower.copyFrom(leader);
    return undefined;
  }
  for (let index = 0; index < 16; index++) if (leader.gpr[index] !== follower.gpr[index]) return GPR_NAMES[index];
  for (const base of ['fsBase', 'gsBase'] as const)
    if (leader.gpr[State[base] / 8] !== follower.gpr[State[base] / 8]) return base;
  return flagDifference(leader, follower, code) ?? floatDifference(leader, follower);
}

/** The common case, without a look at the code: everything that firstStateDifference compares is equal. */
export function sameRegisters(leader: CpuState, follower: CpuState): boolean {
  for (let index = 0; index < COMPARED_WORDS; index++) if (leader.gpr[index] !== follower.gpr[index]) return false;
  return leader.rflags === follower.rflags && floatDifference(leader, follower) === undefined;
}

function flagDifference(leader: CpuState, follower: CpuState, code: readonly Instruction[]): string | undefined {
  const differing = leader.rflags ^ follower.rflags;
  if (differing === 0) return undefined;
  if (differing & ~undefinedFlags(code)) return 'rflags';
  follower.rflags = leader.rflags;
  return undefined;
}

/** Flags that some instruction of the code leaves undefined, or writes only under conditions that make them so. */
function undefinedFlags(code: readonly Instruction[]): number {
  let mask = 0;
  for (const instruction of code) {
    const definition = semanticsOf(instruction.mnemonic);
    if (definition === undefined) continue;
    const set = flagSet(definition.flagsUndefined, instruction);
    for (const [flag, bit] of FLAG_BITS) if (set & flag) mask |= bit;
  }
  return mask;
}

function floatDifference(leader: CpuState, follower: CpuState): string | undefined {
  for (let index = 0; index < 16; index++)
    if (!sameBytes(leader, follower, State.xmm + 32 * index, 16)) return `xmm${index}`;
  for (let index = 0; index < 8; index++)
    if (!sameBytes(leader, follower, State.st + 16 * index, 10)) return `x87 register ${index}`;
  if (!sameBytes(leader, follower, State.fcw, 2)) return 'fcw';
  if (leader.bytes[State.ftw] !== follower.bytes[State.ftw]) return 'ftw';
  const difference = leader.view.getUint32(State.mxcsr, true) ^ follower.view.getUint32(State.mxcsr, true);
  return difference & MXCSR_CONTROL ? 'mxcsr' : undefined;
}

function sameBytes(a: CpuState, b: CpuState, offset: number, length: number): boolean {
  for (let at = offset; at < offset + length; at++) if (a.bytes[at] !== b.bytes[at]) return false;
  return true;
}
