/** Events that a tracer may ask for: new tasks, execve, the end of a vfork, exits. Source: ptrace(2), PTRACE_SETOPTIONS. */
import {
  PTRACE_EVENT_CLONE,
  PTRACE_EVENT_EXEC,
  PTRACE_EVENT_EXIT,
  PTRACE_EVENT_FORK,
  PTRACE_EVENT_VFORK,
  PTRACE_EVENT_VFORK_DONE,
} from '../abi/ptrace.ts';
import { CLONE_PTRACE, CLONE_UNTRACED, CLONE_VFORK } from '../abi/sched.ts';
import { SIGCHLD, SIGTRAP, SI_USER } from '../abi/signal.ts';
import { BLOCKED, NO_RESULT } from '../blocking.ts';
import { completeSyscall } from '../process/execution.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToThread } from '../signal/send.ts';
import { userSignal } from '../signal/siginfo.ts';
import { attachChild } from './attach.ts';
import { stopAtEvent } from './stops.ts';

/** The thread stops inside its call, where its tracer wants this event; `step` ends the call, now or after the stop. */
function stopInCall(thread: LinuxThread, event: number, message: number, step: () => number): number {
  const { tracee } = thread;
  if (tracee?.wants(event) !== true) return step();
  stopAtEvent(tracee, event, message, () => {
    const result = step();
    if (result !== BLOCKED) completeSyscall(thread, result);
  });
  return BLOCKED;
}

/** A task has been made and will run; `step` ends the call of its creator. */
export function cloned(parent: LinuxThread, child: LinuxThread, flags: number, exitSignal: number, step: () => number) {
  const { tracee } = parent;
  if (tracee === undefined) return step();
  const event = cloneEvent(flags, exitSignal);
  const isFollowed = (flags & CLONE_UNTRACED) === 0 && tracee.wants(event);
  if (isFollowed || (flags & CLONE_PTRACE) !== 0) attachChild(tracee, child);
  return isFollowed ? stopInCall(parent, event, child.tid, step) : step();
}

function cloneEvent(flags: number, exitSignal: number): number {
  if ((flags & CLONE_VFORK) !== 0) return PTRACE_EVENT_VFORK;
  return exitSignal === SIGCHLD ? PTRACE_EVENT_FORK : PTRACE_EVENT_CLONE;
}

/** A child that borrowed the memory has let go of it. */
export function vforkDone(parent: LinuxThread, childPid: number): number {
  return stopInCall(parent, PTRACE_EVENT_VFORK_DONE, childPid, () => childPid);
}

/** The new program is about to start. `formerTid` is the thread's number before the call. */
export function executed(thread: LinuxThread, formerTid: number): number {
  const { tracee, process } = thread;
  if (tracee !== undefined && !tracee.wants(PTRACE_EVENT_EXEC) && !tracee.isSeized)
    sendToThread(thread, userSignal(SIGTRAP, SI_USER, process.pid, process.credentials.uid));
  return stopInCall(thread, PTRACE_EVENT_EXEC, formerTid, () => NO_RESULT);
}

/** The thread is about to end by its own call; `step` ends it. */
export function exiting(thread: LinuxThread, status: number, step: () => void): number {
  return stopInCall(thread, PTRACE_EVENT_EXIT, status, () => {
    step();
    return NO_RESULT;
  });
}

/** A signal is about to end the thread's process; `step` ends it. */
export function dying(thread: LinuxThread, status: number, step: () => void): void {
  const { tracee } = thread;
  if (tracee?.wants(PTRACE_EVENT_EXIT) === true) stopAtEvent(tracee, PTRACE_EVENT_EXIT, status, step);
  else step();
}
