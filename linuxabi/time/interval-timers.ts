/**
 * setitimer's three timers of a process, and alarm. ITIMER_REAL runs on the machine's timer queue; ITIMER_VIRTUAL and ITIMER_PROF
 * count processor time and are looked at when time is charged to a thread. Source: setitimer(2).
 */
import { Timer } from '../../kernel/timer.ts';
import { SIGALRM, SIGPROF, SIGVTALRM } from '../abi/signal.ts';
import { ITIMER_REAL, ITIMER_VIRTUAL } from '../abi/time.ts';
import type { LinuxProcess } from '../process/process.ts';
import { sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';

/** Time left until the next expiry (0: not armed) and the interval (0: once). */
export interface TimerSetting {
  readonly valueNs: number;
  readonly intervalNs: number;
}

const OFF = Infinity;

/** Expiry on the clock that the timer counts. */
interface Armed {
  deadlineNs: number;
  intervalNs: number;
}

export class IntervalTimers {
  readonly #process: LinuxProcess;
  readonly #real: Armed = { deadlineNs: OFF, intervalNs: 0 };
  readonly #virtual: Armed = { deadlineNs: OFF, intervalNs: 0 };
  readonly #profiling: Armed = { deadlineNs: OFF, intervalNs: 0 };
  readonly #timer: Timer;
  /** Whether charging processor time must look at the timers. */
  countsCpuTime = false;

  constructor(process: LinuxProcess) {
    this.#process = process;
    this.#timer = new Timer((nowNs) => this.#realExpired(nowNs));
  }

  get(which: number): TimerSetting {
    const armed = this.#armed(which);
    if (armed.deadlineNs === OFF) return { valueNs: 0, intervalNs: armed.intervalNs };
    return { valueNs: Math.max(1000, armed.deadlineNs - this.#now(which)), intervalNs: armed.intervalNs };
  }

  set(which: number, setting: TimerSetting): void {
    const armed = this.#armed(which);
    armed.intervalNs = setting.intervalNs;
    armed.deadlineNs = setting.valueNs === 0 ? OFF : this.#now(which) + setting.valueNs;
    if (which === ITIMER_REAL) this.#armReal();
    else this.countsCpuTime = this.#virtual.deadlineNs !== OFF || this.#profiling.deadlineNs !== OFF;
  }

  /** Processor time was charged while `countsCpuTime`. */
  checkCpuTime(): void {
    const usage = this.#process.usage();
    if (this.#expire(this.#virtual, usage.userNs)) sendToProcess(this.#process, kernelSignal(SIGVTALRM));
    if (this.#expire(this.#profiling, usage.cpuNs)) sendToProcess(this.#process, kernelSignal(SIGPROF));
  }

  /** The process has ended. */
  dispose(): void {
    this.#process.machine.kernel.timers.cancel(this.#timer);
    this.countsCpuTime = false;
  }

  #armed(which: number): Armed {
    if (which === ITIMER_REAL) return this.#real;
    return which === ITIMER_VIRTUAL ? this.#virtual : this.#profiling;
  }

  #now(which: number): number {
    if (which === ITIMER_REAL) return this.#process.machine.nowNs();
    const usage = this.#process.usage();
    return which === ITIMER_VIRTUAL ? usage.userNs : usage.cpuNs;
  }

  /** True when it was due; it is then armed for the next interval or off. */
  #expire(armed: Armed, nowNs: number): boolean {
    if (nowNs < armed.deadlineNs) return false;
    const { intervalNs } = armed;
    if (intervalNs === 0) armed.deadlineNs = OFF;
    else armed.deadlineNs += Math.ceil((nowNs - armed.deadlineNs + 1) / intervalNs) * intervalNs;
    return true;
  }

  #realExpired(nowNs: number): void {
    if (this.#expire(this.#real, nowNs)) sendToProcess(this.#process, kernelSignal(SIGALRM));
    this.#armReal();
  }

  #armReal(): void {
    const { timers } = this.#process.machine.kernel;
    if (this.#real.deadlineNs === OFF) timers.cancel(this.#timer);
    else timers.arm(this.#timer, this.#real.deadlineNs);
  }
}
