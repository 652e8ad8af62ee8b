/**
 * A debugger of one process, from outside of the machine: it traces the process's threads as ptrace(2) does, all of them stop when one does,
 * and its breakpoints are the processor's (cpu/breakpoints.ts), so the program's code stays as it is. Forked children run free. Who talks to
 * it (remote/) calls it between slices; it answers at once, and tells of stops through `DebuggerEvents`.
 */
import { PTRACE_EVENT_CLONE, PTRACE_EVENT_EXEC } from '../abi/ptrace.ts';
import { SIGINT, SIGKILL, SIGTRAP, TRAP_BRKPT, TRAP_HWBKPT, TRAP_TRACE } from '../abi/signal.ts';
import { credentialsOf } from '../process/credentials.ts';
import { releaseTraced } from '../process/exit.ts';
import { readForeign, writeForeign } from '../process/foreign-memory.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { detach, forget, seizeFor } from '../ptrace/attach.ts';
import { leaveStop, setStepping, stopHere } from '../ptrace/stops.ts';
import type { Tracee } from '../ptrace/tracee.ts';
import type { Tracer } from '../ptrace/tracer.ts';
import { sendToProcess } from '../signal/send.ts';
import { kernelSignal, type SignalInfo } from '../signal/siginfo.ts';

/** Why all threads stand still. */
export interface DebuggerStop {
  readonly tid: number;
  /** Linux's number; 0 when there is none to tell of. */
  readonly signal: number;
  readonly reason: 'signal' | 'breakpoint' | 'executed' | 'watch';
  /** Of the memory that has changed. */
  readonly address?: number;
}

export interface DebuggerEvents {
  stopped(stop: DebuggerStop): void;
  /** With its wait status. */
  ended(status: number): void;
}

export interface Resumption {
  readonly pace: 'run' | 'step';
  /** Given to the thread as it goes on; 0: none. */
  readonly signal: number;
}

/** New threads, and new programs. */
const WANTED_EVENTS = (1 << PTRACE_EVENT_CLONE) | (1 << PTRACE_EVENT_EXEC);

export class Debugger implements Tracer {
  readonly pid = 0;
  readonly credentials = credentialsOf(0, 0);
  readonly tracees = new Set<Tracee>();
  readonly ownsBreakpoints = true;
  /** Signals that threads get without a stop. */
  passed: ReadonlySet<number> = new Set();
  readonly process: LinuxProcess;
  readonly #events: DebuggerEvents;
  #lastStop: DebuggerStop;
  #isRunning = false;
  /** What was last seen in watched memory, by address. While there is any, threads go step by step. */
  readonly #watched = new Map<number, Uint8Array>();
  /** Threads that the client wants to take one step. */
  readonly #stepped = new Set<Tracee>();

  /** Takes over a program that has just been loaded: it stands before its first instruction. */
  constructor(thread: LinuxThread, events: DebuggerEvents) {
    this.process = thread.process;
    this.#events = events;
    this.#lastStop = { tid: thread.tid, signal: SIGTRAP, reason: 'signal' };
    stopHere(seizeFor(this, thread, WANTED_EVENTS));
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get lastStop(): DebuggerStop {
    return this.#lastStop;
  }

  /** By number. */
  get threads(): LinuxThread[] {
    return [...this.tracees].map(({ thread }) => thread).toSorted((a, b) => a.tid - b.tid);
  }

  traceeOf(tid: number): Tracee | undefined {
    return [...this.tracees].find(({ thread }) => thread.tid === tid);
  }

  // --- what threads do -----------------------------------------------------------------------------------------------
  traceeChanged(tracee: Tracee): void {
    const { thread, stop } = tracee;
    if (tracee.exitStatus !== undefined) this.#threadEnded(tracee);
    else if (thread.process !== this.process) detach(tracee, 0);
    else if (stop !== undefined) this.#consider(tracee, stop.code, stop.info);
  }

  #consider(tracee: Tracee, code: number, info: SignalInfo | undefined): void {
    const event = code >> 8;
    const { tid, process } = tracee.thread;
    if (tracee.stop!.kind === 'signal') {
      const changed = isStep(info) ? this.#changedMemory() : undefined;
      if (changed !== undefined) this.#report({ tid, signal: SIGTRAP, reason: 'watch', address: changed });
      else if (isStep(info) && tracee.isStepping && !this.#stepped.has(tracee)) this.#goOn(tracee, 0);
      else if (this.passed.has(code)) this.#goOn(tracee, code);
      else this.#report({ tid, signal: code, reason: isBreakpoint(info) ? 'breakpoint' : 'signal' });
    } else if (event === PTRACE_EVENT_EXEC) {
      this.#watched.clear();
      this.#report({ tid, signal: SIGTRAP, reason: 'executed' });
    } else if (tracee.stop!.kind === 'trap' && event === 0) {
      // The first instruction of a handler, reached by a step.
      if (this.#stepped.has(tracee)) this.#report({ tid, signal: SIGTRAP, reason: 'signal' });
      else this.#goOn(tracee, 0);
    } else if (event !== 0 && process.jobControl.stopped) {
      // Stopped with its group, until that is continued.
      tracee.isListening = true;
    } else if (this.#isRunning) {
      this.#goOn(tracee, 0);
    }
  }

  #goOn(tracee: Tracee, signal: number): void {
    setStepping(tracee, this.#stepped.has(tracee) || this.#watched.size > 0);
    leaveStop(tracee, signal);
  }

  /** The first watched place that is not as it was. */
  #changedMemory(): number | undefined {
    for (const [address, before] of this.#watched) {
      const now = this.#look(address, before.length);
      if (before.every((byte, at) => byte === now[at])) continue;
      this.#watched.set(address, now);
      return address;
    }
    return undefined;
  }

  #look(address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    this.readMemory(address, bytes);
    return bytes;
  }

