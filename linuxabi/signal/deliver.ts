/**
 * Taking signals: on the way back to user mode a thread takes what is pending, one by one, and does what the action says. This is
 * also the one place where an interrupted syscall's ERESTART code is resolved (see blocking.ts).
 * Source: kernel/signal.c, get_signal; arch/x86/kernel/signal.c, handle_signal, arch_do_signal_or_restart.
 */
import { Gpr } from '../../cpu/state-layout.ts';
import { EINTR, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS, ERESTART_RESTARTBLOCK } from '../abi/errno.ts';
import {
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIGABRT,
  SIGBUS,
  SIGFPE,
  SIGILL,
  SIGKILL,
  SIGQUIT,
  SIGSEGV,
  SIGSTOP,
  SIGSYS,
  SIGTRAP,
  SIGXCPU,
  SIGXFSZ,
  SIG_DFL,
  SIG_IGN,
} from '../abi/signal.ts';
import { dumpCore } from '../coredump/dump-core.ts';
import { dying } from '../ptrace/events.ts';
import { setStepping, stopAtHandler, stopForGroup, stopWithSignal } from '../ptrace/stops.ts';
import { exitGroup } from '../process/exit.ts';
import { abortSequence } from '../process/rseq.ts';
import { stopProcess } from '../process/stop.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { SignalAction } from './actions.ts';
import { pushFrame } from './frame.ts';
import { STOP_SIGNALS, forceSignal, isKilled } from './send.ts';
import type { SignalInfo } from './siginfo.ts';
import { kernelSignal } from './siginfo.ts';
import { SignalSet } from './signal-set.ts';

const RESTART_SYSCALL = 219;
/** Length of the SYSCALL instruction, which a restart executes again. */
const SYSCALL_BYTES = 2;
/** Wait status bit: a core was dumped. */
const CORE_DUMPED = 0x80;

/** Faults of the thread itself go first: their frame must show the state of the fault. */
const SYNCHRONOUS = SignalSet.of(SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS);
const CORE_SIGNALS = SignalSet.of(SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGSYS, SIGXCPU, SIGXFSZ);

/** Afterwards the thread is ready to run user code, stopped (and parked), or gone. */
export function deliverSignals(thread: LinuxThread): void {
  const { process } = thread;
  while (!thread.ended && thread.tracee?.stop === undefined && thread.resumption === undefined) {
    if (isKilled(thread)) {
      exitGroup(process, SIGKILL);
      return;
    }
    if (thread.tracee?.mustTrap === true) {
      stopForGroup(thread.tracee);
      return;
    }
    if (process.jobControl.stopped && thread.tracee === undefined) {
      thread.dispatcher.park();
      return;
    }
    const info = takeSignal(thread);
    if (info === undefined) {
      resolveWithoutHandler(thread);
      return;
    }
    if (thread.tracee !== undefined) {
      stopWithSignal(thread.tracee, info, (given) => act(thread, given));
      return;
    }
    act(thread, info);
  }
}

function takeSignal(thread: LinuxThread): SignalInfo | undefined {
  const { mask, pending } = thread.signals;
  const shared = thread.process.signals.pending;
  const unblocked = new SignalSet(~mask.low, ~mask.high);
  return pending.take(SYNCHRONOUS.without(mask)) ?? pending.take(unblocked) ?? shared.take(unblocked);
}

function act(thread: LinuxThread, info: SignalInfo): void {
  const { process } = thread;
  const { signal } = info;
  const action = process.signals.actions.get(signal);
  if (action.handler === SIG_IGN) return;
  thread.machine.tracer?.signal(thread, info);
  thread.machine.trace.signalDelivered(thread.tid, signal, action.handler);
  if (action.handler !== SIG_DFL) {
    runHandler(thread, info, action);
    return;
  }
  if (process.signals.actions.ignores(signal)) return;
  if (STOP_SIGNALS.has(signal)) {
    // Nobody could continue an orphaned group: only SIGSTOP stops it.
    if (signal === SIGSTOP || !process.group.isOrphaned()) stopProcess(process, signal);
    return;
  }
  const status = deathStatus(thread, info);
  dying(thread, status, () => exitGroup(process, status));
}

/** Wait status of a process that the signal kills, after its core is dumped where it should be. */
export function deathStatus(thread: LinuxThread, info: SignalInfo): number {
  const { signal } = info;
  return CORE_SIGNALS.has(signal) && dumpCore(thread, info) ? signal | CORE_DUMPED : signal;
}

function runHandler(thread: LinuxThread, info: SignalInfo, action: SignalAction): void {
  const { process, signals } = thread;
  resolveWithHandler(thread, action);
  abortSequence(thread);
  const { tracee } = thread;
  const isStepping = tracee?.isStepping === true;
  if (tracee !== undefined && isStepping) setStepping(tracee, false);
  const restoredMask = signals.savedMask ?? signals.mask.copy();
  signals.savedMask = undefined;
  if ((action.flags & SA_RESETHAND) !== 0) process.signals.actions.resetToDefault(info.signal);
  if (!pushFrame(thread, info, action, restoredMask)) {
    if (info.signal === SIGSEGV) process.signals.actions.resetToDefault(SIGSEGV);
    forceSignal(thread, kernelSignal(SIGSEGV));
    return;
  }
  signals.mask.addAll(action.mask);
  if ((action.flags & SA_NODEFER) === 0) signals.mask.add(info.signal);
  if (tracee !== undefined && isStepping) stopAtHandler(tracee);
}

/** The restart code in rax of a call that was interrupted, or 0. The call is over with this. */
function takeRestartCode(thread: LinuxThread): number {
  if (thread.syscallNumber < 0) return 0;
  return -thread.cpu.state.long(Gpr.rax);
}

function resolveWithHandler(thread: LinuxThread, action: SignalAction): void {
  switch (takeRestartCode(thread)) {
    case ERESTART_RESTARTBLOCK:
    case ERESTARTNOHAND:
      finish(thread);
      break;
    case ERESTARTSYS:
      if ((action.flags & SA_RESTART) === 0) finish(thread);
      else repeat(thread, thread.syscallNumber);
      break;
    case ERESTARTNOINTR:
      repeat(thread, thread.syscallNumber);
      break;
    default:
  }
  thread.syscallNumber = -1;
}

function resolveWithoutHandler(thread: LinuxThread): void {
  switch (takeRestartCode(thread)) {
    case ERESTARTSYS:
    case ERESTARTNOHAND:
    case ERESTARTNOINTR:
      repeat(thread, thread.syscallNumber);
      break;
    case ERESTART_RESTARTBLOCK:
      repeat(thread, RESTART_SYSCALL);
      break;
    default:
  }
  thread.syscallNumber = -1;
  const { savedMask } = thread.signals;
  if (savedMask === undefined) return;
  thread.signals.mask.assign(savedMask);
  thread.signals.savedMask = undefined;
}

function finish(thread: LinuxThread): void {
  thread.cpu.state.setNumber(Gpr.rax, -EINTR);
}

function repeat(thread: LinuxThread, number: number): void {
  const { state } = thread.cpu;
  state.setNumber(Gpr.rax, number);
  state.rip = state.rip - SYSCALL_BYTES;
}
