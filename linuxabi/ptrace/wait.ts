/**
 * What a tracer's wait tells of a thread it traces: stops, whatever the options, and the end of each thread. Source: kernel/exit.c,
 * wait_consider_task, wait_task_stopped; ptrace(2).
 */
import { CLD_EXITED, CLD_KILLED, CLD_STOPPED, CLD_TRAPPED, SIGCHLD } from '../abi/signal.ts';
import { P_ALL, P_PGID, P_PID, WEXITED, WNOWAIT } from '../abi/sched.ts';
import { releaseTraced } from '../process/exit.ts';
import { exitEvent } from '../process/wait.ts';
import type { ChildEvent, WaitRequest } from '../process/wait.ts';
import { forget } from './attach.ts';
import { isKilled } from '../signal/send.ts';
import type { Tracee } from './tracee.ts';

/** Whether the wait is for this thread; of what kind it is does not matter to a tracer. */
export function isMeant({ thread }: Tracee, { idType, id }: WaitRequest): boolean {
  if (idType === P_PID) return thread.tid === id;
  if (idType === P_PGID) return thread.process.group.pgid === id;
  return idType === P_ALL;
}

export function traceeEvent(tracee: Tracee, options: number): ChildEvent | undefined {
  const { thread } = tracee;
  if (tracee.exitStatus !== undefined) return threadEnd(tracee, tracee.exitStatus, options);
  if (thread.process.exited) return thread.isLeader ? processEnd(tracee, options) : undefined;
  return stopEvent(tracee, options);
}

function stopEvent(tracee: Tracee, options: number): ChildEvent | undefined {
  const { stop, thread } = tracee;
  // One that is killed has left its stop, though it may not have run yet.
  if (stop === undefined || tracee.isReported || tracee.isListening || isKilled(thread)) return undefined;
  if ((options & WNOWAIT) === 0) tracee.isReported = true;
  const code = stop.kind === 'group' ? CLD_STOPPED : CLD_TRAPPED;
  return eventOf(tracee, (stop.code << 8) | 0x7f, code, stop.code, thread.tid);
}

function eventOf({ thread }: Tracee, status: number, code: number, siStatus: number, pid: number): ChildEvent {
  const info = { signal: SIGCHLD, code, pid, uid: thread.process.credentials.uid, status: siStatus };
  return { pid, status, info, usage: thread.usage };
}

/** A thread other than the first has ended: nobody but its tracer is told. */
function threadEnd(tracee: Tracee, status: number, options: number): ChildEvent | undefined {
  if ((options & WEXITED) === 0) return undefined;
  if ((options & WNOWAIT) === 0) forget(tracee);
  const signal = status & 0x7f;
  return signal === 0
    ? eventOf(tracee, status, CLD_EXITED, status >> 8, tracee.thread.tid)
    : eventOf(tracee, status, CLD_KILLED, signal, tracee.thread.tid);
}

/** The end of the process, which its parent hears of afterwards when the tracer is another. */
function processEnd(tracee: Tracee, options: number): ChildEvent | undefined {
  const { process } = tracee.thread;
  if (process.parent === tracee.tracer) return exitEvent(process, options);
  const event = exitEvent(process, options | WNOWAIT);
  if (event !== undefined && (options & WNOWAIT) === 0) releaseTraced(process);
  return event;
}
