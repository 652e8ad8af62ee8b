/**
 * A Linux thread (task): its Cpu, its wait, its signal mask, and what exit must clean up. How a slice runs is in
 * execution.ts; the process it belongs to is in process.ts.
 */
import type { Cpu } from '../../cpu/engine.ts';
import type { GuestMemory } from '../../cpu/memory/guest-memory.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import type { Dispatcher, Runnable } from '../../kernel/dispatcher.ts';
import { SIGKILL, SIGSTOP } from '../abi/signal.ts';
import { Restart } from '../blocking.ts';
import type { ParkedWait } from '../blocking.ts';
import type { Machine } from '../machine.ts';
import type { Tracee } from '../ptrace/tracee.ts';
import { PendingSignals } from '../signal/pending.ts';
import { hasSignalWork, isKilled, retargetSignals } from '../signal/send.ts';
import { ThreadScheduling } from '../scheduling/thread-scheduling.ts';
import { SECCOMP_MODE_FILTER } from '../abi/seccomp.ts';
import type { Seccomp } from '../seccomp/filter.ts';
import { SignalSet } from '../signal/signal-set.ts';
import { runSlice } from './execution.ts';
import type { LinuxProcess } from './process.ts';
import { CpuMeter } from './cpu-meter.ts';
import { Usage } from './usage.ts';

/** Alternate signal stack. Source: sigaltstack(2). */
export interface AlternateStack {
  readonly base: number;
  readonly size: number;
  readonly flags: number;
}

/** The signal state of one thread. */
export class ThreadSignals {
  readonly mask = new SignalSet();
  readonly pending = new PendingSignals();
  /** To be put back after a handler that interrupted sigsuspend, ppoll or pselect. */
  savedMask: SignalSet | undefined;
  alternateStack: AlternateStack | undefined;
}

/** Restartable sequences: the area registered with rseq(2). */
export interface RseqArea {
  readonly address: number;
  readonly length: number;
  readonly signature: number;
}

/** The last fault, as signal frames show it. */
export interface FaultRecord {
  readonly trapNumber: number;
  readonly errorCode: number;
  readonly address: number;
}

const UNBLOCKABLE = SignalSet.of(SIGKILL, SIGSTOP);

export class LinuxThread implements Runnable {
  readonly machine: Machine;
  readonly process: LinuxProcess;
  /** Becomes the process's pid when a thread other than the leader calls execve. */
  tid: number;
  /** A new one after execve. */
  cpu: Cpu;
  readonly dispatcher: Dispatcher;
  readonly scheduling: ThreadScheduling;
  /** comm: at most 15 bytes. Source: prctl(2), PR_SET_NAME. */
  name: ByteString;
  readonly signals = new ThreadSignals();
  /** As of the last reading of the clock: see usedSoFar. */
  readonly usage = new Usage();
  readonly meter = new CpuMeter(this.usage);
  readonly startTimeNs: number;

  /** The wait it is parked on. */
  wait: ParkedWait | undefined;
  /** The syscall being carried out, for restarts; −1 outside of one. */
  syscallNumber = -1;
  /** How restart_syscall goes on. */
  restartBlock: (() => number) | undefined;
  /** sched_yield: the slice ends with this call. */
  yielding = false;
  /** It has ended; its Cpu is gone. */
  ended = false;

