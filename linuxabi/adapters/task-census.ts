/** Snapshots of tasks for /proc: identity, state, usage, signals. Source: fs/proc/array.c. */
import { Gpr } from '../../cpu/state-layout.ts';
import { DispatcherState } from '../../kernel/dispatcher.ts';
import type { IdentityFacts, SignalWords, Subject, TaskFacts } from '../../procfs/capabilities.ts';
import { SIG_DFL, SIG_IGN, _NSIG } from '../abi/signal.ts';
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

export function taskFacts(machine: Machine, subject: Subject): TaskFacts | undefined {
  const process = processOf(machine, subject);
  if (process === undefined) return undefined;
  const thread = threadOf(machine, subject);
  const usage: Usage = subject.scope === 'thread' && thread !== undefined ? thread.usedSoFar() : process.usage();
  const { childrenUsage, session } = process;
  const terminal = session.controllingTerminal;
  const sleeping = thread?.wait !== undefined && !thread.ended;
  return {
    pid: subject.pid,
    tid: subject.tid,
    name: thread?.name ?? INIT_NAME,
    state: stateOf(process, thread),
    tracerPid: thread?.tracee?.tracer.pid ?? 0,
    parentPid: process.parent?.pid ?? 0,
    groupId: process.group.pgid,
    sessionId: session.sid,
    terminal: terminal instanceof Terminal ? encodeDevice(terminal.device) : 0,
    terminalGroup: terminal?.foregroundGroup?.pgid ?? -1,
    flags: PF_RANDOMIZE | (process.hasExecuted ? 0 : PF_FORKNOEXEC) | (process.exited ? PF_EXITING : 0),
    ...usageFacts(usage, childrenUsage),
    nice: thread?.nice ?? 0,
    policy: thread?.scheduling.policy ?? 0,
    realTimePriority: thread?.scheduling.priority ?? 0,
    threads: Math.max(1, process.threads.size),
    startNs: (thread?.startTimeNs ?? process.startTimeNs) - machine.clock.bootNs,
    exitSignal: process.exitSignal,
    exitCode: process.exitStatus ?? 0,
    call: sleeping ? callOf(thread) : undefined,
    stackPointer: sleeping ? thread.cpu.state.number(Gpr.rsp) : 0,
    instructionPointer: sleeping ? Number(thread.cpu.state.rip) : 0,
  };
}

function usageFacts(usage: Usage, children: Usage) {
  return {
    userNs: usage.userNs,
    systemNs: usage.systemNs,
    minorFaults: usage.minorFaults,
    majorFaults: usage.majorFaults,
    childrenUserNs: children.userNs,
    childrenSystemNs: children.systemNs,
    childrenMinorFaults: children.minorFaults,
    childrenMajorFaults: children.majorFaults,
    voluntarySwitches: usage.voluntarySwitches,
    involuntarySwitches: usage.involuntarySwitches,
  };
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

function callOf(thread: LinuxThread): readonly number[] {
  const { state } = thread.cpu;
  return [thread.syscallNumber, ...ARGUMENT_REGISTERS.map((register) => state.number(register))];
}

function words(set: { readonly low: number; readonly high: number }): SignalWords {
  return [set.low >>> 0, set.high >>> 0];
}

export function identityFacts(machine: Machine, subject: Subject): IdentityFacts | undefined {
  const process = processOf(machine, subject);
  if (process === undefined) return undefined;
  const thread = threadOf(machine, subject);
  const { uid, euid, suid, fsuid, gid, egid, sgid, fsgid, groups } = process.credentials;
  const { ignored, caught } = handledSignals(process);
  const { inheritable, permitted, effective, bounding, ambient } = process.credentials;
  return {
    uids: [uid, euid, suid, fsuid],
    gids: [gid, egid, sgid, fsgid],
    groups,
    umask: process.fs.umask,
    descriptorRoom: process.exited ? 0 : process.files.room,
    queuedSignals: process.signals.pending.queued + (thread?.signals.pending.queued ?? 0),
    queuedSignalsLimit: process.limits.soft(RLIMIT_SIGPENDING),
    pending: words(thread?.signals.pending.set ?? EMPTY),
    sharedPending: words(process.signals.pending.set),
    blocked: words(thread?.signals.mask ?? EMPTY),
    ignored,
    caught,
    capabilities: [inheritable, permitted, effective, bounding, ambient].map(words),
    noNewPrivileges: thread?.noNewPrivileges === true ? 1 : 0,
    seccompMode: thread?.seccomp?.mode ?? SECCOMP_MODE_DISABLED,
    seccompFilters: thread?.seccomp instanceof SeccompFilter ? thread.seccomp.chain.length : 0,
  };
}

function handledSignals({ signals }: LinuxProcess): { readonly ignored: SignalWords; readonly caught: SignalWords } {
  const ignored = new SignalSet();
  const caught = new SignalSet();
  for (let signal = 1; signal <= _NSIG; signal++) {
    const { handler } = signals.actions.get(signal);
    if (handler === SIG_IGN) ignored.add(signal);
    else if (handler !== SIG_DFL) caught.add(signal);
  }
  return { ignored: words(ignored), caught: words(caught) };
}
