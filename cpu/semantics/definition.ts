/**
 * What the table knows of an instruction besides its semantics: the flags it reads and writes, as data for liveness, and
 * how it leaves. `define` fills in what is usual; the families' files list their definitions with it.
 */
import type { Instruction, Operand } from '../x86/instruction.ts';
import { Flag, type Semantics } from './ops.ts';

/** A mask of Flag bits, or a rule that gives it from the instruction's shape and immediates. */
export type FlagSet = number | ((instruction: Instruction) => number);

/** How control goes on after an instruction. Everything but Next ends a straight-line block. */
export const Control = {
  Next: 0,
  /** Always to another place: jmp. */
  Jump: 1,
  /** To its relative target or on: jcc, loop, jrcxz. */
  Branch: 2,
  Call: 3,
  Return: 4,
  /** Always traps: syscall, int3, ud, hlt. */
  Trap: 5,
  /** A repeated string instruction: to itself or on. */
  Repeat: 6,
} as const;
export type Control = (typeof Control)[keyof typeof Control];

export interface Definition {
  readonly semantics: Semantics;
  /** Flags whose value before the instruction matters. */
  readonly flagsRead: FlagSet;
  /** Flags that always have a new value afterwards, the undefined ones included: their old value is dead. */
  readonly flagsWritten: FlagSet;
  /** Flags that may or may not have a new value afterwards (shift by cl: none when the count is 0). Disjoint from flagsWritten. */
  readonly flagsMaybeWritten: FlagSet;
  /** Flags among those written whose value the SDM leaves undefined; comparisons with real processors mask them. */
  readonly flagsUndefined: FlagSet;
  readonly control: Control | ((instruction: Instruction) => Control);
  /** Compiled back ends do not translate it: they leave with precise state and the evaluator executes it. */
  readonly evaluateOnly: boolean;
}

export const ALL_FLAGS = Flag.C | Flag.P | Flag.A | Flag.Z | Flag.S | Flag.O;

export type Definitions = Readonly<Record<string, Definition>>;

export function define(semantics: Semantics, extra: Partial<Omit<Definition, 'semantics'>> = {}): Definition {
  return {
    semantics,
    flagsRead: 0,
    flagsWritten: 0,
    flagsMaybeWritten: 0,
    flagsUndefined: 0,
    control: Control.Next,
    evaluateOnly: false,
    ...extra,
  };
}

export function flagSet(set: FlagSet, instruction: Instruction): number {
  return typeof set === 'number' ? set : set(instruction);
}

export function controlOf(definition: Definition, instruction: Instruction): Control {
  return typeof definition.control === 'number' ? definition.control : definition.control(instruction);
}

/** Flags each pair of condition codes reads, by code >> 1. Source: SDM vol. 1, appendix B.1. */
const CONDITION_FLAGS = [
  Flag.O,
  Flag.C,
  Flag.Z,
  Flag.C | Flag.Z,
  Flag.S,
  Flag.P,
  Flag.S | Flag.O,
  Flag.Z | Flag.S | Flag.O,
] as const;

export function conditionFlags(instruction: Instruction): number {
  return CONDITION_FLAGS[instruction.condition >> 1]!;
}

/** Operand `index`, which the decoder guarantees. */
export function operand(instruction: Instruction, index: number): Operand {
  const found = instruction.operands[index];
  if (found === undefined) throw new Error(`${instruction.mnemonic}: operand ${index} is missing`);
  return found;
}
