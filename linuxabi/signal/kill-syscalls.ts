/** kill(2), tkill(2), rt_sigqueueinfo(2): who may send what to whom. */
import { CAP_KILL } from '../abi/capability.ts';
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { SIGCONT, SI_TKILL, SI_USER, _NSIG } from '../abi/signal.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { int, pointer, signal, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { sendToProcess, sendToThread } from './send.ts';
import { readSignalInfo } from './sets.ts';
import type { SignalInfo } from './siginfo.ts';
import { userSignal } from './siginfo.ts';

/** Source: kill(2), "For a process to have permission"; kernel/signal.c, check_kill_permission. */
export function maySignal(thread: LinuxThread, target: LinuxProcess, number: number): boolean {
  const from = thread.process;
  if (from === target || capable(from.credentials, CAP_KILL)) return true;
  const { uid, euid } = from.credentials;
  const to = target.credentials;
  if (euid === to.uid || euid === to.suid || uid === to.uid || uid === to.suid) return true;
  return number === SIGCONT && from.session === target.session;
}

/** Sends unless `info` is for signal 0, which only asks. */
function signalProcess(thread: LinuxThread, target: LinuxProcess, number: number, info: SignalInfo): number {
  if (number < 0 || number > _NSIG) return -EINVAL;
  if (!maySignal(thread, target, number)) return -EPERM;
  return number === 0 ? 0 : sendToProcess(target, info);
}

/** 0 when at least one got it, −EPERM when none may be signalled, −ESRCH when there are none. */
function signalAll(thread: LinuxThread, targets: Iterable<LinuxProcess>, number: number, info: SignalInfo): number {
  let result = -ESRCH;
  for (const target of targets) {
    const sent = signalProcess(thread, target, number, info);
    if (sent === 0 || result === -ESRCH) result = sent;
  }
  return result;
}

function kill(thread: LinuxThread, pid: number, number: number): number {
  const { process, machine } = thread;
  const info = userSignal(number, SI_USER, process.pid, process.credentials.uid);
  if (pid > 0) {
    const target = machine.tasks.processes.get(pid) ?? machine.tasks.threads.get(pid)?.process;
    return target === undefined ? -ESRCH : signalProcess(thread, target, number, info);
  }
  if (pid === -1) {
    const others = [...machine.tasks.processes.values()].filter((other) => other.pid > 1 && other !== process);
    const result = signalAll(thread, others, number, info);
    // Those one may not signal are left out without a word. Source: kernel/signal.c, kill_something_info.
    return result === -EPERM ? 0 : result;
  }
  const group = pid === 0 ? process.group : machine.tasks.groups.get(-pid);
  return group === undefined ? -ESRCH : signalAll(thread, group.members, number, info);
}

/** Kernel codes can't be forged: only SI_QUEUE and its like, unless one signals oneself. */
function isForged(thread: LinuxThread, info: SignalInfo, target: LinuxProcess): boolean {
  return (info.code >= 0 || info.code === SI_TKILL) && target !== thread.process;
}

function findThread(thread: LinuxThread, tgid: number | undefined, tid: number): LinuxThread | undefined {
  const target = thread.machine.tasks.find(tid);
  return target === undefined || (tgid !== undefined && target.process.pid !== tgid) ? undefined : target;
}

function signalThread(thread: LinuxThread, tgid: number | undefined, tid: number, number: number): number {
  if (tid <= 0 || (tgid !== undefined && tgid <= 0)) return -EINVAL;
  if (number < 0 || number > _NSIG) return -EINVAL;
  const target = findThread(thread, tgid, tid);
  if (target === undefined) return -ESRCH;
  if (!maySignal(thread, target.process, number)) return -EPERM;
  if (number === 0 || target.ended) return 0;
  return sendToThread(target, userSignal(number, SI_TKILL, thread.process.pid, thread.process.credentials.uid));
}

function queue(thread: LinuxThread, tgid: number, tid: number | undefined, number: number, address: number): number {
  if (number < 0 || number > _NSIG || (tid !== undefined && (tid <= 0 || tgid <= 0))) return -EINVAL;
  const info = readSignalInfo(thread, address, number);
  const process = thread.machine.tasks.processes.get(tgid);
  const target = tid === undefined ? undefined : findThread(thread, tgid, tid);
  if (process !== undefined && isForged(thread, info, process)) return -EPERM;
  if (process === undefined || (tid !== undefined && target === undefined)) return -ESRCH;
  if (!maySignal(thread, process, number)) return -EPERM;
  if (number === 0) return 0;
  return target === undefined ? sendToProcess(process, info) : sendToThread(target, info);
}

export const killSyscalls: readonly SyscallDefinition[] = [
  syscall(62, 'kill', [int('pid'), signal('sig')], kill),
  syscall(200, 'tkill', [int('tid'), signal('sig')], (thread, tid, number) =>
    signalThread(thread, undefined, tid, number),
  ),
  syscall(234, 'tgkill', [int('tgid'), int('tid'), signal('sig')], signalThread),
  syscall(129, 'rt_sigqueueinfo', [int('tgid'), signal('sig'), pointer('info')], (thread, tgid, number, info) =>
    queue(thread, tgid, undefined, number, info),
  ),
  syscall(
    297,
    'rt_tgsigqueueinfo',
    [int('tgid'), int('tid'), signal('sig'), pointer('info')],
    (thread, tgid, tid, number, info) => queue(thread, tgid, tid, number, info),
  ),
];
