/**
 * A dispatcher is a thread of execution as the scheduler sees it: something that runs in slices, and parks when it can't
 * go on. What runs inside (a guest thread on a Cpu) is its Runnable; the dispatcher knows nothing of it.
 *
 * States: Ready → Running → Ready (slice over) | Parked (park() during the slice) | Ended (end()); Parked → Ready by
 * unpark(). An unpark() that comes while the slice that parked is still going is not lost: the slice ends Ready.
 */
import type { Waiter } from './wait-queue.ts';

export interface Runnable {
  /** Runs about `fuel` instructions, until the slice's time is over, or until it parks or ends its dispatcher. */
  runSlice(fuel: number): void;
}

/** How urgent; a band runs before all later ones. */
export const Band = { Kernel: 0, Gang: 1, SoftRealTime: 2, TimeShare: 3, Background: 4 } as const;
export type Band = (typeof Band)[keyof typeof Band];

/** Instructions in a nanosecond, as one starts, and as believed at least and at most. */
const FIRST_PACE = 0.1;
const LEAST_PACE = 0.000_1;
const MOST_PACE = 8;
/** A slice gets somewhere, however short. */
const LEAST_FUEL = 100;

/** Weight of a dispatcher that nobody gave one. */
export const NORMAL_WEIGHT = 1024;

export const DispatcherState = { New: 0, Ready: 1, Running: 2, Parked: 3, Ended: 4 } as const;
export type DispatcherState = (typeof DispatcherState)[keyof typeof DispatcherState];

/** The part of a scheduler that dispatchers call. */
export interface DispatcherScheduler {
  ready(dispatcher: Dispatcher): void;
  parked(dispatcher: Dispatcher): void;
  ended(dispatcher: Dispatcher): void;
}

export class Dispatcher implements Waiter {
  readonly id: number;
  readonly runnable: Runnable;
  readonly #scheduler: DispatcherScheduler;
  #state: DispatcherState = DispatcherState.New;
  /** Running, and park() has been called in this slice. */
  #parking = false;
  #pace = FIRST_PACE;
  /** Processor time used: the scheduler's accounting. */
  usedNs = 0;
  /** Processor time used, scaled by the weight it was used at: who has least is next in a fair band. */
  virtualTimeNs = 0;
  /** Taken into account when it next becomes ready. */
  band: Band = Band.TimeShare;
  /** Its share against others of its band. */
  weight = NORMAL_WEIGHT;

  constructor(id: number, runnable: Runnable, scheduler: DispatcherScheduler) {
    this.id = id;
    this.runnable = runnable;
    this.#scheduler = scheduler;
  }

  get state(): DispatcherState {
    return this.#state;
  }

  /** After a slice, before `settle`: the processor time it used, of what it might have used. */
  charge(ns: number, sliceNs: number): void {
    this.usedNs += ns;
    this.virtualTimeNs = this.virtualTimeAfterNs(ns);
    // Too long: slower than thought. Too short though it went on to its end: faster, believed step by step.
    const wentOn = this.#state === DispatcherState.Running && !this.#parking;
    if (ns <= sliceNs && !(wentOn && ns > 0 && ns < sliceNs * 0.75)) return;
    const pace = this.#pace * Math.min(2, sliceNs / ns);
    this.#pace = Math.min(Math.max(pace, LEAST_PACE), MOST_PACE);
  }

  /** What its virtual time is once it has used `ns` more. */
  virtualTimeAfterNs(ns: number): number {
    return this.virtualTimeNs + (ns * NORMAL_WEIGHT) / this.weight;
  }

  /** Makes a new dispatcher runnable. */
  start(): void {
    if (this.#state !== DispatcherState.New) throw new Error(`dispatcher ${this.id} started twice`);
    this.#makeReady();
  }

  /** Not to be run again before unpark(). From inside a slice it takes effect when the slice returns. */
  park(): void {
    if (this.#state === DispatcherState.Running) this.#parking = true;
    else if (this.#state === DispatcherState.New) this.#setParked();
  }

  /** Runnable again; harmless when it is already. */
  unpark(): void {
    if (this.#state === DispatcherState.Running) this.#parking = false;
    else if (this.#state === DispatcherState.Parked) this.#makeReady();
  }

  /** A dispatcher may stand in a wait queue itself. */
  wake(): void {
    this.unpark();
  }

  /** Never run again. */
  end(): void {
    if (this.#state === DispatcherState.Ended) return;
    this.#state = DispatcherState.Ended;
    this.#scheduler.ended(this);
  }

  /** The scheduler's: runs one slice of about this time. */
  dispatch(sliceNs: number): void {
    this.#state = DispatcherState.Running;
    this.#parking = false;
    this.runnable.runSlice(Math.max(LEAST_FUEL, Math.floor(sliceNs * this.#pace)));
  }

  /** The scheduler's, after a slice and its accounting: the dispatcher goes where it then belongs. */
  settle(): void {
    if (this.state === DispatcherState.Ended) return;
    if (this.#parking) this.#setParked();
    else this.#makeReady();
  }

  #makeReady(): void {
    this.#state = DispatcherState.Ready;
    this.#scheduler.ready(this);
  }

  #setParked(): void {
    this.#state = DispatcherState.Parked;
    this.#scheduler.parked(this);
  }
}
