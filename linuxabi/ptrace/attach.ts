/**
 * How tracing begins and ends. A tracer is a process: any of its threads may give orders and wait. Source: ptrace(2); kernel/ptrace.c,
 * ptrace_attach, ptrace_traceme, exit_ptrace, __ptrace_unlink.
 */
import { EIO, EPERM } from '../abi/errno.ts';
import { PTRACE_O_EXITKILL, PTRACE_O_MASK, PTRACE_O_SUSPEND_SECCOMP } from '../abi/ptrace.ts';
import { SIGKILL, SIGSTOP } from '../abi/signal.ts';
import type { LinuxProcess } from '../process/process.ts';
import { mayAccess } from '../process/ptrace-access.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToProcess, sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { leaveStop, setStepping } from './stops.ts';
import { Tracee } from './tracee.ts';
import type { Tracer } from './tracer.ts';

function link(thread: LinuxThread, tracer: Tracer, isSeized: boolean, options: number): Tracee {
  const tracee = new Tracee(thread, tracer, isSeized, options);
  thread.tracee = tracee;
  tracer.tracees.add(tracee);
  return tracee;
}

export function traceMe(thread: LinuxThread): number {
  const { parent } = thread.process;
  if (thread.tracee !== undefined || parent === undefined) return -EPERM;
  link(thread, parent, false, 0);
  return 0;
}

function refuseAttach(tracer: LinuxThread, target: LinuxThread): number {
  if (target.process === tracer.process || target.process.image === undefined) return -EPERM;
  if (!mayAccess(tracer, target.process, 'real')) return -EPERM;
  return target.ended || target.tracee !== undefined ? -EPERM : 0;
}

export function attach(tracer: LinuxThread, target: LinuxThread): number {
  const refused = refuseAttach(tracer, target);
  if (refused !== 0) return refused;
  const tracee = link(target, tracer.process, false, 0);
  sendToThread(target, kernelSignal(SIGSTOP));
  stopWhereItStands(tracee);
  return 0;
}

export function seize(tracer: LinuxThread, target: LinuxThread, address: number, options: number): number {
  if (address !== 0 || !areOptions(options)) return -EIO;
  const refused = refuseAttach(tracer, target);
  if (refused !== 0) return refused;
  stopWhereItStands(link(target, tracer.process, true, options));
  return 0;
}

export function areOptions(options: number): boolean {
  return options >= 0 && options <= PTRACE_O_MASK && (options & ~PTRACE_O_MASK) === 0 && !suspendsFilters(options);
}

/** For a checkpointer; nobody may. */
function suspendsFilters(options: number): boolean {
  return (options & PTRACE_O_SUSPEND_SECCOMP) !== 0;
}

/** A thread of a stopped group is stopped for its tracer from now on. */
function stopWhereItStands(tracee: Tracee): void {
  if (!tracee.thread.process.jobControl.stopped) return;
  tracee.mustTrap = true;
  tracee.thread.interrupt();
}

/** A debugger takes over a thread. */
export function seizeFor(tracer: Tracer, thread: LinuxThread, options: number): Tracee {
  return link(thread, tracer, true, options);
}

/** A new task whose creator's tracer wants to have it too. Source: include/linux/ptrace.h, ptrace_init_task. */
export function attachChild(parent: Tracee, child: LinuxThread): void {
  const tracee = link(child, parent.tracer, parent.isSeized, parent.options);
  if (parent.isSeized) tracee.mustTrap = true;
  else child.signals.pending.add(kernelSignal(SIGSTOP));
}

/** Tracing is over; the thread goes on, or stays stopped with its group. */
export function detach(tracee: Tracee, signal: number): void {
  const { thread } = tracee;
  if (!thread.ended) setStepping(tracee, false);
  leaveStop(tracee, signal);
  forget(tracee);
  thread.watchCalls();
  if (!thread.ended) thread.interrupt();
}

/** The tracer has nothing more to do with it. */
export function forget(tracee: Tracee): void {
  tracee.tracer.tracees.delete(tracee);
  tracee.thread.tracee = undefined;
}

/** The tracer has ended. Answers processes whose end their parents have not heard of, as it was the tracer's to know first. */
export function abandonTracees(tracer: LinuxProcess): LinuxProcess[] {
  const released: LinuxProcess[] = [];
  for (const tracee of tracer.tracees) {
    const { thread, options, stop, isReported } = tracee;
    if ((options & PTRACE_O_EXITKILL) !== 0) sendToProcess(thread.process, kernelSignal(SIGKILL));
    // A signal that the tracer has been told of is its own to give.
    detach(tracee, stop?.kind === 'signal' && !isReported ? stop.code : 0);
    if (thread.process.exited && thread.isLeader && thread.process.parent !== tracer) released.push(thread.process);
  }
  return released;
}