  /** Cleared, and woken as a futex, on exit. Source: set_tid_address(2). */
  clearChildTid = 0;
  /** Source: get_robust_list(2). */
  robustList = 0;
  rseq: RseqArea | undefined;
  /** Its last slice ended in the middle of user code. */
  wasPreempted = false;
  /** Source: prctl(2), PR_SET_PDEATHSIG. */
  parentDeathSignal = 0;
  /** Source: prctl(2), PR_SET_NO_NEW_PRIVS. */
  noNewPrivileges = false;
  /** What restricts its system calls. */
  seccomp: Seccomp | undefined;
  /** How another process traces it. */
  tracee: Tracee | undefined;
  /** What it does first when it next runs: it was stopped for its tracer in the middle of something. */
  resumption: (() => void) | undefined;
  /** The call it entered the kernel with, −1 when it came by a fault (orig_rax). Source: arch/x86/kernel/ptrace.c. */
  callNumber = -1;
  /** Someone looks at its system calls before they are carried out: see syscall-entry.ts. */
  callsAreWatched: boolean;
  /** Paths that the call in progress takes in place of its program's, by register: see call-rewrite.ts. */
  givenPaths: ReadonlyMap<number, ByteString> | undefined;
  /** Source: prctl(2), PR_SET_TIMERSLACK. */
  timerSlackNs = 50_000;
  /** What PR_SET_TIMERSLACK with 0 goes back to: the slack its creator had. */
  defaultTimerSlackNs = 50_000;
  lastFault: FaultRecord = { trapNumber: 0, errorCode: 0, address: 0 };

  constructor(process: LinuxProcess, tid: number, cpu: Cpu, name: ByteString) {
    this.machine = process.machine;
    this.process = process;
    this.tid = tid;
    this.cpu = cpu;
    this.name = name;
    this.startTimeNs = this.machine.nowNs();
    this.callsAreWatched = this.machine.callHook !== undefined;
    this.dispatcher = this.machine.kernel.scheduler.createDispatcher(this);
    this.scheduling = new ThreadScheduling(this.dispatcher);
  }

  /** Source: sched(7), "The nice value". */
  get nice(): number {
    return this.scheduling.nice;
  }

  get memory(): GuestMemory {
    return this.cpu.memory;
  }

  get isLeader(): boolean {
    return this.tid === this.process.pid;
  }

  /** Parks on a wait; the dispatcher stops running it when the slice returns. */
  park(wait: ParkedWait): void {
    this.wait = wait;
    wait.enter();
    this.dispatcher.park();
    // Nobody will wake it for what is pending already.
    if (this.isInterrupted) this.dispatcher.unpark();
  }

  /** A signal or a stop wants its attention: an interruptible wait is looked at again. */
  interrupt(): void {
    this.dispatcher.unpark();
  }

  /** What it waits for ends on any signal (S in ps), as opposed to vfork's wait (D). */
  get isInterruptible(): boolean {
    return this.wait === undefined || this.wait.wait.restart !== Restart.Killable;
  }

  /** Resources used up to now. */
  usedSoFar(): Usage {
    this.meter.charge(this.machine.kernel.host.nowNs());
    if (this.meter.isRunning) this.chargePageFaults();
    return this.usage;
  }

  /** Those since the last time are its own: it runs, or has just run. */
  chargePageFaults(): void {
    const { image } = this.process;
    if (image !== undefined) this.usage.minorFaults += image.space.takePageFaults();
  }

  /** Its wait must end now. */
  get isInterrupted(): boolean {
    return isKilled(this) || (this.isInterruptible && hasSignalWork(this));
  }

  /** Sets the mask of blocked signals; SIGKILL and SIGSTOP can't be among them. */
  setSignalMask(mask: SignalSet): void {
    this.signals.mask.assign(mask.without(UNBLOCKABLE));
    if (this.process.threads.size > 1) retargetSignals(this.process);
  }

  restrictCalls(seccomp: Seccomp | undefined): void {
    if (seccomp?.mode === SECCOMP_MODE_FILTER) seccomp.entered();
    this.releaseFilters();
    this.seccomp = seccomp;
    this.watchCalls();
  }

  /** It has other filters, or has ended. */
  releaseFilters(): void {
    if (this.seccomp?.mode === SECCOMP_MODE_FILTER) this.seccomp.left();
  }

  /** To be called when what looks at its calls has changed. */
  watchCalls(): void {
    const { tracee, seccomp } = this;
    const isTraced = tracee !== undefined && tracee.pace !== 'free';
    this.callsAreWatched = isTraced || seccomp !== undefined || this.machine.callHook !== undefined;
  }

  runSlice(fuel: number): void {
    runSlice(this, fuel);
  }
}
