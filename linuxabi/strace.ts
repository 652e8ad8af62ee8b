/** What a tracer of syscalls is told; strace/strace.ts is the one behind --strace. */
import type { ByteString } from '../kernel/byte-string.ts';
import type { LinuxThread } from './process/thread.ts';
import type { SignalInfo } from './signal/siginfo.ts';
import type { SyscallDefinition } from './syscall.ts';

export interface StartedProgram {
  readonly path: ByteString;
  readonly argv: readonly ByteString[];
  readonly environment: readonly ByteString[];
}

export interface SyscallTracer {
  enter(thread: LinuxThread, definition: SyscallDefinition | undefined, number: number): void;
  exit(thread: LinuxThread, result: number): void;
  signal(thread: LinuxThread, info: SignalInfo): void;
  threadEnded(thread: LinuxThread): void;
  /** The thread's slice has ended in user mode. */
  sampled?(thread: LinuxThread): void;
  /** The thread's process has been stopped by this signal. */
  stopped?(thread: LinuxThread, signal: number): void;
  /** A signal was sent that the process ignores: it does nothing, but a tracer sees it. */
  signalIgnored?(thread: LinuxThread, info: SignalInfo): void;
  /** The machine started a program without an execve that a guest made. */
  programStarted?(thread: LinuxThread, program: StartedProgram): void;
}
