/**
 * A thread that another process or a debugger traces, from the tracer's side: how it is traced, what it is stopped at, and what it must report. Its
 * stops are entered and left in stops.ts; it begins and ends in attach.ts. Source: ptrace(2).
 */
import type { LinuxThread } from '../process/thread.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { Tracer } from './tracer.ts';

/** Why it stands still. */
export interface TraceStop {
  /** As wait4 reports it: a signal, with an event in the bits above. */
  readonly code: number;
  /** What PTRACE_GETSIGINFO tells; undefined in a group stop of a thread that was attached to. */
  info: SignalInfo | undefined;
  /** With a signal in hand; with its group, or because the tracer asked for it; at a call or an event. */
  readonly kind: 'signal' | 'group' | 'trap';
  /** What the thread does first when it goes on; the tracer may give it a signal. */
  resume(signal: number): void;
}

/** How a thread goes on: to which stop. */
export type Pace = 'free' | 'calls' | 'emulated-calls';

export class Tracee {
  readonly thread: LinuxThread;
  readonly tracer: Tracer;
  /** PTRACE_SEIZE: stops of the group and of the tracer's making are events. */
  readonly isSeized: boolean;
  /** PTRACE_O_… */
  options: number;
  stop: TraceStop | undefined;
  /** A wait has told the tracer of the stop. */
  isReported = false;
  /** PTRACE_LISTEN: stopped, but not to be looked at. */
  isListening = false;
  /** It must stop before it goes on: for the group's sake, or the tracer's. */
  mustTrap = false;
  /** PTRACE_GETEVENTMSG. */
  message = 0;
  pace: Pace = 'free';
  /** A trap is due after the next instruction. */
  isStepping = false;
  /** The trap flag is set for the tracer's sake: the program does not see it. */
  hasForcedTrapFlag = false;
  /** A thread other than its process's first has ended, with this wait status: the tracer must hear of it. */
  exitStatus: number | undefined;
  /** Debug registers: kept; nothing can be enabled in the last. */
  readonly debugAddresses = [0n, 0n, 0n, 0n];

  constructor(thread: LinuxThread, tracer: Tracer, isSeized: boolean, options: number) {
    this.thread = thread;
    this.tracer = tracer;
    this.isSeized = isSeized;
    this.options = options;
  }

  wants(event: number): boolean {
    return (this.options & (1 << event)) !== 0;
  }
}