  #report(stop: DebuggerStop): void {
    this.#lastStop = stop;
    this.#isRunning = false;
    for (const tracee of this.tracees) if (!tracee.thread.ended) stopHere(tracee);
    this.#events.stopped(stop);
  }

  #threadEnded(tracee: Tracee): void {
    forget(tracee);
    if (!this.#isRunning || [...this.tracees].some(({ stop }) => stop === undefined)) return;
    // It was the only one that was let run.
    this.#report({ tid: this.process.pid, signal: 0, reason: 'signal' });
  }

  tracedProcessEnded(process: LinuxProcess): void {
    releaseTraced(process);
    if (process !== this.process) return;
    this.#isRunning = false;
    this.#events.ended(process.exitStatus!);
  }

  // --- what the debugger wants ---------------------------------------------------------------------------------------
  /** Those that `choose` answers something for go on. */
  resume(choose: (tid: number) => Resumption | undefined): void {
    this.#isRunning = true;
    this.#stepped.clear();
    // What the client wrote meanwhile is no change.
    for (const [address, { length }] of this.#watched) this.#watched.set(address, this.#look(address, length));
    for (const tracee of this.tracees) {
      const chosen = choose(tracee.thread.tid);
      if (chosen === undefined || tracee.isListening) continue;
      if (chosen.pace === 'step') this.#stepped.add(tracee);
      this.#goOn(tracee, chosen.signal);
    }
  }

  /** As by ^C: reported as SIGINT, which the program never sees. */
  interrupt(): void {
    if (!this.#isRunning) return;
    const [first] = this.threads;
    if (first !== undefined) this.#report({ tid: first.tid, signal: SIGINT, reason: 'signal' });
  }

  kill(): void {
    sendToProcess(this.process, kernelSignal(SIGKILL));
  }

  /** The program goes on alone. */
  detach(): void {
    this.#breakpoints?.clear();
    this.#watched.clear();
    for (const tracee of this.tracees) detach(tracee, 0);
  }

  get #breakpoints() {
    return this.process.image?.space.memory.breakpoints;
  }

  setBreakpoint(address: number): void {
    this.#breakpoints?.add(address);
  }

  removeBreakpoint(address: number): void {
    this.#breakpoints?.delete(address);
  }

  watch(address: number, length: number): void {
    this.#watched.set(address, this.#look(address, length));
  }

  unwatch(address: number): void {
    this.#watched.delete(address);
  }

  /** Bytes read. */
  readMemory(address: number, into: Uint8Array): number {
    return this.process.image === undefined ? 0 : readForeign(this.process.addressSpace, address, into);
  }

  /** Bytes written. */
  writeMemory(address: number, from: Uint8Array): number {
    return this.process.image === undefined ? 0 : writeForeign(this.process.addressSpace, address, from);
  }
}

/** The trap after an instruction, or after a call. */
function isStep(info: SignalInfo | undefined): boolean {
  return info?.signal === SIGTRAP && (info.code === TRAP_TRACE || info.code === TRAP_BRKPT);
}

function isBreakpoint(info: SignalInfo | undefined): boolean {
  return info?.signal === SIGTRAP && info.code === TRAP_HWBKPT;
}
