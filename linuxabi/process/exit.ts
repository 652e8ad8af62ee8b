/**
 * How threads and processes end, and how their parents hear of it. Source: kernel/exit.c (do_exit, exit_notify,
 * forget_original_parent, kill_orphaned_pgrp, release_task); _exit(2), wait(2).
 */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import {
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  SA_NOCLDWAIT,
  SIGCHLD,
  SIGCONT,
  SIGHUP,
  SIG_IGN,
  SI_USER,
  _NSIG,
} from '../abi/signal.ts';
import { USER_HZ, NS_PER_SECOND } from '../abi/time.ts';
import { releaseRobustList } from '../futex/robust-list.ts';
import { abandonTracees, forget } from '../ptrace/attach.ts';
import { endTracee } from '../ptrace/stops.ts';
import { retargetSignals, sendToGroup, sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import type { LinuxProcess } from './process.ts';
import type { ProcessGroup } from './session.ts';
import type { LinuxThread } from './thread.ts';

/** Wait status of a normal end. */
export function exitedStatus(code: number): number {
  return (code & 0xff) << 8;
}

/** exit(2): this thread ends. The process ends with its last thread, and with that one's status. */
export function exitThread(thread: LinuxThread, status: number): void {
  const { process } = thread;
  endThread(thread, status);
  if (liveThreads(process) === 0) endProcess(process, process.exiting ?? status);
}

/** exit_group(2), or death by a signal: every thread ends. */
export function exitGroup(process: LinuxProcess, status: number): void {
  if (process.exited) return;
  process.exiting = status;
  for (const thread of process.threads.values()) if (!thread.ended) endThread(thread, status);
  endProcess(process, status);
}

/** execve: every thread but this one ends. */
export function endOtherThreads(thread: LinuxThread): void {
  for (const other of thread.process.threads.values()) {
    if (other !== thread && !other.ended) endThread(other, 0);
  }
}

function liveThreads(process: LinuxProcess): number {
  let count = 0;
  for (const thread of process.threads.values()) if (!thread.ended) count++;
  return count;
}

function endThread(thread: LinuxThread, status: number): void {
  const { process, machine } = thread;
  thread.wait?.leave();
  thread.wait?.wait.onAbandon?.();
  thread.wait = undefined;
  releaseMemoryWords(thread);
  thread.releaseFilters();
  machine.tracer?.threadEnded(thread);
  machine.taskEvents.threadEnded(thread);
  thread.ended = true;
  thread.signals.pending.dispose();
  process.ownUsage.add(thread.usedSoFar());
  process.ended.wake();
  thread.dispatcher.end();
  thread.cpu.dispose();
  retargetSignals(process);
  // The leader's number stays taken until the process is reaped.
  if (thread.tracee !== undefined) endTracee(thread.tracee, status);
  if (thread.isLeader) return;
  process.threads.delete(thread.tid);
  machine.tasks.threads.delete(thread.tid);
}

/**
 * Words in memory that others may be waiting on: the robust list, and the tid that pthread_join waits for.
 * Source: kernel/fork.c, mm_release.
 */
export function releaseMemoryWords(thread: LinuxThread): void {
  if (thread.robustList !== 0) releaseRobustList(thread);
  thread.robustList = 0;
  thread.machine.futexes.pi.abandon(thread);
  const address = thread.clearChildTid;
  thread.clearChildTid = 0;
  if (address === 0) return;
  const { image } = thread.process;
  if (image === undefined || (!image.isShared && liveThreads(thread.process) <= 1)) return;
  try {
    thread.memory.writeU32(guestAddress(address), 0);
  } catch (failure) {
    if (failure instanceof GuestFault) return;
    throw failure;
  }
  thread.machine.futexes.wakeAddress(thread, address, 1);
}

/** The process has no threads left. */
function endProcess(process: LinuxProcess, status: number): void {
  const { machine } = process;
  process.exitStatus = status;
  process.jobControl.stopped = false;
  machine.trace.processEnded(process.pid, status);
  process.timers.dispose();
  process.posixTimers.dispose();
  const { actor } = machine;
  machine.actor = process;
  process.files.release();
  process.fs.release();
  if (process.image !== undefined) process.ownUsage.noteResidentPages(process.addressSpace.memory.presentPages());
  process.image?.release();
  machine.actor = actor;
  process.image = undefined;
  process.signals.actions.release();
  process.signals.pending.dispose();
  process.borrowsMemory = false;
  process.memoryReleased.wake();
  hangUpSession(process);
  for (const released of abandonTracees(process)) notifyParent(released);
  const orphaned = abandonChildren(process);
  if (tied(process, process.parent)) orphaned.add(process.group);
  for (const group of orphaned) wakeOrphanedGroup(group, process);
  const tracer = process.leader?.tracee?.tracer;
  if (tracer === undefined || tracer === process.parent) notifyParent(process);
  else tracer.tracedProcessEnded(process);
  process.ended.wake();
  machine.processEnded(process, status);
}

/** A session leader's end: the foreground group of its terminal, or of the one that was hung up, is told. */
function hangUpSession(process: LinuxProcess): void {
  const { session, controllingTerminal } = process;
  if (session.leader !== process) return;
  session.leader = undefined;
  if (controllingTerminal !== undefined) controllingTerminal.leaderExited(session);
  else if (session.hungUpGroup !== undefined) {
    sendToGroup(session.hungUpGroup, kernelSignal(SIGHUP));
    sendToGroup(session.hungUpGroup, kernelSignal(SIGCONT));
  }
}

/** Children go to the nearest subreaper or init. Answers the groups that may have become orphaned. */
function abandonChildren(process: LinuxProcess): Set<ProcessGroup> {
  const groups = new Set<ProcessGroup>();
  for (const child of process.children) {
    const parent = newParent(process);
    child.parent = parent;
    parent.children.add(child);
    for (const thread of child.threads.values()) {
      if (thread.parentDeathSignal !== 0) sendToProcess(child, deathNotice(process, thread.parentDeathSignal));
    }
    child.exitSignal = SIGCHLD;
    if (child.exited && child.leader?.tracee === undefined) notifyParent(child);
    else if (tied(child, process)) groups.add(child.group);
  }
  process.children.clear();
  return groups;
}

function deathNotice(parent: LinuxProcess, signal: number): SignalInfo {
  return { signal, code: SI_USER, pid: parent.pid, uid: parent.credentials.uid };
}

function newParent(process: LinuxProcess): LinuxProcess {
  for (let parent = process.parent; parent !== undefined; parent = parent.parent) {
    if (parent.isSubreaper && !parent.exited) return parent;
  }
  return process.machine.init;
}

/** Whether the group of a process could be continued through this parent: only then can the end of one of them orphan it. */
function tied(process: LinuxProcess, parent: LinuxProcess | undefined): boolean {
  return parent !== undefined && parent.group !== process.group && parent.session === process.session;
}

/** A group that can no longer be continued by anyone does not stay stopped. */
function wakeOrphanedGroup(group: ProcessGroup, leaving: LinuxProcess): void {
  if (group.members.size === 0 || !group.isOrphaned(leaving) || !group.hasStoppedMember()) return;
  sendToGroup(group, kernelSignal(SIGHUP));
  sendToGroup(group, kernelSignal(SIGCONT));
}

/** A tracer that is not the parent has seen the end of the process. */
export function releaseTraced(process: LinuxProcess): void {
  const tracee = process.leader?.tracee;
  if (tracee !== undefined) forget(tracee);
  notifyParent(process);
}

/** Tells the parent; a parent that does not want to know has its child reaped at once. */
function notifyParent(process: LinuxProcess): void {
  const { parent, exitSignal, machine } = process;
  if (parent === undefined) return;
  const action = parent.signals.actions.get(SIGCHLD);
  // Init collects whatever comes to it (CLONE_PARENT gives it children with other signals).
  const isWatched = exitSignal === SIGCHLD || parent === machine.init;
  const unwanted = isWatched && (action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0);
  // clone(2) takes any number up to 255; what is no signal is not sent.
  if (exitSignal !== 0 && exitSignal <= _NSIG) sendToProcess(parent, childInfo(process, exitSignal));
  if (unwanted) reap(process);
  parent.childEvents.wake();
}

export function childInfo(process: LinuxProcess, signal: number): SignalInfo {
  const status = process.exitStatus ?? 0;
  const killedBy = status & 0x7f;
  const usage = process.usage();
  const ticks = (ns: number): number => Math.floor((ns * USER_HZ) / NS_PER_SECOND);
  return {
    signal,
    code: killedBy === 0 ? CLD_EXITED : (status & 0x80) !== 0 ? CLD_DUMPED : CLD_KILLED,
    pid: process.pid,
    uid: process.credentials.uid,
    status: killedBy === 0 ? (status >> 8) & 0xff : killedBy,
    userTicks: ticks(usage.userNs),
    systemTicks: ticks(usage.systemNs),
  };
}

/** The last trace of a process goes; its resources count as those of a child of its parent. */
export function reap(process: LinuxProcess): void {
  const { parent, machine } = process;
  if (parent !== undefined) {
    parent.childrenUsage.add(process.usage());
    parent.childrenUsage.add(process.childrenUsage);
    parent.children.delete(process);
  }
  const tracee = process.leader?.tracee;
  if (tracee !== undefined) forget(tracee);
  process.parent = undefined;
  process.reaped = true;
  process.ended.wake();
  process.threads.clear();
  machine.tasks.threads.delete(process.pid);
  machine.tasks.processes.delete(process.pid);
  machine.tasks.leaveGroup(process);
  machine.taskEvents.reaped(process);
}
