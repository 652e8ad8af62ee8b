/** Several who watch the system calls of one machine: --strace, and whoever looks in while it runs. */
import type { LinuxThread } from './process/thread.ts';
import type { SignalInfo } from './signal/siginfo.ts';
import type { StartedProgram, SyscallTracer } from './strace.ts';
import type { SyscallDefinition } from './syscall.ts';

/** One tracer that tells all of them, in order; undefined when there is none. */
export function tracersTogether(members: readonly SyscallTracer[]): SyscallTracer | undefined {
  return members.length > 1 ? new TracerGroup(members) : members[0];
}

class TracerGroup implements SyscallTracer {
  readonly #members: readonly SyscallTracer[];

  constructor(members: readonly SyscallTracer[]) {
    this.#members = members;
  }

  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void {
    for (const member of this.#members) member.enter(thread, definition, number);
  }

  exit(thread: LinuxThread, result: number): void {
    for (const member of this.#members) member.exit(thread, result);
  }

  signal(thread: LinuxThread, info: SignalInfo): void {
    for (const member of this.#members) member.signal(thread, info);
  }

  threadEnded(thread: LinuxThread): void {
    for (const member of this.#members) member.threadEnded(thread);
  }

  sampled(thread: LinuxThread): void {
    for (const member of this.#members) member.sampled?.(thread);
  }

  stopped(thread: LinuxThread, signal: number): void {
    for (const member of this.#members) member.stopped?.(thread, signal);
  }

  signalIgnored(thread: LinuxThread, info: SignalInfo): void {
    for (const member of this.#members) member.signalIgnored?.(thread, info);
  }

  programStarted(thread: LinuxThread, program: StartedProgram): void {
    for (const member of this.#members) member.programStarted?.(thread, program);
  }
}
