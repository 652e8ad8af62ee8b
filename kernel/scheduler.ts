/**
 * The scheduler: decides which dispatcher runs next, and accounts for the time used. The order is a policy behind the
 * RunQueue interface (fair-queue.ts; round robin below), which can be exchanged between two slices.
 *
 * Hand-off: when a slice wakes someone and then parks, the woken one goes next, in place of the one that waits for it. A
 * chain of hand-offs may last one slice's time, and never passes a more urgent band.
 */
import { Activities } from './activities.ts';
import { Dispatcher, DispatcherState } from './dispatcher.ts';
import type { DispatcherScheduler, Runnable } from './dispatcher.ts';
import { FairQueue } from './fair-queue.ts';
import type { Trace } from './trace/trace.ts';

/** How long hand-offs may go on before the queue is asked again. */
const HAND_OFF_LIMIT_NS = 2_000_000;

export interface SchedulerOptions {
  readonly queue?: RunQueue;
  /** The clock that slices are measured with. */
  readonly nowNs?: () => number;
  /** Each slice is one. */
  readonly activities?: Activities;
}

/** A scheduling policy. Holds only Ready dispatchers (and, until they surface, some that ended meanwhile). */
export interface RunQueue {
  readonly length: number;
  /** The most urgent band that waits; Infinity when the policy has no bands or nobody waits. */
  readonly mostUrgent: number;
  add(dispatcher: Dispatcher): void;
  /** The one to run now, taken off the queue. */
  take(): Dispatcher | undefined;
}

/** First come, first served: a ring buffer that grows. */
export class RoundRobinQueue implements RunQueue {
  #ring: (Dispatcher | undefined)[] = Array.from({ length: 64 });
  #first = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get mostUrgent(): number {
    return Infinity;
  }

  add(dispatcher: Dispatcher): void {
    const size = this.#ring.length;
    if (this.#length === size) {
      const ordered = this.#ring.slice(this.#first).concat(this.#ring.slice(0, this.#first));
      ordered.length = size * 2;
      this.#ring = ordered;
      this.#first = 0;
    }
    this.#ring[(this.#first + this.#length++) & (this.#ring.length - 1)] = dispatcher;
  }

  take(): Dispatcher | undefined {
    if (this.#length === 0) return undefined;
    const dispatcher = this.#ring[this.#first];
    this.#ring[this.#first] = undefined;
    this.#first = (this.#first + 1) & (this.#ring.length - 1);
    this.#length--;
    return dispatcher;
  }
}

export class Scheduler implements DispatcherScheduler {
  #queue: RunQueue;
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
  /** Told when something became runnable: the main loop, to end its sleep. */
  onReady: () => void = () => {};

  constructor(trace: Trace, options: SchedulerOptions = {}) {
    this.#trace = trace;
    this.#queue = options.queue ?? new FairQueue();
    this.#nowNs = options.nowNs ?? (() => 0);
    this.#activities = options.activities ?? new Activities();
  }

  createDispatcher(runnable: Runnable): Dispatcher {
    const dispatcher = new Dispatcher(++this.#lastId, runnable, this);
    this.#live.add(dispatcher);
    return dispatcher;
  }

  /** Every dispatcher not ended: runnable or not. */
  get live(): ReadonlySet<Dispatcher> {
    return this.#live;
  }

  get runnable(): number {
    return this.#queue.length + (this.#handedTo === undefined ? 0 : 1) + (this.#woken === undefined ? 0 : 1);
  }

  /** Another policy takes over with everybody who waits. */
  usePolicy(queue: RunQueue): void {
    for (let waiting = this.#queue.take(); waiting !== undefined; waiting = this.#queue.take()) queue.add(waiting);
    this.#queue = queue;
  }

  /** Runs one slice of the next dispatcher; false when nothing is runnable. */
  runNext(fuel: number): boolean {
    for (;;) {
      const dispatcher = this.#next();
      if (dispatcher === undefined) return false;
      if (dispatcher.state !== DispatcherState.Ready) continue;
      this.#trace.dispatch(dispatcher.id, this.#queue.length);
      this.#runSlice(dispatcher, fuel);
      return true;
    }
  }

  #next(): Dispatcher | undefined {
    const next = this.#handedTo;
    this.#handedTo = undefined;
    if (next === undefined) {
      this.#chainNs = 0;
      return this.#queue.take();
    }
    return next;
  }

  #runSlice(dispatcher: Dispatcher, fuel: number): void {
    const startNs = this.#nowNs();
    const generation = this.#activities.enter();
    this.#running = dispatcher;
    try {
      dispatcher.dispatch(fuel);
    } finally {
      this.#running = undefined;
      this.#activities.leave(generation);
      const usedNs = this.#nowNs() - startNs;
      dispatcher.charge(usedNs);
      this.#chainNs += usedNs;
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
      woken.band <= this.#queue.mostUrgent;
    if (may) this.#handedTo = woken;
    else this.#queue.add(woken);
  }

  ready(dispatcher: Dispatcher): void {
    this.#trace.unpark(dispatcher.id);
    if (this.#running === undefined) this.#queue.add(dispatcher);
    else {
      if (this.#woken !== undefined) this.#queue.add(this.#woken);
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
