/**
 * The scheduler: decides which dispatcher runs next and for how long, and accounts for the time used. The order is a policy
 * behind the RunQueue interface (run-queue.ts), reached by a reference: another one can take over between two slices.
 *
 * A slice is a time. A Cpu counts instructions, so each dispatcher's fuel follows from how long its slices took
 * (`Dispatcher.charge`), and whoever gets between instructions, a fault handler or a system call, asks `isSliceOver`.
 *
 * Hand-off: when a slice wakes someone and then parks, the woken one goes next, in place of the one that waits for it. A
 * chain of hand-offs may last one slice's time, and never passes a more urgent band.
 */
import { Activities } from './activities.ts';
import { Dispatcher, DispatcherState } from './dispatcher.ts';
import type { DispatcherScheduler, Runnable } from './dispatcher.ts';
import { deref } from './reference.ts';
import type { Reference } from './reference.ts';
import type { RunQueue } from './run-queue.ts';
import type { Trace } from './trace/trace.ts';

/** How long hand-offs may go on before the queue is asked again. */
const HAND_OFF_LIMIT_NS = 2_000_000;

/** How long a dispatcher runs before the policy is asked again. */
export const SLICE_NS = 1_000_000;
/** However soon the next timer is due: a shorter slice is mostly switching. */
const LEAST_SLICE_NS = 50_000;

export interface SchedulerOptions {
  readonly policy: Reference<RunQueue>;
  /** The clock that slices are measured with. */
  readonly nowNs?: () => number;
  /** Each slice is one. */
  readonly activities?: Activities;
}

export class Scheduler implements DispatcherScheduler {
  readonly policy: Reference<RunQueue>;
  readonly #trace: Trace;
  readonly #nowNs: () => number;
  readonly #activities: Activities;
  readonly #live = new Set<Dispatcher>();
  #lastId = 0;
  #running: Dispatcher | undefined;
  /** Woken last by the slice that runs: goes next if the slice parks. */
  #woken: Dispatcher | undefined;
  /** Goes next, ahead of the queue. */
  #handedTo: Dispatcher | undefined;
  #chainNs = 0;
  #busyNs = 0;
  #sliceStartedNs = 0;
  #sliceEndsNs = 0;
  /** Told when something became runnable: the main loop, to end its sleep. */
  onReady: () => void = () => {};

  /** Holds the policy from now on. */
  constructor(trace: Trace, options: SchedulerOptions) {
    this.#trace = trace;
    this.policy = options.policy;
    this.#nowNs = options.nowNs ?? (() => 0);
    this.#activities = options.activities ?? new Activities();
  }

  /** The new one goes on from its maker's virtual time: a chain of those that make the next one and end has no more than one share. */
  createDispatcher(runnable: Runnable): Dispatcher {
    const dispatcher = new Dispatcher(++this.#lastId, runnable, this);
    dispatcher.virtualTimeNs = this.#running?.virtualTimeAfterNs(this.#nowNs() - this.#sliceStartedNs) ?? 0;
    this.#live.add(dispatcher);
    return dispatcher;
  }

  /** Every dispatcher not ended: runnable or not. */
  get live(): ReadonlySet<Dispatcher> {
    return this.#live;
  }

  get runnable(): number {
    return deref(this.policy).length + (this.#handedTo === undefined ? 0 : 1) + (this.#woken === undefined ? 0 : 1);
  }

  /** Processor time of all slices so far, of those too who have ended. */
  get busyNs(): number {
    return this.#busyNs;
  }

  /** When the slice that runs has had its time. */
  get sliceEndsNs(): number {
    return this.#sliceEndsNs;
  }

  isSliceOver(): boolean {
    return this.#nowNs() >= this.#sliceEndsNs;
  }

  /** Runs one slice of the next dispatcher, not longer than until `deadlineNs`; false when nothing is runnable. */
  runNext(deadlineNs = Infinity): boolean {
    for (;;) {
      const dispatcher = this.#next();
      if (dispatcher === undefined) return false;
      if (dispatcher.state !== DispatcherState.Ready) continue;
      this.#trace.dispatch(dispatcher.id, deref(this.policy).length);
      this.#runSlice(dispatcher, deadlineNs);
      return true;
    }
  }

  #next(): Dispatcher | undefined {
    const next = this.#handedTo;
    this.#handedTo = undefined;
    if (next === undefined) {
      this.#chainNs = 0;
      return deref(this.policy).take();
    }
    return next;
  }

  #runSlice(dispatcher: Dispatcher, deadlineNs: number): void {
    const startNs = this.#nowNs();
    const sliceNs = Math.min(Math.max(deadlineNs - startNs, LEAST_SLICE_NS), SLICE_NS);
    this.#sliceStartedNs = startNs;
    this.#sliceEndsNs = startNs + sliceNs;
    const generation = this.#activities.enter();
    this.#running = dispatcher;
    try {
      dispatcher.dispatch(sliceNs);
    } finally {
      this.#running = undefined;
      this.#activities.leave(generation);
      const usedNs = this.#nowNs() - startNs;
      dispatcher.charge(usedNs, sliceNs);
      this.#chainNs += usedNs;
      this.#busyNs += usedNs;
      dispatcher.settle();
      this.#placeWoken(dispatcher);
    }
  }

  /** Who was woken last goes next when the waker waits now; otherwise into the queue as everybody. */
  #placeWoken(waker: Dispatcher): void {
    const woken = this.#woken;
    this.#woken = undefined;
    if (woken === undefined) return;
    const may =
      waker.state === DispatcherState.Parked &&
      this.#chainNs < HAND_OFF_LIMIT_NS &&
      woken.band <= waker.band &&
      woken.band <= deref(this.policy).mostUrgent;
    if (may) this.#handedTo = woken;
    else deref(this.policy).add(woken);
  }

  ready(dispatcher: Dispatcher): void {
    this.#trace.unpark(dispatcher.id);
    if (this.#running === undefined) deref(this.policy).add(dispatcher);
    else {
      if (this.#woken !== undefined) deref(this.policy).add(this.#woken);
      this.#woken = dispatcher;
    }
    this.onReady();
  }

  parked(dispatcher: Dispatcher): void {
    this.#trace.park(dispatcher.id);
  }

  ended(dispatcher: Dispatcher): void {
    this.#live.delete(dispatcher);
  }
}
