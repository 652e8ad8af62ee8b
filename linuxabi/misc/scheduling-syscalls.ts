/** sched(7): yielding, affinity and policies of a machine with one processor; getcpu(2), membarrier(2), ioprio_get(2). */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import {
  SCHED_BATCH,
  SCHED_FIFO,
  SCHED_IDLE,
  SCHED_NORMAL,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
  schedulerNames,
} from '../abi/sched.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, int, partial, pointer, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { writeDurationNs } from '../time/timespec.ts';

/** Bytes of the kernel's cpumask: one word. */
const CPUMASK_SIZE = 8;
const ROUND_ROBIN_NS = 100_000_000;
const MAX_PRIORITY = 99;

function find(thread: LinuxThread, tid: number): LinuxThread | number {
  if (tid < 0) return -EINVAL;
  const target = tid === 0 ? thread : thread.machine.tasks.threads.get(tid);
  return target === undefined || target.ended ? -ESRCH : target;
}

function withTarget(thread: LinuxThread, tid: number, then: (target: LinuxThread) => number): number {
  const target = find(thread, tid);
  return typeof target === 'number' ? target : then(target);
}

function setAffinity(thread: LinuxThread, tid: number, length: number, address: number): number {
  return withTarget(thread, tid, () => {
    const mask = length >= 1 ? thread.memory.readU8(guestAddress(address)) : 0;
    return (mask & 1) === 0 ? -EINVAL : 0;
  });
}

function getAffinity(thread: LinuxThread, tid: number, length: number, address: number): number {
  if (length < CPUMASK_SIZE || length % 8 !== 0) return -EINVAL;
  return withTarget(thread, tid, () => {
    thread.memory.writeU64(guestAddress(address), 1n);
    return CPUMASK_SIZE;
  });
}

/** Only the time-sharing policies, with priority 0; real-time needs a privilege that the machine does not give. */
function setScheduler(thread: LinuxThread, tid: number, policy: number, parameter: number): number {
  if (parameter === 0) return -EINVAL;
  const priority = thread.memory.readI32(guestAddress(parameter));
  const plain = policy & ~SCHED_RESET_ON_FORK;
  return withTarget(thread, tid, (target) => {
    if (plain === SCHED_FIFO || plain === SCHED_RR) {
      return priority < 1 || priority > MAX_PRIORITY ? -EINVAL : -EPERM;
    }
    if (plain !== SCHED_NORMAL && plain !== SCHED_BATCH && plain !== SCHED_IDLE) return -EINVAL;
    if (priority !== 0) return -EINVAL;
    target.schedulingPolicy = plain;
    return 0;
  });
}

function priorityLimit(policy: number, realtime: number): number {
  if (policy === SCHED_FIFO || policy === SCHED_RR) return realtime;
  return policy === SCHED_NORMAL || policy === SCHED_BATCH || policy === SCHED_IDLE || policy === 6 ? 0 : -EINVAL;
}

const MEMBARRIER_CMD_QUERY = 0;
const MEMBARRIER_CMD_GLOBAL = 1;
/** One processor: every barrier is there already. The private expedited commands and their registrations. */
const MEMBARRIER_COMMANDS = MEMBARRIER_CMD_GLOBAL | 2 | 4 | 8 | 16 | 32 | 64;

function membarrier(_thread: LinuxThread, command: number, flags: number): number {
  if (flags !== 0) return -EINVAL;
  if (command === MEMBARRIER_CMD_QUERY) return MEMBARRIER_COMMANDS;
  const known = command > 0 && (command & MEMBARRIER_COMMANDS) === command && (command & (command - 1)) === 0;
  return known ? 0 : -EINVAL;
}

const IOPRIO_WHO_PROCESS = 1;
const IOPRIO_WHO_USER = 3;
/** IOPRIO_CLASS_NONE, level 0: what Linux answers for a task that never set one. */
const IOPRIO_DEFAULT = 0;

function ioprio(thread: LinuxThread, which: number, who: number, answer: number): number {
  if (which < IOPRIO_WHO_PROCESS || which > IOPRIO_WHO_USER) return -EINVAL;
  return which === IOPRIO_WHO_PROCESS ? withTarget(thread, who, () => answer) : answer;
}

export const schedulingSyscalls: readonly SyscallDefinition[] = [
  syscall(24, 'sched_yield', [], (thread) => {
    thread.yielding = true;
    return 0;
  }),
  syscall(203, 'sched_setaffinity', [int('pid'), size('cpusetsize'), pointer('mask')], setAffinity),
  syscall(204, 'sched_getaffinity', [int('pid'), size('cpusetsize'), pointer('mask')], getAffinity),
  syscall(
    144,
    'sched_setscheduler',
    [int('pid'), choice('policy', schedulerNames), pointer('param')],
    setScheduler,
    partial('real-time policies answer EPERM', 'batch is scheduled like any other'),
  ),
  syscall(145, 'sched_getscheduler', [int('pid')], (thread, tid) =>
    withTarget(thread, tid, (target) => target.schedulingPolicy),
  ),
  syscall(142, 'sched_setparam', [int('pid'), pointer('param')], (thread, tid, address) =>
    withTarget(thread, tid, (target) => setScheduler(thread, tid, target.schedulingPolicy, address)),
  ),
  syscall(143, 'sched_getparam', [int('pid'), pointer('param')], (thread, tid, address) =>
    withTarget(thread, tid, () => {
      thread.memory.writeU32(guestAddress(address), 0);
      return 0;
    }),
  ),
  syscall(146, 'sched_get_priority_max', [choice('policy', schedulerNames)], (_thread, policy) =>
    priorityLimit(policy, MAX_PRIORITY),
  ),
  syscall(147, 'sched_get_priority_min', [choice('policy', schedulerNames)], (_thread, policy) =>
    priorityLimit(policy, 1),
  ),
  syscall(148, 'sched_rr_get_interval', [int('pid'), pointer('tp')], (thread, tid, address) =>
    withTarget(thread, tid, () => {
      writeDurationNs(thread, address, ROUND_ROBIN_NS);
      return 0;
    }),
  ),
  syscall(309, 'getcpu', [pointer('cpu'), pointer('node'), pointer('tcache')], (thread, cpu, node) => {
    if (cpu !== 0) thread.memory.writeU32(cpu, 0);
    if (node !== 0) thread.memory.writeU32(node, 0);
    return 0;
  }),
  syscall(324, 'membarrier', [int('cmd'), uint('flags'), int('cpu_id')], membarrier),
  syscall(
    251,
    'ioprio_set',
    [int('which'), int('who'), int('ioprio')],
    (thread, which, who) => ioprio(thread, which, who, 0),
    partial('the priority is not kept'),
  ),
  syscall(252, 'ioprio_get', [int('which'), int('who')], (thread, which, who) =>
    ioprio(thread, which, who, IOPRIO_DEFAULT),
  ),
];
