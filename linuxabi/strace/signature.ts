/** A row of the tables in signatures/: how the arguments of one call are shown, and its result. */
import type { CallView, Show } from './show.ts';

export interface Signature {
  readonly shows: readonly Show[];
  /** The result of a call that succeeded, when it is not a plain number. */
  readonly result?: (call: CallView, result: number) => string;
}

/** By name of the call. */
export type Signatures = Readonly<Record<string, Signature>>;

export const rows = (...shows: readonly Show[]): Signature => ({ shows });
