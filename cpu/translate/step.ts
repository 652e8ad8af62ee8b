/** One guest instruction translated: what it does, and how control leaves it. */
import type { Instruction } from '../x86/instruction.ts';
import type { FlagSources } from './flag-sources.ts';
import type { Effect, Node } from './ir.ts';
import type { OpenNumber } from './number-chains.ts';

export const LeaveKind = { Next: 0, Jump: 1, Branch: 2, Call: 3, Return: 4, Trap: 5, Single: 6 } as const;
export type LeaveKind = (typeof LeaveKind)[keyof typeof LeaveKind];

/** How control leaves an instruction. */
export interface Leave {
  readonly kind: LeaveKind;
  /** Jump, Branch, Call, Return: where to. */
  readonly target?: Node;
  /** Branch. */
  readonly condition?: Node;
  /** Trap: the code; RIP is then past the instruction. */
  readonly trap?: number;
}

/** One instruction translated. */
export interface Step {
  readonly instruction: Instruction;
  readonly effects: Effect[];
  readonly writes: ReadonlyMap<number, Node>;
  readonly leave: Leave;
  /** Sources of the flags before this instruction: for an exit in it. */
  readonly flagsBefore: FlagSources;
  /** A register that is not settled before this instruction. */
  readonly openBefore: OpenNumber | undefined;
}

export const NEXT: Leave = { kind: LeaveKind.Next };

/** What an arm of `when` changes apart from its surroundings. */
export interface Context {
  readonly effects: Effect[];
  readonly writes: Map<number, Node>;
  flags: FlagSources;
  leave: Leave;
}

/** Of an instruction of which nothing is known yet but the flags before it. */
export function emptyContext(flags: FlagSources): Context {
  return { effects: [], writes: new Map(), flags, leave: NEXT };
}
