/**
 * Sending signals: what a signal does the moment it is generated, before anyone takes it. Source: kernel/signal.c,
 * prepare_signal, complete_signal; signal(7).
 */
import { SIGCONT, SIGKILL, SIGPIPE, SIGRTMIN, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SI_USER } from '../abi/signal.ts';
import { RLIMIT_SIGPENDING } from '../abi/resource.ts';
import { EAGAIN } from '../abi/errno.ts';
import { continueProcess } from '../process/stop.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { ProcessGroup } from '../process/session.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { PendingSignals } from './pending.ts';
import { userSignal, type SignalInfo } from './siginfo.ts';
import { SignalSet } from './signal-set.ts';

export const STOP_SIGNALS = SignalSet.of(SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU);
const CONTINUE_SIGNALS = SignalSet.of(SIGCONT);

/** To the process: any thread that does not block it may take it. 0 or −EAGAIN (queue full). */
export function sendToProcess(process: LinuxProcess, info: SignalInfo): number {
  return send(process, undefined, info);
}

/** To this very thread. */
export function sendToThread(thread: LinuxThread, info: SignalInfo): number {
  return send(thread.process, thread, info);
}

export function sendToGroup(group: ProcessGroup, info: SignalInfo): void {
  for (const member of group.members) sendToProcess(member, info);
}

/**
 * A fault of the thread itself: it can't be blocked or ignored; where it is, the default action (death) takes its place.
 * Source: kernel/signal.c, force_sig_info_to_task.
 */
export function forceSignal(thread: LinuxThread, info: SignalInfo): void {
  const { actions } = thread.process.signals;
  const { mask } = thread.signals;
  const ignored = actions.get(info.signal).handler === 1;
  if (ignored || mask.has(info.signal)) {
    actions.resetToDefault(info.signal);
    mask.delete(info.signal);
  }
  thread.machine.trace.signalSent(0, thread.tid, info.signal);
  thread.signals.pending.add(info);
  thread.interrupt();
}

/** Whether a signal, a stop or the end of the process wants the thread's attention. */
export function hasSignalWork(thread: LinuxThread): boolean {
  const { mask, pending } = thread.signals;
  const { process } = thread;
  const shared = process.signals.pending.set;
  if (((pending.set.low | shared.low) & ~mask.low) !== 0) return true;
  if (((pending.set.high | shared.high) & ~mask.high) !== 0) return true;
  return thread.tracee === undefined ? process.jobControl.stopped : thread.tracee.mustTrap;
}

/** A SIGKILL is on its way to it. */
export function isKilled(thread: LinuxThread): boolean {
  return thread.signals.pending.set.has(SIGKILL) || thread.process.signals.pending.set.has(SIGKILL);
}

function send(process: LinuxProcess, target: LinuxThread | undefined, info: SignalInfo): number {
  // Process 1 has no program: nothing reaches it.
  if (process.exited || process.image === undefined || process.threads.size === 0) return 0;
  const { signal } = info;
  discardOpposite(process, signal);
  if (isIgnored(process, target, signal)) {
    const receiver = target ?? process.leader;
    if (receiver !== undefined) process.machine.tracer?.signalIgnored?.(receiver, info);
    return 0;
  }
  const { pending } = target?.signals ?? process.signals;
  const isNew = pending.keeps(info);
  if (isNew && !enqueue(process, pending, info)) return -EAGAIN;
  process.machine.trace.signalSent(info.pid ?? 0, target?.tid ?? process.pid, signal);
  if (!isNew) return 0;
  if (target !== undefined) wakeFor(target, signal);
  else wakeOne(process, signal);
  process.signalQueue.wake();
  return 0;
}

/**
 * With what it tells, as far as the user may have that many; else a bit says that it is pending. False where that would not do: whoever
 * queued a real-time signal with a value wants it to arrive. Source: kernel/signal.c, __send_signal_locked.
 */
function enqueue(process: LinuxProcess, pending: PendingSignals, info: SignalInfo): boolean {
  const { signalAccount } = process.machine.bounds;
  const { signal, code, notice } = info;
  // Timers have paid when they were made.
  if (notice !== undefined) return pending.add(info);
  const { uid } = process.credentials;
  // The kernel's own and kill's are few: one of each signal.
  const isLimited = signal >= SIGRTMIN || code < 0;
  if (signalAccount.take(uid, isLimited ? process.limits.soft(RLIMIT_SIGPENDING) : Infinity))
    return pending.add(info, () => signalAccount.giveBack(uid));
  if (signal >= SIGRTMIN && code !== SI_USER) return false;
  pending.addBare(signal);
  return true;
}

/** SIGCONT takes back pending stops and starts the process again, stops take back a pending SIGCONT: even when blocked. */
function discardOpposite(process: LinuxProcess, signal: number): void {
  if (STOP_SIGNALS.has(signal)) discardEverywhere(process, CONTINUE_SIGNALS);
  if (signal === SIGCONT) {
    discardEverywhere(process, STOP_SIGNALS);
    continueProcess(process);
  }
}

function discardEverywhere(process: LinuxProcess, signals: SignalSet): void {
  process.signals.pending.discard(signals);
  for (const thread of process.threads.values()) thread.signals.pending.discard(signals);
}

/** Ignored signals vanish when sent, unless blocked: then the action may change before they are taken. */
function isIgnored(process: LinuxProcess, target: LinuxThread | undefined, signal: number): boolean {
  if (!process.signals.actions.ignores(signal)) return false;
  const thread = target ?? process.leader;
  if (thread === undefined) return true;
  // A tracer sees what the program would not.
  if (thread.tracee !== undefined && signal !== SIGKILL) return false;
  return !thread.signals.mask.has(signal);
}

function wakeOne(process: LinuxProcess, signal: number): void {
  if (signal === SIGKILL) {
    for (const thread of process.threads.values()) thread.interrupt();
    return;
  }
  for (const thread of process.threads.values()) {
    if (thread.ended || thread.signals.mask.has(signal)) continue;
    thread.interrupt();
    return;
  }
}

/** Who was to take a signal of the process no longer will: all threads look again. Source: retarget_shared_pending. */
export function retargetSignals(process: LinuxProcess): void {
  if (process.signals.pending.set.isEmpty) return;
  for (const thread of process.threads.values()) if (!thread.ended) thread.interrupt();
}

function wakeFor(thread: LinuxThread, signal: number): void {
  if (!thread.signals.mask.has(signal) || signal === SIGKILL) thread.interrupt();
}

/** SIGPIPE to the thread that wrote where nobody reads, as if it had sent it itself. Source: fs/pipe.c, send_sig with no privilege. */
export function brokenPipe(thread: LinuxThread): void {
  const { pid, credentials } = thread.process;
  sendToThread(thread, userSignal(SIGPIPE, SI_USER, pid, credentials.uid));
}
