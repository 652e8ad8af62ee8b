/**
 * The interface of scheduling policies: who of those that wait runs next. Implementations: fair (fair-queue.ts), round robin
 * (round-robin-queue.ts); they take each other's place while dispatchers wait (scheduling-policies.ts).
 */
import type { Dispatcher } from './dispatcher.ts';

/** Holds only Ready dispatchers (and, until they surface, some that ended meanwhile). */
export interface RunQueue {
  readonly length: number;
  /** The most urgent band that waits; Infinity when the policy has no bands or nobody waits. */
  readonly mostUrgent: number;
  add(dispatcher: Dispatcher): void;
  /** The one to run now, taken off the queue. */
  take(): Dispatcher | undefined;
}

/** What policies hand over: those who wait, in the order they would run. */
export const WAITING_FORMAT = 'waiting-dispatchers-1';

export interface WaitingState {
  readonly waiting: readonly Dispatcher[];
}

export function waitingState(state: unknown): readonly Dispatcher[] {
  const { waiting } = state as Partial<WaitingState>;
  if (waiting === undefined) throw new Error('not the state of a scheduling policy');
  return waiting;
}
