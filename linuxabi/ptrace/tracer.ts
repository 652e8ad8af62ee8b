/** Who traces threads: a process, by ptrace(2), or a debugger outside of the machine (debug/debugger.ts). */
import type { Credentials } from '../process/credentials.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { Tracee } from './tracee.ts';

export interface Tracer {
  /** 0 for one that has no number in this machine, as Linux shows a tracer of another pid namespace. */
  readonly pid: number;
  readonly credentials: Credentials;
  readonly tracees: Set<Tracee>;
  /** Whether it is the one who sets breakpoints of the processor; for others a thread passes them. */
  readonly ownsBreakpoints: boolean;
  /** A thread has stopped, or one other than its process's first has ended: a code CLD_… and, as for SIGCHLD, the status. */
  traceeChanged(tracee: Tracee, code: number, status: number): void;
  /** A process whose first thread it traces has ended. Its parent hears of it by releaseTraced. */
  tracedProcessEnded(process: LinuxProcess): void;
}
