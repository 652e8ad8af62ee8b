/**
 * Routines: code that many instructions share and that is too long to be repeated in each. A routine is written once over
 * RoutineOps; the interpreter's module has one function for each, which handlers and translated regions call (Ops.routine).
 *
 * A routine answers 0 when it refuses: then it has changed nothing, and the evaluator does the instruction. Any other answer means that it is
 * done; what the bits say is the routine's own affair.
 */
import type { Ops, Width } from './ops.ts';

/** Fields of the state block that are not registers, by their names in State, in bits. `x87Words`: fcw, and fsw above it. */
export const STATE_WORD_WIDTHS = {
  fcw: 16,
  fsw: 16,
  ftw: 8,
  fop: 16,
  fip: 64,
  fdp: 64,
  mxcsr: 32,
  x87Words: 32,
} as const;
export type StateWord = keyof typeof STATE_WORD_WIDTHS;

/** An 80-bit value in two parts: 64 bits of significand; sign and exponent, 16 bits, as a value of width 32. */
export interface Extended<V> {
  readonly significand: V;
  readonly signExponent: V;
}

type SharedOperation =
  | ('constant' | 'zeroExtend' | 'signExtend' | 'truncate')
  | ('add' | 'sub' | 'mul' | 'mulHighUnsigned' | 'divideWide' | 'neg')
  | ('and' | 'or' | 'xor' | 'not' | 'shl' | 'shr' | 'clz')
  | ('eq' | 'ne' | 'ltUnsigned' | 'ltSigned' | 'select')
  | ('float' | 'convert');

/** What routines are written in: values as in Ops, and the state that they work on. */
export interface RoutineOps<V> extends Pick<Ops<V>, SharedOperation | 'stateWord'> {
  setStateWord(name: StateWord, value: V): void;
  /** An x87 register by its physical number, a value of width 32. */
  stackRegister(physical: V): Extended<V>;
  setStackRegister(physical: V, value: Extended<V>): void;
  /** A second answer, 64 bits: Ops.routineResult reads it. */
  giveResult(value: V): void;
  /** Values of these widths, computed one way or the other. */
  choose(condition: V, widths: readonly Width[], then: () => readonly V[], otherwise: () => readonly V[]): V[];
  /** Ends the routine with 0. Before the first change. */
  refuseIf(condition: V): void;
}

export interface Routine {
  readonly name: string;
  readonly parameters: readonly (32 | 64)[];
  /** Gives the answer, a value of width 32. */
  readonly body: <V>(ops: RoutineOps<V>, args: readonly V[]) => V;
}
