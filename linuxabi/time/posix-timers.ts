/**
 * timer_create's timers of a process. An expiry queues one signal; a periodic timer starts again when that is taken, and tells with it
 * how many expiries have passed meanwhile. Source: timer_create(2), timer_getoverrun(2), kernel/time/posix-timers.c.
 */
import { Timer } from '../../kernel/timer.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { RLIMIT_SIGPENDING } from '../abi/resource.ts';
import { SI_TIMER } from '../abi/signal.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToProcess, sendToThread } from '../signal/send.ts';
import type { SignalInfo, SignalNotice } from '../signal/siginfo.ts';

export interface TimerTarget {
  /** 0: no notification. */
  readonly signal: number;
  readonly value: bigint;
  /** SIGEV_THREAD_ID: this thread only. */
  readonly thread: LinuxThread | undefined;
}

/** What a timer runs on. */
export interface TimerClock {
  /** As timer_create got it. */
  readonly id: number;
  /** Processor time: looked at when it is charged. Otherwise the machine's monotonic time. */
  readonly kind: 'cpu' | 'monotonic';
  nowNs(): number;
}

const DELAYTIMER_MAX = 0x7fffffff;

export class PosixTimer implements SignalNotice {
  readonly id: number;
  readonly clock: TimerClock;
  readonly #process: LinuxProcess;
  readonly #target: TimerTarget;
  readonly #timer: Timer;
  /** When it expires next, or the expiry that its signal waits to tell of. */
  #deadlineNs = Infinity;
  #isQueued = false;
  intervalNs = 0;
  /** Overruns of the notification taken last. */
  overrun = 0;

  constructor(process: LinuxProcess, id: number, clock: TimerClock, target: TimerTarget) {
    this.id = id;
    this.clock = clock;
    this.#process = process;
    this.#target = target;
    this.#timer = new Timer(() => this.#expired());
  }

  get isArmed(): boolean {
    return this.#deadlineNs !== Infinity;
  }

  /** Time left, 0 when it is not armed or has expired for good. */
  get leftNs(): number {
    if (!this.isArmed) return 0;
    const leftNs = this.#deadlineNs - this.clock.nowNs();
    if (leftNs > 0) return leftNs;
    if (this.intervalNs > 0) return this.intervalNs - (-leftNs % this.intervalNs);
    return this.#target.signal === 0 ? 0 : 1;
  }

  /** As /proc/PID/timers shows it. Source: fs/proc/base.c, show_timer. */
  describe() {
    const { signal, value, thread } = this.#target;
    const whom = thread === undefined ? `pid.${this.#process.pid}` : `tid.${thread.tid}`;
    const notify = `${signal === 0 ? 'none' : 'signal'}/${whom}`;
    return { id: this.id, signal, valueHex: value.toString(16).padStart(16, '0'), notify, clock: this.clock.id };
  }

  /** On the timer's clock; Infinity disarms. */
  arm(deadlineNs: number, intervalNs: number): void {
    this.#deadlineNs = deadlineNs;
    this.intervalNs = intervalNs;
    this.#isQueued = false;
    this.overrun = 0;
    this.#start();
  }

  /** Processor time was charged. */
  check(): void {
    if (this.isArmed && !this.#isQueued && this.clock.nowNs() >= this.#deadlineNs) this.#expired();
  }

  #start(): void {
    if (this.clock.kind === 'cpu') return;
    const { timers } = this.#process.machine.kernel;
    if (this.isArmed) timers.arm(this.#timer, this.#deadlineNs);
    else timers.cancel(this.#timer);
  }

  #expired(): void {
    const { signal, value, thread } = this.#target;
    // Without a notification there is only the time left, which says it all.
    if (signal === 0) return;
    const info: SignalInfo = { signal, code: SI_TIMER, timerId: this.id, overrun: 0, value, notice: this };
    if (thread === undefined) sendToProcess(this.#process, info);
    else if (!thread.ended) sendToThread(thread, info);
    if (!this.#isQueued) this.#goOn();
  }

  queued(): void {
    this.#isQueued = true;
  }

  taken(info: SignalInfo): void {
    if (!this.#isQueued) return;
    info.overrun = this.#goOn();
    this.overrun = info.overrun;
  }

  /** To the next expiry; answers how many have been missed. */
  #goOn(): number {
    this.#isQueued = false;
    const { intervalNs } = this;
    let missed = 0;
    if (intervalNs > 0) {
      missed = Math.max(0, Math.floor((this.clock.nowNs() - this.#deadlineNs) / intervalNs));
      this.#deadlineNs += (missed + 1) * intervalNs;
    } else {
      this.#deadlineNs = Infinity;
    }
    this.#start();
    return Math.min(missed, DELAYTIMER_MAX);
  }
}

export class PosixTimers {
  readonly #process: LinuxProcess;
  /** With who pays for each. */
  readonly #timers = new Map<number, { readonly timer: PosixTimer; readonly uid: number }>();
  readonly #onCpuTime = new Set<PosixTimer>();
  /** Threads that sleep until so much processor time is used. */
  readonly cpuTimePassed = new WaitQueue();
  #sleepers = 0;
  #nextId = 0;

  constructor(process: LinuxProcess) {
    this.#process = process;
  }

  /** Undefined where the user has as many timers and signals as allowed. */
  create(clock: TimerClock, target: (id: number) => TimerTarget): PosixTimer | undefined {
    const { machine, credentials, limits } = this.#process;
    const { uid } = credentials;
    if (!machine.bounds.signalAccount.take(uid, limits.soft(RLIMIT_SIGPENDING))) return undefined;
    const id = this.#nextId++;
    const timer = new PosixTimer(this.#process, id, clock, target(id));
    this.#timers.set(id, { timer, uid });
    if (clock.kind === 'cpu') this.#onCpuTime.add(timer);
    return timer;
  }

  list() {
    return [...this.#timers.values()].map(({ timer }) => timer.describe());
  }

  get(id: number): PosixTimer | undefined {
    return this.#timers.get(id)?.timer;
  }

  delete(id: number): boolean {
    const made = this.#timers.get(id);
    if (made === undefined) return false;
    made.timer.arm(Infinity, 0);
    this.#timers.delete(id);
    this.#onCpuTime.delete(made.timer);
    this.#process.machine.bounds.signalAccount.giveBack(made.uid);
    return true;
  }

  /** A thread begins (1) or ends (−1) to sleep on processor time. */
  sleeps(change: 1 | -1): void {
    this.#sleepers += change;
  }

  /** Whether charging processor time must look at the timers. */
  get countsCpuTime(): boolean {
    return this.#onCpuTime.size > 0 || this.#sleepers > 0;
  }

  /** Processor time was charged while `countsCpuTime`. */
  checkCpuTime(): void {
    for (const timer of this.#onCpuTime) timer.check();
    this.cpuTimePassed.wake();
  }

  /** execve and exit delete them all. */
  dispose(): void {
    for (const id of this.#timers.keys()) this.delete(id);
  }
}
