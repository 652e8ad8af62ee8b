/** Tasks as /proc sees them: identity, state, usage, signals. Source: fs/proc/array.c. */
import { Gpr } from '../../cpu/state-layout.ts';
import { DispatcherState } from '../../kernel/dispatcher.ts';
import type { IdentityFacts, SignalWords, Subject, TaskFacts } from '../../procfs/capabilities.ts';
import { SeccompFilter } from '../seccomp/filter.ts';
import { SECCOMP_MODE_DISABLED } from '../abi/seccomp.ts';
import { RLIMIT_SIGPENDING } from '../abi/resource.ts';
import { encodeDevice } from '../fs/stat-image.ts';
import type { Machine } from '../machine.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Usage } from '../process/usage.ts';
import { SignalSet } from '../signal/signal-set.ts';
import { ARGUMENT_REGISTERS } from '../syscall.ts';
import { Terminal } from '../tty/terminal.ts';
import { processOf, threadOf } from './subject.ts';

/** Source: include/linux/sched.h. */
const PF_FORKNOEXEC = 0x40;
const PF_EXITING = 0x4;
const PF_RANDOMIZE = 0x400000;
const EMPTY = new SignalSet();
/** Name of process 1, which runs no program. */
const INIT_NAME = 'init';

/** Looked up when asked for: most files show a few of these. To be read at once, before the task goes on. */
class TaskView implements TaskFacts {
  readonly pid: number;
  readonly tid: number;
  readonly #machine: Machine;
  readonly #process: LinuxProcess;
  readonly #thread: LinuxThread | undefined;
  readonly #scope: Subject['scope'];
  #usage: Usage | undefined;

  constructor(machine: Machine, process: LinuxProcess, subject: Subject) {
    this.pid = subject.pid;
    this.tid = subject.tid;
    this.#machine = machine;
    this.#process = process;
    this.#thread = threadOf(machine, subject);
    this.#scope = subject.scope;
  }

