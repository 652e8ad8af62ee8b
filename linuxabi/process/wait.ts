/**
 * Waiting for children: which child, which of its changes, and what is told of it. Source: wait(2), wait4(2); kernel/exit.c.
 */
import { ECHILD } from '../abi/errno.ts';
import { CLD_CONTINUED, CLD_STOPPED, SIGCHLD, SIGCONT } from '../abi/signal.ts';
import {
  P_ALL,
  P_PGID,
  P_PID,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  __WALL,
  __WCLONE,
} from '../abi/sched.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import { traceeEvent, isMeant } from '../ptrace/wait.ts';
import { childInfo, reap } from './exit.ts';
import type { LinuxProcess } from './process.ts';
import type { LinuxThread } from './thread.ts';
import { Usage } from './usage.ts';

export interface WaitRequest {
  readonly idType: number;
  readonly id: number;
  /** WEXITED, WSTOPPED, WCONTINUED, WNOHANG, WNOWAIT, __WALL, __WCLONE. */
  readonly options: number;
}

/** What happened to a child. */
export interface ChildEvent {
  readonly pid: number;
  /** As wait4 stores it. */
  readonly status: number;
  /** As waitid stores it. */
  readonly info: SignalInfo;
  readonly usage: Usage;
}

/** `report` stores the event in guest memory and answers the call's result; undefined stands for WNOHANG with nothing to tell. */
export function waitForChild(
  thread: LinuxThread,
  request: WaitRequest,
  report: (event: ChildEvent | undefined) => number,
): number {
  const { process } = thread;
  return block(thread, {
    attempt: () => {
      const found = findEvent(process, request);
      if (found === 'none') return -ECHILD;
      if (found !== undefined) return report(found);
      return (request.options & WNOHANG) !== 0 ? report(undefined) : WAIT;
    },
    queues: [process.childEvents],
    restart: Restart.Sys,
  });
}

/** An event, undefined when there is none yet, 'none' when no child could ever have one. */
function findEvent(process: LinuxProcess, request: WaitRequest): ChildEvent | undefined | 'none' {
  let eligible = false;
  for (const child of process.children) {
    if (!matches(child, request)) continue;
    eligible = true;
    const event = childEvent(process, child, request.options);
    if (event !== undefined) return event;
  }
  for (const tracee of process.tracees) {
    if (!isMeant(tracee, request)) continue;
    eligible = true;
    const event = traceeEvent(tracee, request.options);
    if (event !== undefined) return event;
  }
  return eligible ? undefined : 'none';
}

function matches(child: LinuxProcess, { idType, id, options }: WaitRequest): boolean {
  if (idType === P_PID && child.pid !== id) return false;
  if (idType === P_PGID && child.group.pgid !== id) return false;
  if (idType !== P_ALL && idType !== P_PID && idType !== P_PGID) return false;
  if ((options & __WALL) !== 0) return true;
  const isClone = child.exitSignal !== SIGCHLD;
  return isClone === ((options & __WCLONE) !== 0);
}

/** What a tracer tells of a child comes first to the tracer: the end, and where that is the waiting process itself, the stops. */
function childEvent(process: LinuxProcess, child: LinuxProcess, options: number): ChildEvent | undefined {
  const tracer = child.leader?.tracee?.tracer;
  if (tracer === undefined) return exitEvent(child, options) ?? stopEvent(child, options);
  return tracer === process ? undefined : stopEvent(child, options);
}

export function exitEvent(child: LinuxProcess, options: number): ChildEvent | undefined {
  if (child.exitStatus === undefined || (options & WEXITED) === 0) return undefined;
  const usage = new Usage();
  usage.add(child.usage());
  usage.add(child.childrenUsage);
  const event = { pid: child.pid, status: child.exitStatus, info: childInfo(child, SIGCHLD), usage };
  if ((options & WNOWAIT) === 0) reap(child);
  return event;
}

function stopEvent(child: LinuxProcess, options: number): ChildEvent | undefined {
  const { jobControl } = child;
  const keep = (options & WNOWAIT) !== 0;
  const { pid } = child;
  const common = { pid, uid: child.credentials.uid, signal: SIGCHLD };
  if (jobControl.stopUnreported && (options & WSTOPPED) !== 0) {
    if (!keep) jobControl.stopUnreported = false;
    const signal = jobControl.stopSignal;
    const info = { ...common, code: CLD_STOPPED, status: signal };
    return { pid, status: (signal << 8) | 0x7f, info, usage: child.usage() };
  }
  if (jobControl.continueUnreported && (options & WCONTINUED) !== 0) {
    if (!keep) jobControl.continueUnreported = false;
    const info = { ...common, code: CLD_CONTINUED, status: SIGCONT };
    return { pid, status: 0xffff, info, usage: child.usage() };
  }
  return undefined;
}
