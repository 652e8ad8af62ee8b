/**
 * The scheduler: decides which dispatcher runs next. Round-robin over one run queue (see README, Provisional); the
 * policy is behind the RunQueue interface so that another can take its place.
 */
import { Dispatcher, DispatcherState } from './dispatcher.ts';
import type { DispatcherScheduler, Runnable } from './dispatcher.ts';
import type { Trace } from './trace/trace.ts';

/** A scheduling policy. Holds only Ready dispatchers (and, until they surface, some that ended meanwhile). */
export interface RunQueue {
  readonly length: number;
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
  readonly #queue: RunQueue;
  readonly #trace: Trace;
  readonly #live = new Set<Dispatcher>();
  #lastId = 0;
  /** Told when something became runnable: the main loop, to end its sleep. */
  onReady: () => void = () => {};

  constructor(trace: Trace, queue: RunQueue = new RoundRobinQueue()) {
    this.#trace = trace;
    this.#queue = queue;
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
    return this.#queue.length;
  }

  /** Runs one slice of the next dispatcher; false when nothing is runnable. */
  runNext(fuel: number): boolean {
    for (;;) {
      const dispatcher = this.#queue.take();
      if (dispatcher === undefined) return false;
      if (dispatcher.state !== DispatcherState.Ready) continue;
      this.#trace.dispatch(dispatcher.id, this.#queue.length);
      dispatcher.dispatch(fuel);
      return true;
    }
  }

  ready(dispatcher: Dispatcher): void {
    this.#trace.unpark(dispatcher.id);
    this.#queue.add(dispatcher);
    this.onReady();
  }

  parked(dispatcher: Dispatcher): void {
    this.#trace.park(dispatcher.id);
  }

  ended(dispatcher: Dispatcher): void {
    this.#live.delete(dispatcher);
  }
}
