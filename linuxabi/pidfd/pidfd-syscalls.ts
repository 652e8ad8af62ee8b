/** pidfd_open(2), pidfd_send_signal(2), pidfd_getfd(2), process_madvise(2), process_mrelease(2). */
import { MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED, adviceNames } from '../abi/mman.ts';
import { EBADF, EINVAL, ENOENT, EPERM, ESRCH } from '../abi/errno.ts';
import { O_CLOEXEC, O_EXCL, O_NONBLOCK } from '../abi/fcntl.ts';
import { SI_TKILL, SI_USER, _NSIG } from '../abi/signal.ts';
import { install, readSegments } from '../fs/descriptors.ts';
import { madvise } from '../memory/advice.ts';
import { mayAccess } from '../process/ptrace-access.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { maySignal } from '../signal/kill-syscalls.ts';
import { isKilled, sendToProcess, sendToThread } from '../signal/send.ts';
import { readRawSignalInfo } from '../signal/sets.ts';
import { userSignal } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import { choice, fd, flags, int, partial, pointer, signal, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { installPidfd, processFileAt, signalTargetAt } from './pidfd.ts';
import type { ProcessFile } from './process-file.ts';

const PIDFD_NONBLOCK = O_NONBLOCK;
const PIDFD_THREAD = O_EXCL;
const PIDFD_SIGNAL_THREAD = 1;
const PIDFD_SIGNAL_THREAD_GROUP = 2;
const PIDFD_SIGNAL_PROCESS_GROUP = 4;
const scopeNames = { PIDFD_SIGNAL_THREAD, PIDFD_SIGNAL_THREAD_GROUP, PIDFD_SIGNAL_PROCESS_GROUP } as const;

function pidfdOpen(thread: LinuxThread, pid: number, openFlags: number): number {
  if ((openFlags & ~(PIDFD_NONBLOCK | PIDFD_THREAD)) !== 0 || pid <= 0) return -EINVAL;
  const { tasks } = thread.machine;
  if ((openFlags & PIDFD_THREAD) !== 0) {
    const target = tasks.find(pid);
    return target === undefined ? -ESRCH : installPidfd(thread, target.process, openFlags, target);
  }
  const process = tasks.processes.get(pid);
  if (process !== undefined) return installPidfd(thread, process, openFlags);
  return tasks.threads.has(pid) ? -ENOENT : -ESRCH;
}

function sendSignal(thread: LinuxThread, pidfd: number, number: number, address: number, scope: number): number {
  const isOneScope = (scope & (scope - 1)) === 0 && scope <= PIDFD_SIGNAL_PROCESS_GROUP && scope >= 0;
  if (!isOneScope) return -EINVAL;
  const file = signalTargetAt(thread, pidfd);
  if (typeof file === 'number') return file;
  const info = signalInfo(thread, file, number, address);
  if (typeof info === 'number') return info;
  if (file.process.reaped) return -ESRCH;
  if (number < 0 || number > _NSIG) return -EINVAL;
  if (scope === PIDFD_SIGNAL_PROCESS_GROUP) return sendToMembers(thread, file.process, info);
  if (!maySignal(thread, file.process, number)) return -EPERM;
  if (number === 0) return 0;
  const one =
    scope === PIDFD_SIGNAL_THREAD ? (file.thread ?? file.process.leader) : scope === 0 ? file.thread : undefined;
  return one === undefined ? sendToProcess(file.process, info) : sendToThread(one, info);
}

/** What the receiver is told; only the kernel's own codes can't be claimed. */
function signalInfo(
  thread: LinuxThread,
  file: Pick<ProcessFile, 'process'>,
  number: number,
  address: number,
): SignalInfo | number {
  const { process } = thread;
  if (address === 0) return userSignal(number, SI_USER, process.pid, process.credentials.uid);
  const info = readRawSignalInfo(thread, address);
  if (info.signal !== number) return -EINVAL;
  if (file.process !== process && (info.code >= 0 || info.code === SI_TKILL)) return -EPERM;
  return info;
}

/** The group that the process leads. */
function sendToMembers(thread: LinuxThread, process: LinuxProcess, info: SignalInfo): number {
  let result = -ESRCH;
  for (const member of process.machine.tasks.groups.get(process.pid)?.members ?? []) {
    const allowed = maySignal(thread, member, info.signal);
    if (allowed && info.signal !== 0) sendToProcess(member, info);
    if (allowed || result === -ESRCH) result = allowed ? 0 : -EPERM;
  }
  return result;
}

function getFd(thread: LinuxThread, pidfd: number, target: number, getFlags: number): number {
  if (getFlags !== 0) return -EINVAL;
  const file = processFileAt(thread, pidfd);
  if (typeof file === 'number') return file;
  if (file.process.exited) return -ESRCH;
  if (!mayAccess(thread, file.process, 'real')) return -EPERM;
  const description = file.process.files.get(target);
  return description === undefined ? -EBADF : install(thread, description.retain(), O_CLOEXEC);
}

const remoteAdvice: readonly number[] = [MADV_COLD, MADV_PAGEOUT, MADV_WILLNEED];

function processMadvise(
  thread: LinuxThread,
  pidfd: number,
  vector: Parameters<typeof readSegments>[1],
  count: number,
  advice: number,
  adviceFlags: number,
): number {
  if (adviceFlags !== 0) return -EINVAL;
  const segments = readSegments(thread, vector, count);
  if (typeof segments === 'number') return segments;
  const file = processFileAt(thread, pidfd);
  if (typeof file === 'number') return file;
  const { process } = file;
  if (process.exited || process.image === undefined) return -ESRCH;
  if (!mayAccess(thread, process, 'file')) return -EPERM;
  if (process !== thread.process && !remoteAdvice.includes(advice)) return -EINVAL;
  let done = 0;
  for (const { address, length } of segments) {
    const result = madvise(process, address, length, advice);
    if (result < 0) return done > 0 ? done : result;
    done += length;
  }
  return done;
}

/** Memory of a process that is being killed goes at once: here that has happened by the time anybody can ask. */
function mrelease(thread: LinuxThread, pidfd: number, releaseFlags: number): number {
  if (releaseFlags !== 0) return -EINVAL;
  const file = processFileAt(thread, pidfd);
  if (typeof file === 'number') return file;
  if (file.process.exited) return -ESRCH;
  const { leader } = file.process;
  return leader !== undefined && isKilled(leader) ? 0 : -EINVAL;
}

export const pidfdSyscalls: readonly SyscallDefinition[] = [
  syscall(434, 'pidfd_open', [int('pid'), flags('flags', { PIDFD_NONBLOCK, PIDFD_THREAD })], pidfdOpen),
  syscall(
    424,
    'pidfd_send_signal',
    [fd('pidfd'), signal('sig'), pointer('info'), flags('flags', scopeNames)],
    sendSignal,
  ),
  syscall(438, 'pidfd_getfd', [fd('pidfd'), fd('targetfd'), uint('flags')], getFd),
  syscall(
    440,
    'process_madvise',
    [fd('pidfd'), pointer('vec'), size('vlen'), choice('advice', adviceNames), uint('flags')],
    processMadvise,
    partial('MADV_COLLAPSE'),
  ),
  syscall(448, 'process_mrelease', [fd('pidfd'), uint('flags')], mrelease),
];