  get #used(): Usage {
    const isOneThread = this.#scope === 'thread' && this.#thread !== undefined;
    this.#usage ??= isOneThread ? this.#thread!.usedSoFar() : this.#process.usage();
    return this.#usage;
  }

  get name(): string {
    return this.#thread?.name ?? INIT_NAME;
  }

  get state(): string {
    return stateOf(this.#process, this.#thread);
  }

  get tracerPid(): number {
    return this.#thread?.tracee?.tracer.pid ?? 0;
  }

  get parentPid(): number {
    return this.#process.parent?.pid ?? 0;
  }

  get groupId(): number {
    return this.#process.group.pgid;
  }

  get sessionId(): number {
    return this.#process.session.sid;
  }

  get terminal(): number {
    const terminal = this.#process.controllingTerminal;
    return terminal instanceof Terminal ? encodeDevice(terminal.device) : 0;
  }

  get terminalGroup(): number {
    return this.#process.controllingTerminal?.foregroundGroup?.pgid ?? -1;
  }

  get flags(): number {
    const { hasExecuted, exited } = this.#process;
    return PF_RANDOMIZE | (hasExecuted ? 0 : PF_FORKNOEXEC) | (exited ? PF_EXITING : 0);
  }

  get userNs(): number {
    return this.#used.userNs;
  }

  get systemNs(): number {
    return this.#used.systemNs;
  }

  get minorFaults(): number {
    return this.#used.minorFaults;
  }

  get majorFaults(): number {
    return this.#used.majorFaults;
  }

  get childrenUserNs(): number {
    return this.#process.childrenUsage.userNs;
  }

  get childrenSystemNs(): number {
    return this.#process.childrenUsage.systemNs;
  }

  get childrenMinorFaults(): number {
    return this.#process.childrenUsage.minorFaults;
  }

  get childrenMajorFaults(): number {
    return this.#process.childrenUsage.majorFaults;
  }

  get voluntarySwitches(): number {
    return this.#used.voluntarySwitches;
  }

  get involuntarySwitches(): number {
    return this.#used.involuntarySwitches;
  }

  get nice(): number {
    return this.#thread?.nice ?? 0;
  }

  get policy(): number {
    return this.#thread?.scheduling.policy ?? 0;
  }

  get realTimePriority(): number {
    return this.#thread?.scheduling.priority ?? 0;
  }

  get threads(): number {
    return Math.max(1, this.#process.threads.size);
  }

  get startNs(): number {
    return (this.#thread?.startTimeNs ?? this.#process.startTimeNs) - this.#machine.clock.bootNs;
  }

  get exitSignal(): number {
    return this.#process.exitSignal;
  }

  get exitCode(): number {
    return this.#process.exitStatus ?? 0;
  }

  get #sleeper(): LinuxThread | undefined {
    return this.#thread?.wait !== undefined && !this.#thread.ended ? this.#thread : undefined;
  }

  /** Who is in a call: who sleeps in it, or makes the one that asks. */
  get #caller(): LinuxThread | undefined {
    const { caller } = this.#machine.fs.system;
    return caller !== undefined && caller === this.#thread ? caller : this.#sleeper;
  }

  get call(): readonly number[] | undefined {
    const thread = this.#caller;
    if (thread === undefined) return undefined;
    const { state } = thread.cpu;
    return [thread.syscallNumber, ...ARGUMENT_REGISTERS.map((register) => state.number(register))];
  }

  get stackPointer(): number {
    return this.#caller?.cpu.state.number(Gpr.rsp) ?? 0;
  }

  get instructionPointer(): number {
    return Number(this.#caller?.cpu.state.rip ?? 0);
  }
}

export function taskFacts(machine: Machine, subject: Subject): TaskFacts | undefined {
  const process = processOf(machine, subject);
  return process && new TaskView(machine, process, subject);
}

function stateOf(process: LinuxProcess, thread: LinuxThread | undefined): string {
  if (process.exited || thread?.ended === true) return 'Z';
  if (thread?.tracee?.stop !== undefined) return 't';
  if (process.jobControl.stopped) return 'T';
  if (thread === undefined) return 'S';
  const { state } = thread.dispatcher;
  if (state === DispatcherState.Running || state === DispatcherState.Ready) return 'R';
  return thread.isInterruptible ? 'S' : 'D';
}

function words(set: { readonly low: number; readonly high: number }): SignalWords {
  return [set.low >>> 0, set.high >>> 0];
}

class IdentityView implements IdentityFacts {
  readonly #process: LinuxProcess;
  readonly #thread: LinuxThread | undefined;

  constructor(process: LinuxProcess, thread: LinuxThread | undefined) {
    this.#process = process;
    this.#thread = thread;
  }

  get uids(): readonly number[] {
    const { uid, euid, suid, fsuid } = this.#process.credentials;
    return [uid, euid, suid, fsuid];
  }

  get gids(): readonly number[] {
    const { gid, egid, sgid, fsgid } = this.#process.credentials;
    return [gid, egid, sgid, fsgid];
  }

  get groups(): readonly number[] {
    return this.#process.credentials.groups;
  }

  get umask(): number {
    return this.#process.fs.umask;
  }

  get descriptorRoom(): number {
    return this.#process.exited ? 0 : this.#process.files.room;
  }

  get queuedSignals(): number {
    return this.#process.machine.bounds.signalAccount.of(this.#process.credentials.uid);
  }

  get queuedSignalsLimit(): number {
    return this.#process.limits.soft(RLIMIT_SIGPENDING);
  }

  get pending(): SignalWords {
    return words(this.#thread?.signals.pending.set ?? EMPTY);
  }

  get sharedPending(): SignalWords {
    return words(this.#process.signals.pending.set);
  }

  get blocked(): SignalWords {
    return words(this.#thread?.signals.mask ?? EMPTY);
  }

  get ignored(): SignalWords {
    return words(this.#process.signals.actions.ignored);
  }

  get caught(): SignalWords {
    return words(this.#process.signals.actions.caught);
  }

  get capabilities(): readonly SignalWords[] {
    const { inheritable, permitted, effective, bounding, ambient } = this.#process.credentials;
    return [inheritable, permitted, effective, bounding, ambient].map(words);
  }

  get noNewPrivileges(): number {
    return this.#thread?.noNewPrivileges === true ? 1 : 0;
  }

  get seccompMode(): number {
    return this.#thread?.seccomp?.mode ?? SECCOMP_MODE_DISABLED;
  }

  get seccompFilters(): number {
    const seccomp = this.#thread?.seccomp;
    return seccomp instanceof SeccompFilter ? seccomp.chain.length : 0;
  }
}

export function identityFacts(machine: Machine, subject: Subject): IdentityFacts | undefined {
  const process = processOf(machine, subject);
  return process && new IdentityView(process, threadOf(machine, subject));
}
