/**
 * timer_create's timers of a process. An expiry queues one signal; further expiries before it is taken only count as overruns.
 * Source: timer_create(2), timer_getoverrun(2), kernel/time/posix-timers.c.
 */
import { Timer } from '../../kernel/timer.ts';
import { SI_TIMER } from '../abi/signal.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToProcess, sendToThread } from '../signal/send.ts';
import type { SignalInfo } from '../signal/siginfo.ts';

export interface TimerTarget {
  /** 0: no notification. */
  readonly signal: number;
  readonly value: bigint;
  /** SIGEV_THREAD_ID: this thread only. */
  readonly thread: LinuxThread | undefined;
}

export class PosixTimer {
  readonly id: number;
  readonly clock: number;
  readonly #process: LinuxProcess;
  readonly #target: TimerTarget;
  readonly #timer: Timer;
  #deadlineNs = Infinity;
  intervalNs = 0;
  /** Overruns of the notification sent last. */
  overrun = 0;

  constructor(process: LinuxProcess, id: number, clock: number, target: TimerTarget) {
    this.id = id;
    this.clock = clock;
    this.#process = process;
    this.#target = target;
    this.#timer = new Timer((nowNs) => this.#expired(nowNs));
  }

  /** Time left, 0 when it is not armed. */
  get leftNs(): number {
    if (this.#deadlineNs === Infinity) return 0;
    return Math.max(1, this.#deadlineNs - this.#process.machine.nowNs());
  }

  /** As /proc/PID/timers shows it. Source: fs/proc/base.c, show_timer. */
  describe() {
    const { signal, value, thread } = this.#target;
    const whom = thread === undefined ? `pid.${this.#process.pid}` : `tid.${thread.tid}`;
    const notify = `${signal === 0 ? 'none' : 'signal'}/${whom}`;
    return { id: this.id, signal, valueHex: value.toString(16).padStart(16, '0'), notify, clock: this.clock };
  }

  /** Infinity disarms. */
  arm(deadlineNs: number, intervalNs: number): void {
    this.#deadlineNs = deadlineNs;
    this.intervalNs = intervalNs;
    const { timers } = this.#process.machine.kernel;
    if (deadlineNs === Infinity) timers.cancel(this.#timer);
    else timers.arm(this.#timer, deadlineNs);
  }

  #expired(nowNs: number): void {
    let missed = 0;
    if (this.intervalNs > 0) {
      missed = Math.floor((nowNs - this.#deadlineNs) / this.intervalNs);
      this.#deadlineNs += (missed + 1) * this.intervalNs;
      this.#process.machine.kernel.timers.arm(this.#timer, this.#deadlineNs);
    } else {
      this.#deadlineNs = Infinity;
    }
    this.overrun = missed;
    this.#notify(missed);
  }

  #notify(overrun: number): void {
    const { signal, value, thread } = this.#target;
    if (signal === 0) return;
    const info: SignalInfo = { signal, code: SI_TIMER, timerId: this.id, overrun, value };
    if (thread === undefined) sendToProcess(this.#process, info);
    else if (!thread.ended) sendToThread(thread, info);
  }
}

export class PosixTimers {
  readonly #process: LinuxProcess;
  readonly #timers = new Map<number, PosixTimer>();
  #nextId = 0;

  constructor(process: LinuxProcess) {
    this.#process = process;
  }

  create(clock: number, target: (id: number) => TimerTarget): PosixTimer {
    const id = this.#nextId++;
    const timer = new PosixTimer(this.#process, id, clock, target(id));
    this.#timers.set(id, timer);
    return timer;
  }

  list() {
    return [...this.#timers.values()].map((timer) => timer.describe());
  }

  get(id: number): PosixTimer | undefined {
    return this.#timers.get(id);
  }

  delete(id: number): boolean {
    this.#timers.get(id)?.arm(Infinity, 0);
    return this.#timers.delete(id);
  }

  /** execve and exit delete them all. */
  dispose(): void {
    for (const timer of this.#timers.values()) timer.arm(Infinity, 0);
    this.#timers.clear();
  }
}
