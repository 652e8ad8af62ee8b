/** wait4(2), waitid(2). */
import { guestAddress } from '../../cpu/address.ts';
import { EAGAIN, ECHILD, EINVAL, ESRCH } from '../abi/errno.ts';
import {
  P_ALL,
  P_PGID,
  P_PID,
  P_PIDFD,
  WCONTINUED,
  WEXITED,
  WNOHANG,
  WNOWAIT,
  WSTOPPED,
  WUNTRACED,
  __WALL,
  __WCLONE,
  __WNOTHREAD,
  idtypeNames,
  waitNames,
} from '../abi/sched.ts';
import { choice, flags, int, partial, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { siginfo_t } from '../abi/signal.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { processFileAt } from '../pidfd/pidfd.ts';
import { writeRusage } from './rusage.ts';
import type { LinuxThread } from './thread.ts';
import { waitForChild } from './wait.ts';
import type { ChildEvent, WaitRequest } from './wait.ts';

const INT_MIN = -0x80000000;

function wait4(thread: LinuxThread, pid: number, status: number, options: number, rusage: number): number {
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL)) !== 0) return -EINVAL;
  if (pid === INT_MIN) return -ESRCH;
  const request = { ...whom(thread, pid), options: options | WEXITED };
  return waitForChild(thread, request, (event) => {
    if (event === undefined) return 0;
    if (status !== 0) thread.memory.writeU32(guestAddress(status), event.status);
    if (rusage !== 0) writeRusage(thread, rusage, event.usage);
    return event.pid;
  });
}

function whom(thread: LinuxThread, pid: number): Omit<WaitRequest, 'options'> {
  if (pid === -1) return { idType: P_ALL, id: 0 };
  if (pid < 0) return { idType: P_PGID, id: -pid };
  if (pid === 0) return { idType: P_PGID, id: thread.process.group.pgid };
  return { idType: P_PID, id: pid };
}

function waitid(thread: LinuxThread, request: WaitRequest, info: number, rusage: number): number {
  const { idType, id, options } = request;
  const known = WNOHANG | WNOWAIT | WEXITED | WSTOPPED | WCONTINUED | __WNOTHREAD | __WCLONE | __WALL;
  if ((options & ~known) !== 0 || (options & (WEXITED | WSTOPPED | WCONTINUED)) === 0) return -EINVAL;
  if (idType !== P_ALL && idType !== P_PID && idType !== P_PGID && idType !== P_PIDFD) return -EINVAL;
  if (idType === P_PID && id <= 0) return -EINVAL;
  if (idType === P_PGID && id < 0) return -EINVAL;
  if (idType === P_PIDFD) return waitForPidfd(thread, request, (event) => store(thread, event, info, rusage));
  const ownGroup = idType === P_PGID && id === 0;
  const target = ownGroup ? { ...request, id: thread.process.group.pgid } : request;
  return waitForChild(thread, target, (event) => store(thread, event, info, rusage));
}

function store(thread: LinuxThread, event: ChildEvent | undefined, info: number, rusage: number): number {
  if (info !== 0) writeInfo(thread, info, event);
  if (event !== undefined && rusage !== 0) writeRusage(thread, rusage, event.usage);
  return 0;
}

/** A pidfd that does not wait makes the call answer EAGAIN where it would. */
function waitForPidfd(
  thread: LinuxThread,
  request: WaitRequest,
  report: (event: ChildEvent | undefined) => number,
): number {
  if (request.id < 0) return -EINVAL;
  const file = processFileAt(thread, request.id);
  if (typeof file === 'number') return file;
  const pid = { ...request, idType: P_PID, id: file.process.pid };
  const isNonBlocking = (thread.process.files.get(request.id)!.flags & O_NONBLOCK) !== 0;
  if (file.process.reaped) return -ECHILD;
  if (!isNonBlocking || (request.options & WNOHANG) !== 0) return waitForChild(thread, pid, report);
  return waitForChild(thread, { ...pid, options: request.options | WNOHANG }, (event) =>
    event === undefined ? -EAGAIN : report(event),
  );
}

/** Only these members are stored; all are zero when nothing happened. Source: kernel/exit.c, SYSCALL_DEFINE5(waitid). */
function writeInfo(thread: LinuxThread, address: number, event: ChildEvent | undefined): void {
  const info = event?.info;
  const store = (offset: number, value: number | undefined): void =>
    thread.memory.writeU32(guestAddress(address + offset), (value ?? 0) >>> 0);
  store(siginfo_t.si_signo, info?.signal);
  store(siginfo_t.si_errno, 0);
  store(siginfo_t.si_code, info?.code);
  store(siginfo_t.si_pid, info?.pid);
  store(siginfo_t.si_uid, info?.uid);
  store(siginfo_t.si_status, info?.status);
}

export const waitSyscalls: readonly SyscallDefinition[] = [
  syscall(
    61,
    'wait4',
    [int('pid'), pointer('wstatus'), flags('options', waitNames), pointer('rusage')],
    (thread, pid, status, options, rusage) => wait4(thread, pid, status, options, rusage),
    partial('__WNOTHREAD is not told apart'),
  ),
  syscall(
    247,
    'waitid',
    [choice('idtype', idtypeNames), int('id'), pointer('infop'), flags('options', waitNames), pointer('rusage')],
    (thread, idType, id, info, options, rusage) => waitid(thread, { idType, id, options }, info, rusage),
    partial('__WNOTHREAD is not told apart'),
  ),
];
