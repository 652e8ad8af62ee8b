/**
 * The main loop of a kernel: expires timers, runs slices for a few milliseconds, lets the host deliver its input and
 * output, and again; sleeps until the next timer when nothing is runnable. Everything outside (console input, a host
 * file that became readable) enters between turns and wakes a waiter, which makes a dispatcher ready and ends the sleep.
 */
import type { Host, HostAlarm } from './host.ts';
import { ProcessorShare } from './processor-share.ts';
import type { Scheduler } from './scheduler.ts';
import type { TimerQueue } from './timer.ts';

/** Time before the host's events get their turn. */
const TURN_NS = 5_000_000;

/** Throttled: there is something to run, and no processor time for it. */
const LoopState = { Stopped: 0, Scheduled: 1, InTurn: 2, Asleep: 3, Throttled: 4 } as const;
type LoopState = (typeof LoopState)[keyof typeof LoopState];

export class MainLoop {
  readonly #host: Host;
  readonly #timers: TimerQueue;
  readonly #scheduler: Scheduler;
  readonly #share: ProcessorShare;
  #state: LoopState = LoopState.Stopped;
  #alarm: HostAlarm | undefined;
  #failed: (failure: unknown) => void = () => {};
  #finished: () => void = () => {};

  /** `share`: what turns may use of the host's processor. */
  constructor(host: Host, timers: TimerQueue, scheduler: Scheduler, share = new ProcessorShare()) {
    this.#host = host;
    this.#timers = timers;
    this.#scheduler = scheduler;
    this.#share = share;
    scheduler.onReady = () => this.wake();
    timers.onEarlier = () => this.wake();
  }

  /** Runs until stop(); rejects when a kernel invariant broke inside a turn. */
  run(): Promise<void> {
    if (this.#state !== LoopState.Stopped) throw new Error('main loop started twice');
    return new Promise((resolve, reject) => {
      this.#finished = resolve;
      this.#failed = reject;
      this.#schedule();
    });
  }

  stop(): void {
    if (this.#state === LoopState.Stopped) return;
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#state = LoopState.Stopped;
    this.#finished();
  }

  /** Ends a sleep: something is runnable, or an earlier timer has been armed. */
  wake(): void {
    if (this.#state === LoopState.Asleep) this.#schedule();
  }

  #schedule(): void {
    this.#alarm?.cancel();
    this.#alarm = undefined;
    this.#state = LoopState.Scheduled;
    this.#host.defer(this.#turn);
  }

  readonly #turn = (): void => {
    if (this.#state !== LoopState.Scheduled) return;
    if (this.#isThrottled()) return;
    this.#state = LoopState.InTurn;
    try {
      this.#runCharged();
    } catch (failure) {
      this.#state = LoopState.Stopped;
      this.#failed(failure);
      return;
    }
    if (this.#stopped()) return;
    if (this.#scheduler.runnable > 0) this.#schedule();
    else this.#sleep();
  };

  /** Without processor time it sleeps until there is some again; nothing ends that sleep. */
  #isThrottled(): boolean {
    if (!this.#share.isLimited) return false;
    const nowNs = this.#host.nowNs();
    const atNs = this.#share.mayRunAtNs(nowNs);
    if (atNs <= nowNs) return false;
    this.#state = LoopState.Throttled;
    this.#alarm = this.#host.wakeAt(atNs, () => this.#schedule());
    return true;
  }

  #runCharged(): void {
    if (!this.#share.isLimited) return this.#runTurn();
    const usedNs = (): number => this.#host.usedNs?.() ?? this.#host.nowNs();
    const before = usedNs();
    try {
      this.#runTurn();
    } finally {
      this.#share.charge(usedNs() - before);
    }
  }

  /** State may have become Stopped inside the turn. */
  #stopped(): boolean {
    return this.#state === LoopState.Stopped;
  }

  #runTurn(): void {
    const start = this.#host.nowNs();
    let now = start;
    do {
      if (this.#timers.nextDeadlineNs <= now) this.#timers.expire(now);
      if (!this.#scheduler.runNext(this.#timers.nextDeadlineNs) || this.#stopped()) return;
      now = this.#host.nowNs();
    } while (now - start < TURN_NS);
  }

  #sleep(): void {
    this.#state = LoopState.Asleep;
    const deadlineNs = this.#timers.nextDeadlineNs;
    if (deadlineNs !== Infinity) this.#alarm = this.#host.wakeAt(deadlineNs, () => this.wake());
  }
}
