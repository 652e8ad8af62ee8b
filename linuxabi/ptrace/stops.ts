/**
 * Stops of traced threads. A thread enters one where Linux would: before and after a call, with a signal in hand, at an event; it parks, and
 * `resume` holds what it does first when the tracer lets it go on. Source: ptrace(2), "Stopped states"; kernel/signal.c, ptrace_stop,
 * do_jobctl_trap, ptrace_signal.
 */
import { Rflags } from '../../cpu/state-layout.ts';
import {
  PTRACE_EVENTMSG_SYSCALL_ENTRY,
  PTRACE_EVENTMSG_SYSCALL_EXIT,
  PTRACE_EVENT_STOP,
  PTRACE_O_TRACESYSGOOD,
} from '../abi/ptrace.ts';
import {
  CLD_EXITED,
  CLD_KILLED,
  CLD_STOPPED,
  CLD_TRAPPED,
  SIGKILL,
  SIGTRAP,
  SI_USER,
  TRAP_BRKPT,
  TRAP_HWBKPT,
} from '../abi/signal.ts';
import { exitGroup } from '../process/exit.ts';
import type { LinuxThread } from '../process/thread.ts';
import { forceSignal, isKilled } from '../signal/send.ts';
import { userSignal } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { TraceStop, Tracee } from './tracee.ts';

const SYSGOOD = 0x80;

function enter(tracee: Tracee, stop: TraceStop): void {
  const { thread } = tracee;
  tracee.stop = stop;
  tracee.isReported = false;
  tracee.isListening = false;
  thread.dispatcher.park();
  tracee.tracer.traceeChanged(tracee, stop.kind === 'group' ? CLD_STOPPED : CLD_TRAPPED, stop.code & 0x7f);
}

/** siginfo of a stop that the kernel makes by itself. */
function trapInfo(thread: LinuxThread, signal: number, code: number): SignalInfo {
  return { signal, code, pid: thread.tid, uid: thread.process.credentials.uid };
}

/** A stop of kind SIGTRAP, with an event in the upper bits of `code`. */
function trap(tracee: Tracee, code: number, message: number, resume: (signal: number) => void): void {
  tracee.message = message;
  enter(tracee, { code, info: trapInfo(tracee.thread, SIGTRAP, code), kind: 'trap', resume });
}

/** At an event the tracer asked for; `resume` goes on from there. */
export function stopAtEvent(tracee: Tracee, event: number, message: number, resume: () => void): void {
  trap(tracee, SIGTRAP | (event << 8), message, resume);
}

/** Before a call: `resume` carries it out. */
export function stopBeforeCall(tracee: Tracee, resume: () => void): void {
  trap(tracee, callCode(tracee), PTRACE_EVENTMSG_SYSCALL_ENTRY, (signal) => {
    sendFromTracer(tracee, signal);
    resume();
  });
}

/** The call has its result. */
export function stopAfterCall(tracee: Tracee): void {
  if (tracee.isStepping) {
    // The instruction that was stepped over is the call.
    const { rip } = tracee.thread.cpu.state;
    forceSignal(tracee.thread, { signal: SIGTRAP, code: TRAP_BRKPT, address: rip });
  } else if (tracee.pace === 'calls') {
    trap(tracee, callCode(tracee), PTRACE_EVENTMSG_SYSCALL_EXIT, (signal) => sendFromTracer(tracee, signal));
  }
}

function callCode({ options }: Tracee): number {
  return (options & PTRACE_O_TRACESYSGOOD) !== 0 ? SIGTRAP | SYSGOOD : SIGTRAP;
}

/** Around a call a signal of the tracer's is sent as any other. Source: include/linux/ptrace.h, ptrace_report_syscall. */
function sendFromTracer({ thread, tracer }: Tracee, signal: number): void {
  if (signal === 0) return;
  thread.signals.pending.add(userSignal(signal, SI_USER, tracer.pid, tracer.credentials.uid));
}

/** A breakpoint of the processor: the owner's, who may give the thread a signal; it passes those of others. */
export function reachBreakpoint(thread: LinuxThread): void {
  const { tracee, cpu } = thread;
  if (tracee?.tracer.ownsBreakpoints !== true) {
    cpu.state.rflags |= Rflags.RF;
    return;
  }
  stopWithSignal(tracee, { signal: SIGTRAP, code: TRAP_HWBKPT, address: cpu.state.rip }, (given) => {
    thread.signals.pending.add(given);
  });
}

