/** seccomp(2), and prctl(2) with PR_SET_SECCOMP. Source: kernel/seccomp.c. */
import { guestAddress } from '../../cpu/address.ts';
import { BPF_MAXINSNS, sock_filter, sock_fprog } from '../abi/bpf.ts';
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import { EACCES, EBUSY, EINVAL, ENOMEM, EOPNOTSUPP, ESRCH } from '../abi/errno.ts';
import * as abi from '../abi/seccomp.ts';
import { readBytes, readPointer, writeBytes } from '../guest-string.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import { installObject } from '../fs/calls/events.ts';
import { checkRoom } from '../fs/descriptors.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, partial, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { decodeFilter, isAcceptable } from './classic-bpf.ts';
import { STRICT_MODE, SeccompFilter } from './filter.ts';
import { ListenerFile } from './listener.ts';

/** Instructions of all filters of a thread. Source: kernel/seccomp.c, MAX_INSNS_PER_PATH. */
const PATH_LIMIT = 32_768;
const SUPPORTED_FLAGS =
  abi.SECCOMP_FILTER_FLAG_TSYNC |
  abi.SECCOMP_FILTER_FLAG_LOG |
  abi.SECCOMP_FILTER_FLAG_SPEC_ALLOW |
  abi.SECCOMP_FILTER_FLAG_NEW_LISTENER |
  abi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH |
  abi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
const actions: readonly number[] = [
  abi.SECCOMP_RET_KILL_PROCESS,
  abi.SECCOMP_RET_KILL_THREAD,
  abi.SECCOMP_RET_TRAP,
  abi.SECCOMP_RET_ERRNO,
  abi.SECCOMP_RET_USER_NOTIF,
  abi.SECCOMP_RET_TRACE,
  abi.SECCOMP_RET_LOG,
  abi.SECCOMP_RET_ALLOW,
];

function setStrict(thread: LinuxThread): number {
  if (thread.seccomp !== undefined) return -EINVAL;
  thread.cpu.state.hidesTimeStamp = true;
  thread.restrictCalls(STRICT_MODE);
  return 0;
}

/** The filter that a struct sock_fprog describes, on top of the thread's own; or −errno. */
function readFilter(thread: LinuxThread, address: number): SeccompFilter | number {
  const length = thread.memory.readU16(guestAddress(address + sock_fprog.len));
  const place = readPointer(thread.memory, guestAddress(address + sock_fprog.filter));
  if (length === 0 || length > BPF_MAXINSNS) return -EINVAL;
  if (!thread.noNewPrivileges && !capable(thread.process.credentials, CAP_SYS_ADMIN)) return -EACCES;
  const code = decodeFilter(readBytes(thread.memory, place, length * sock_filter.size));
  if (!isAcceptable(code)) return -EINVAL;
  return new SeccompFilter(code, thread.seccomp instanceof SeccompFilter ? thread.seccomp : undefined);
}

function setFilter(thread: LinuxThread, filterFlags: number, address: number): number {
  if ((filterFlags & ~SUPPORTED_FLAGS) !== 0) return -EINVAL;
  const has = (flag: number): boolean => (filterFlags & flag) !== 0;
  const listens = has(abi.SECCOMP_FILTER_FLAG_NEW_LISTENER);
  // Both would answer with a number.
  if (has(abi.SECCOMP_FILTER_FLAG_TSYNC) && listens && !has(abi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH)) return -EINVAL;
  if (has(abi.SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) && !listens) return -EINVAL;
  const filter = readFilter(thread, address);
  if (typeof filter === 'number') return filter;
  if (thread.seccomp === STRICT_MODE) return -EINVAL;
  if (filter.pathLength - FIRST_PENALTY > PATH_LIMIT) return -ENOMEM;
  if (listens && filter.chain.some(({ listener }) => listener !== undefined)) return -EBUSY;
  const full = listens ? checkRoom(thread) : 0;
  if (full < 0) return full;
  if (has(abi.SECCOMP_FILTER_FLAG_TSYNC)) {
    const obstacle = findObstacle(thread);
    if (obstacle !== undefined) return has(abi.SECCOMP_FILTER_FLAG_TSYNC_ESRCH) ? -ESRCH : obstacle.tid;
    for (const other of thread.process.threads.values()) {
      if (other.ended) continue;
      if (thread.noNewPrivileges) other.noNewPrivileges = true;
      other.restrictCalls(filter);
    }
  }
  thread.restrictCalls(filter);
  return listens ? installListener(thread, filter) : 0;
}

function installListener(thread: LinuxThread, filter: SeccompFilter): number {
  const firstId = new BigUint64Array(1);
  thread.machine.random(new Uint8Array(firstId.buffer));
  filter.listener = new ListenerFile(filter, firstId[0]!);
  return installObject(thread, 'seccomp notify', filter.listener, O_CLOEXEC);
}

/** The filter that is being added is not penalised. */
const FIRST_PENALTY = 4;

/** A thread that has filters the caller does not have. */
function findObstacle(thread: LinuxThread): LinuxThread | undefined {
  const own = thread.seccomp;
  for (const other of thread.process.threads.values()) {
    const { seccomp } = other;
    if (other === thread || other.ended || seccomp === undefined) continue;
    const isAncestor = seccomp instanceof SeccompFilter && own instanceof SeccompFilter && own.descendsFrom(seccomp);
    if (!isAncestor) return other;
  }
  return undefined;
}

function seccomp(thread: LinuxThread, operation: number, callFlags: number, address: number): number {
  switch (operation) {
    case abi.SECCOMP_SET_MODE_STRICT:
      return callFlags !== 0 || address !== 0 ? -EINVAL : setStrict(thread);
    case abi.SECCOMP_SET_MODE_FILTER:
      return setFilter(thread, callFlags, address);
    case abi.SECCOMP_GET_ACTION_AVAIL: {
      if (callFlags !== 0) return -EINVAL;
      return actions.includes(thread.memory.readU32(guestAddress(address))) ? 0 : -EOPNOTSUPP;
    }
    case abi.SECCOMP_GET_NOTIF_SIZES: {
      if (callFlags !== 0) return -EINVAL;
      const sizes = abi.seccomp_notif_sizes;
      const words = Uint16Array.of(sizes.seccomp_notif, sizes.seccomp_notif_resp, sizes.seccomp_data);
      writeBytes(thread.memory, guestAddress(address), new Uint8Array(words.buffer));
      return 0;
    }
    default:
      return -EINVAL;
  }
}

/** prctl(PR_SET_SECCOMP). */
export function setSeccompMode(thread: LinuxThread, mode: number, program: number): number {
  if (mode === abi.SECCOMP_MODE_STRICT) return setStrict(thread);
  return mode === abi.SECCOMP_MODE_FILTER ? setFilter(thread, 0, program) : -EINVAL;
}

export const seccompSyscalls: readonly SyscallDefinition[] = [
  syscall(
    317,
    'seccomp',
    [choice('operation', abi.seccompOperationNames), flags('flags', abi.seccompFilterFlagNames), pointer('args')],
    seccomp,
    partial('SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV keeps no signals away'),
  ),
];
