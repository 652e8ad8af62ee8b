/**
 * --profile: where the time of a run went. Per system call: how often, with what success, processor time in it, time waited in it; per process: time in user
 * mode and in the kernel, time neither, calls, faults, switches; per function of the programs: samples, taken when a slice ends.
 */
import type { LinuxThread } from '../process/thread.ts';
import type { SyscallTracer } from '../strace.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { SampledCode } from './sampled-code.ts';

export interface CallFigures {
  calls: number;
  errors: number;
  /** Processor time. */
  cpuNs: number;
  /** The rest of the time from entry to exit. */
  waitNs: number;
  longestNs: number;
}

export interface ProcessFigures {
  name: string;
  userNs: number;
  systemNs: number;
  /** From start to end of its threads, neither in user mode nor in the kernel. */
  idleNs: number;
  syscalls: number;
  faults: number;
  switches: number;
}

interface OpenCall {
  readonly name: string;
  readonly startNs: number;
  readonly startCpuNs: number;
}

const MAX_ERRNO = 4095;

export class Profile implements SyscallTracer {
  readonly calls = new Map<string, CallFigures>();
  /** By pid. */
  readonly processes = new Map<number, ProcessFigures>();
  readonly code = new SampledCode();
  readonly #nowNs: () => number;
  readonly #open = new Map<LinuxThread, OpenCall>();

  constructor(nowNs: () => number) {
    this.#nowNs = nowNs;
  }

  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void {
    const name = definition?.name ?? `syscall ${number}`;
    this.#open.set(thread, { name, startNs: this.#nowNs(), startCpuNs: thread.usedSoFar().cpuNs });
  }

  exit(thread: LinuxThread, result: number): void {
    const open = this.#open.get(thread);
    if (open === undefined) return;
    this.#open.delete(thread);
    const elapsedNs = this.#nowNs() - open.startNs;
    const cpuNs = Math.min(elapsedNs, thread.usedSoFar().cpuNs - open.startCpuNs);
    const figures = this.#callsOf(open.name);
    figures.calls++;
    if (result < 0 && result >= -MAX_ERRNO) figures.errors++;
    figures.cpuNs += cpuNs;
    figures.waitNs += elapsedNs - cpuNs;
    figures.longestNs = Math.max(figures.longestNs, elapsedNs);
  }

  signal(): void {}

  sampled(thread: LinuxThread): void {
    this.code.add(thread);
  }

  threadEnded(thread: LinuxThread): void {
    const open = this.#open.get(thread);
    // exit and exit_group never return.
    if (open !== undefined) this.#callsOf(open.name).calls++;
    this.#open.delete(thread);
    const { pid } = thread.process;
    const usage = thread.usedSoFar();
    const figures = this.#processOf(pid);
    figures.name = thread.name;
    figures.userNs += usage.userNs;
    figures.systemNs += usage.systemNs;
    figures.idleNs += Math.max(0, thread.machine.nowNs() - thread.startTimeNs - usage.cpuNs);
    figures.syscalls += usage.syscalls;
    figures.faults += usage.minorFaults + usage.majorFaults;
    figures.switches += usage.voluntarySwitches + usage.involuntarySwitches;
  }

  #callsOf(name: string): CallFigures {
    let figures = this.calls.get(name);
    if (figures === undefined) {
      this.calls.set(name, (figures = { calls: 0, errors: 0, cpuNs: 0, waitNs: 0, longestNs: 0 }));
    }
    return figures;
  }

  #processOf(pid: number): ProcessFigures {
    let figures = this.processes.get(pid);
    if (figures === undefined) {
      figures = { name: '', userNs: 0, systemNs: 0, idleNs: 0, syscalls: 0, faults: 0, switches: 0 };
      this.processes.set(pid, figures);
    }
    return figures;
  }
}