/** With a signal in hand, before it has any effect. `act` is what it does unless the tracer says otherwise. */
export function stopWithSignal(tracee: Tracee, info: SignalInfo, act: (info: SignalInfo) => void): void {
  const stop: TraceStop = {
    code: info.signal,
    info,
    kind: 'signal',
    resume(signal) {
      if (signal === 0) return;
      const { thread, tracer } = tracee;
      const known = this.info?.signal === signal ? this.info : undefined;
      const given = known ?? userSignal(signal, SI_USER, tracer.pid, tracer.credentials.uid);
      if (thread.signals.mask.has(signal)) thread.signals.pending.add(given);
      else act(given);
    },
  };
  enter(tracee, stop);
}

/** A handler is about to run, and the tracer wanted one step. Source: kernel/signal.c, signal_setup_done. */
export function stopAtHandler(tracee: Tracee): void {
  trap(tracee, SIGTRAP, 0, () => {});
}

/** The group has stopped, or the tracer asked for a stop. */
export function stopForGroup(tracee: Tracee): void {
  const { thread, isSeized } = tracee;
  const { stopped, stopSignal } = thread.process.jobControl;
  tracee.mustTrap = false;
  const resume = (): void => {};
  if (!isSeized) {
    enter(tracee, { code: stopSignal, info: undefined, kind: 'group', resume });
    return;
  }
  const signal = stopped ? stopSignal : SIGTRAP;
  const code = signal | (PTRACE_EVENT_STOP << 8);
  enter(tracee, { code, info: trapInfo(thread, signal, code), kind: 'group', resume });
}

/**
 * Where it stands, between two instructions or in a call that it waits in, which is not disturbed: its next slice will find the stop. The
 * tracer, a debugger, knows.
 */
export function stopHere(tracee: Tracee): void {
  tracee.stop ??= {
    code: SIGTRAP | (PTRACE_EVENT_STOP << 8),
    info: trapInfo(tracee.thread, SIGTRAP, SIGTRAP),
    kind: 'group',
    resume: () => {},
  };
  tracee.isReported = true;
}

/** Something has changed for a thread that its tracer lets listen, or that has been asked to stop. */
export function trapAgain(tracee: Tracee): void {
  if (tracee.isListening) stopForGroup(tracee);
  else {
    tracee.mustTrap = true;
    tracee.thread.interrupt();
  }
}

/** Lets a stopped thread go on; what it was about to do happens when it next runs. */
export function leaveStop(tracee: Tracee, signal: number): void {
  const { stop, thread } = tracee;
  if (stop === undefined) return;
  tracee.stop = undefined;
  tracee.isListening = false;
  thread.resumption = () => stop.resume(signal);
  thread.dispatcher.unpark();
}

/**
 * The thread's slice begins: false while it is stopped, or when what it had to do first has left it stopped, waiting, or ended.
 */
export function goOn(thread: LinuxThread): boolean {
  if (thread.tracee?.stop !== undefined) {
    if (isKilled(thread)) exitGroup(thread.process, SIGKILL);
    else thread.dispatcher.park();
    return false;
  }
  const { resumption } = thread;
  thread.resumption = undefined;
  if (resumption === undefined || isKilled(thread)) return true;
  resumption();
  return !thread.ended && thread.wait === undefined && thread.tracee?.stop === undefined;
}

/** The thread has ended. Of a process's first thread the tracer hears when the whole process has. */
export function endTracee(tracee: Tracee, status: number): void {
  tracee.stop = undefined;
  if (tracee.thread.isLeader) return;
  tracee.exitStatus = status;
  const killed = (status & 0x7f) !== 0;
  tracee.tracer.traceeChanged(tracee, killed ? CLD_KILLED : CLD_EXITED, killed ? status & 0x7f : status >> 8);
}

/** From here on the processor traps after each instruction, or no longer does so for the tracer. */
export function setStepping(tracee: Tracee, isStepping: boolean): void {
  const { state } = tracee.thread.cpu;
  tracee.isStepping = isStepping;
  const isSet = (state.rflags & Rflags.TF) !== 0;
  if (isStepping && !isSet) {
    state.rflags |= Rflags.TF;
    tracee.hasForcedTrapFlag = true;
  } else if (!isStepping && tracee.hasForcedTrapFlag) {
    state.rflags &= ~Rflags.TF;
    tracee.hasForcedTrapFlag = false;
  }
}
