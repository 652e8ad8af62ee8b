/**
 * The room an adapter works in. Every call into it goes through `call`, which turns a failure of the adapter's (an exception, more
 * work than its budget, more memory than its allowance) into an errno for that one caller, traces it, and makes the adapter anew.
 *
 * JavaScript can't be stopped from outside without a watchdog thread (node:vm with a time-out: 90–150 µs a call, a hundred
 * times the call itself), so work is metered where an adapter meets the machine: every capability and every step of a walk
 * over many things pays. That an adapter has no loop that does not pay is checked from its source (adapter-rules.test.ts).
 */
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import type { LinuxTrace } from '../trace-events.ts';
import { EIO, ENOMEM } from '../abi/errno.ts';

/** Why a call failed; also in the trace. */
export const SandboxFailure = { Exception: 1, Budget: 2, Memory: 3 } as const;
export type SandboxFailure = (typeof SandboxFailure)[keyof typeof SandboxFailure];

/** Steps of one call: more than any honest one takes (smaps of 4 GiB in pages is 1 M). */
const BUDGET_STEPS = 8_000_000;
/** Bytes that one call may make. */
const ALLOWANCE_BYTES = 64 * 2 ** 20;

class Overspent extends Error {
  override name = 'Overspent';
  readonly failure: SandboxFailure;

  constructor(failure: SandboxFailure) {
    super(failure === SandboxFailure.Budget ? 'more work than one call may do' : 'more memory than one call may take');
    this.failure = failure;
  }
}

/** What is left of a call's budget and allowance. */
export class CallMeter {
  #steps = 0;
  #bytes = 0;

  refill(): void {
    this.#steps = BUDGET_STEPS;
    this.#bytes = ALLOWANCE_BYTES;
  }

  spend(units: number): void {
    this.#steps -= units;
    if (this.#steps < 0) throw new Overspent(SandboxFailure.Budget);
  }

  /** As many rounds as are paid for. */
  *rounds(): Generator<void> {
    for (;;) {
      this.spend(1);
      yield;
    }
  }

  charge(bytes: number): void {
    this.#bytes -= bytes;
    if (this.#bytes < 0) throw new Overspent(SandboxFailure.Memory);
  }
}

export interface SandboxOptions<A> {
  readonly name: string;
  /** In the trace. */
  readonly id: number;
  readonly meter: CallMeter;
  /** A fresh adapter, at the start and after each failure. */
  readonly make: () => A;
  /**
   * What a call has left to be done for others (sleepers that can go on now), carried out after it as a call of its own: the caller's result stands
   * whatever happens here. Does nothing when nothing is owed; what it could not do stays owed.
   */
  readonly settle?: (adapter: A) => void;
  readonly trace: LinuxTrace;
  readonly log: (line: string) => void;
}

export class Sandbox<A> {
  readonly #options: SandboxOptions<A>;
  #adapter: A;
  #depth = 0;
  #restarts = 0;

  constructor(options: SandboxOptions<A>) {
    this.#options = options;
    this.#adapter = options.make();
  }

  /** How often it had to be made anew. */
  get restarts(): number {
    return this.#restarts;
  }

  /** What the step answers; −errno when the adapter failed. */
  call<T>(step: (adapter: A) => T): T | number {
    const answer = this.#attempt(step);
    const { settle } = this.#options;
    if (settle !== undefined && this.#depth === 0) this.#twice(settle);
    return answer;
  }

  /** For an event that has happened and can't be refused (a task's end): when the adapter fails, the fresh one is told once more. */
  tell(step: (adapter: A) => void): void {
    this.#twice(step);
    if (this.#depth === 0 && this.#options.settle !== undefined) this.#twice(this.#options.settle);
  }

  #twice(step: (adapter: A) => void): void {
    const before = this.#restarts;
    this.#attempt(step);
    if (this.#restarts !== before) this.#attempt(step);
  }

  #attempt<T>(step: (adapter: A) => T): T | number {
    if (this.#depth === 0) this.#options.meter.refill();
    this.#depth++;
    try {
      return step(this.#adapter);
    } catch (failure) {
      // The guest's own bad address, not the adapter's fault.
      if (failure instanceof GuestFault) throw failure;
      return this.#failed(failure);
    } finally {
      this.#depth--;
    }
  }

  #failed(failure: unknown): number {
    const { name, id, trace, log, make } = this.#options;
    const reason = failure instanceof Overspent ? failure.failure : SandboxFailure.Exception;
    this.#restarts++;
    trace.adapterFailed(id, reason, this.#restarts);
    log(`${name} failed and was started again: ${failure instanceof Error ? failure.message : String(failure)}`);
    this.#adapter = make();
    return reason === SandboxFailure.Memory ? -ENOMEM : -EIO;
  }
}
