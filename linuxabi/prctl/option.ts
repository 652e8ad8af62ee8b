/** One option of prctl(2): what it does with its first argument and the three others. */
import type { LinuxThread } from '../process/thread.ts';

export type PrctlOption = (
  thread: LinuxThread,
  argument: number,
  others: readonly [third: number, fourth: number, fifth: number],
) => number;

/** Options by number. */
export type PrctlOptions = Readonly<Record<number, PrctlOption>>;

export const allZero = (values: readonly number[]): boolean => values.every((value) => value === 0);
