/**
 * A Linux process (thread group): its threads, its family, and the slots that fork copies or shares: memory image,
 * descriptors, file context, signal actions. How it comes to life is in fork.ts, how it ends in exit.ts.
 */
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { SIGCHLD } from '../abi/signal.ts';
import type { InitialStack } from '../exec/initial-stack.ts';
import type { ExecutableFile } from '../exec/resolve-program.ts';
import type { FdTable } from '../fs/fd-table.ts';
import type { FsContext } from '../fs/fs-context.ts';
import type { Machine } from '../machine.ts';
import type { SignalActions } from '../signal/actions.ts';
import { PendingSignals } from '../signal/pending.ts';
import { IntervalTimers } from '../time/interval-timers.ts';
import { PosixTimers } from '../time/posix-timers.ts';
import { tellOfChange, tellOfEnd } from '../ptrace/process-tracer.ts';
import type { Tracee } from '../ptrace/tracee.ts';
import type { Tracer } from '../ptrace/tracer.ts';
import type { Credentials } from './credentials.ts';
import { JobControl } from './job-control.ts';
import type { Limits } from './limits.ts';
import type { MemoryImage } from './memory-image.ts';
import { Preferences } from './preferences.ts';
import type { ControllingTerminal, ProcessGroup, Session } from './session.ts';
import type { LinuxThread } from './thread.ts';
import { Usage } from './usage.ts';
import type { UtsNamespace } from './uts-namespace.ts';

/** The signal state that the threads of a process have in common. */
export interface ProcessSignals {
  actions: SignalActions;
  readonly pending: PendingSignals;
}

/** The slots of a new process. */
export interface ProcessSlots {
  /** Undefined for a process without a program (the machine's init). */
  readonly image: MemoryImage | undefined;
  readonly files: FdTable;
  readonly fs: FsContext;
  readonly uts: UtsNamespace;
  readonly actions: SignalActions;
  readonly credentials: Credentials;
  readonly limits: Limits;
}

export class LinuxProcess implements Tracer {
  readonly machine: Machine;
  readonly pid: number;
  parent: LinuxProcess | undefined;
  readonly children = new Set<LinuxProcess>();
  /** By tid; the leader stays until the process is reaped. */
  readonly threads = new Map<number, LinuxThread>();
  group: ProcessGroup;
  /** Its session's, unless it gave it up (TIOCNOTTY), or was there before the leader got one. */
  controllingTerminal: ControllingTerminal | undefined;

  image: MemoryImage | undefined;
  files: FdTable;
  fs: FsContext;
  uts: UtsNamespace;
  credentials: Credentials;
  limits: Limits;
  readonly signals: ProcessSignals;
  readonly timers: IntervalTimers;
  readonly posixTimers: PosixTimers;
  /** Threads of other processes that it traces. */
  readonly tracees = new Set<Tracee>();
  readonly ownsBreakpoints = false;
  readonly jobControl = new JobControl();

  /** What was executed: path, argv, envp (for /proc). */
  executable: ByteString = '';
  argv: readonly ByteString[] = [];
  environment: readonly ByteString[] = [];
  executableFile: ExecutableFile | undefined;
  /** Where argument and environment strings lie in its memory. */
  argumentsPlace: InitialStack | undefined;
  /** execve has happened since fork. Source: setpgid(2), EACCES. */
  hasExecuted = false;
  readonly startTimeNs: number;

  /** Sent to the parent at the end; 0 for none. Source: clone(2). */
  exitSignal = SIGCHLD;
  /** Wait status once it has exited (a zombie until the parent has seen it), undefined before. */
  exitStatus: number | undefined;
  /** The group is on its way out with this wait status. */
  exiting: number | undefined;
  /** Woken when a child changed state: wait4, waitid. */
  readonly childEvents = new WaitQueue();
  /** Woken when it has ended, when it was reaped, and when one of its threads ended: pidfds. */
  readonly ended = new WaitQueue();
  /** Its parent has seen its end. */
  reaped = false;
  /** Woken when a signal becomes pending: sigtimedwait, signalfd. */
  readonly signalQueue = new WaitQueue();
  /** Woken when it execs or exits: the parent of a vfork. */
  readonly memoryReleased = new WaitQueue();
  /** It runs in memory it borrowed with vfork. */
  borrowsMemory = false;

  /** Resources of threads that have ended, and of children that were waited for. */
  readonly ownUsage = new Usage();
  readonly childrenUsage = new Usage();

  /** RLIMIT_CPU: seconds at which the next SIGXCPU is due, beyond the soft limit. */
  cpuLimitWarnings = 0;

  /** Source: prctl(2), PR_SET_CHILD_SUBREAPER, PR_SET_DUMPABLE. */
  isSubreaper = false;
  dumpable = 1;
  personality = 0;
  preferences = new Preferences();
  /** Source: membarrier(2), MEMBARRIER_CMD_GET_REGISTRATIONS. */
  barrierRegistrations = 0;
  /** Source: proc_pid_oom_score_adj(5), proc_pid_coredump_filter(5), proc_pid_loginuid(5). */
  oomScoreAdjustment = 0;
  /** The least that it may set without privilege. */
  oomScoreAdjustmentFloor = 0;
  coredumpFilter = 0x33;
  loginUid = 0xffffffff;

  constructor(
    machine: Machine,
    pid: number,
    group: ProcessGroup | ((self: LinuxProcess) => ProcessGroup),
    slots: ProcessSlots,
  ) {
    this.machine = machine;
    this.pid = pid;
    this.image = slots.image;
    this.files = slots.files;
    this.fs = slots.fs;
    this.uts = slots.uts;
    this.credentials = slots.credentials;
    this.limits = slots.limits;
    this.signals = { actions: slots.actions, pending: new PendingSignals() };
    this.startTimeNs = machine.nowNs();
    this.timers = new IntervalTimers(this);
    this.posixTimers = new PosixTimers(this);
    this.group = typeof group === 'function' ? group(this) : group;
    this.group.members.add(this);
  }

  get addressSpace(): AddressSpace {
    if (this.image === undefined) throw new Error(`process ${this.pid} has no memory`);
    return this.image.space;
  }

  get session(): Session {
    return this.group.session;
  }

  get leader(): LinuxThread | undefined {
    return this.threads.get(this.pid);
  }

  /** A zombie, or reaped. */
  get exited(): boolean {
    return this.exitStatus !== undefined;
  }

  /** Resources used so far by all its threads. */
  usage(): Usage {
    const total = new Usage();
    total.add(this.ownUsage);
    for (const thread of this.threads.values()) if (!thread.ended) total.add(thread.usedSoFar());
    return total;
  }

  traceeChanged(tracee: Tracee, code: number, status: number): void {
    tellOfChange(this, tracee, code, status);
  }

  tracedProcessEnded(process: LinuxProcess): void {
    tellOfEnd(this, process);
  }
}
