/** sched_setscheduler(2), sched_setparam(2), sched_setattr(2) and their readers. Source: kernel/sched/syscalls.c. */
import { guestAddress } from '../../cpu/address.ts';
import { CAP_SYS_NICE } from '../abi/capability.ts';
import { E2BIG, EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { RLIMIT_NICE, RLIMIT_RTPRIO } from '../abi/resource.ts';
import {
  SCHED_BATCH,
  SCHED_DEADLINE,
  SCHED_EXT,
  SCHED_FIFO,
  SCHED_FLAG_ALL,
  SCHED_FLAG_KEEP_PARAMS,
  SCHED_FLAG_KEEP_POLICY,
  SCHED_FLAG_RESET_ON_FORK,
  SCHED_FLAG_UTIL_CLAMP,
  SCHED_IDLE,
  SCHED_NORMAL,
  SCHED_RESET_ON_FORK,
  SCHED_RR,
  sched_attr,
  schedulerNames,
} from '../abi/sched.ts';
import { readBytes, readLong, writeBytes } from '../guest-string.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, int, partial, pointer, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { writeDurationNs } from '../time/timespec.ts';
import { withTarget } from './find-thread.ts';
import { isRealTime } from './thread-scheduling.ts';
import type { DeadlineTimes } from './thread-scheduling.ts';

const NS_PER_MS = 1_000_000;
const TIME_SHARE_SLICE_NS = 4_000_000;
const MAX_PRIORITY = 99;
const NICE_MIN = -20;
const NICE_MAX = 19;
const PAGE_BYTES = 4096;
/** Shorter ones are not kept. Source: kernel/sched/deadline.c, __checkparam_dl (DL_SCALE). */
const SHORTEST_RUNTIME_NS = 1024;

interface Wish {
  readonly policy: number;
  readonly priority: number;
  readonly nice: number;
  readonly resetsOnFork: boolean;
  readonly times: DeadlineTimes;
}

const fair: readonly number[] = [SCHED_NORMAL, SCHED_BATCH, SCHED_IDLE];
const NO_TIMES: DeadlineTimes = { runtimeNs: 0, deadlineNs: 0, periodNs: 0 };

function apply(thread: LinuxThread, target: LinuxThread, wish: Wish): number {
  const { policy, priority } = wish;
  if (!fair.includes(policy) && !isRealTime(policy) && policy !== SCHED_DEADLINE) return -EINVAL;
  if (priority < 0 || priority > MAX_PRIORITY || isRealTime(policy) !== (priority !== 0)) return -EINVAL;
  if (policy === SCHED_DEADLINE && !isValid(wish.times)) return -EINVAL;
  if (!capable(thread.process.credentials, CAP_SYS_NICE) && !mayUnprivileged(thread, target, wish)) return -EPERM;
  const { scheduling } = target;
  scheduling.policy = policy;
  scheduling.priority = priority;
  scheduling.times = policy === SCHED_DEADLINE ? wish.times : NO_TIMES;
  scheduling.resetsOnFork = wish.resetsOnFork;
  if (policy === SCHED_NORMAL || policy === SCHED_BATCH) scheduling.nice = wish.nice;
  return 0;
}

function isValid({ runtimeNs, deadlineNs, periodNs }: DeadlineTimes): boolean {
  const period = periodNs === 0 ? deadlineNs : periodNs;
  return deadlineNs !== 0 && runtimeNs >= SHORTEST_RUNTIME_NS && runtimeNs <= deadlineNs && deadlineNs <= period;
}

/** Source: kernel/sched/syscalls.c, user_check_sched_setscheduler. */
function mayUnprivileged(thread: LinuxThread, target: LinuxThread, wish: Wish): boolean {
  const { scheduling } = target;
  const { limits, credentials } = target.process;
  const mayNice = (nice: number): boolean => NICE_MAX + 1 - nice <= limits.soft(RLIMIT_NICE);
  if ((wish.policy === SCHED_NORMAL || wish.policy === SCHED_BATCH) && wish.nice < scheduling.nice) {
    if (!mayNice(wish.nice)) return false;
  }
  if (isRealTime(wish.policy)) {
    const limit = limits.soft(RLIMIT_RTPRIO);
    if (wish.policy !== scheduling.policy && limit === 0) return false;
    if (wish.priority > scheduling.priority && wish.priority > limit) return false;
  }
  if (wish.policy === SCHED_DEADLINE) return false;
  if (scheduling.policy === SCHED_IDLE && wish.policy !== SCHED_IDLE && !mayNice(scheduling.nice)) return false;
  const { euid } = thread.process.credentials;
  if (euid !== credentials.euid && euid !== credentials.uid) return false;
  return !scheduling.resetsOnFork || wish.resetsOnFork;
}

function setScheduler(thread: LinuxThread, tid: number, policy: number, parameter: number): number {
  if (policy < 0 || parameter === 0) return -EINVAL;
  const priority = thread.memory.readI32(guestAddress(parameter));
  return withTarget(thread, tid, (target) =>
    apply(thread, target, {
      policy: policy & ~SCHED_RESET_ON_FORK,
      priority,
      nice: target.nice,
      resetsOnFork: (policy & SCHED_RESET_ON_FORK) !== 0,
      times: NO_TIMES,
    }),
  );
}

function setParameter(thread: LinuxThread, tid: number, parameter: number): number {
  if (parameter === 0) return -EINVAL;
  const priority = thread.memory.readI32(guestAddress(parameter));
  return withTarget(thread, tid, (target) => apply(thread, target, { ...plain(target), priority }));
}

/** What a thread has now, as a wish. */
function plain({ scheduling }: LinuxThread): Wish {
  const { policy, priority, nice, resetsOnFork, times } = scheduling;
  return { policy, priority, nice, resetsOnFork, times };
}

function getParameter(thread: LinuxThread, tid: number, address: number): number {
  if (address === 0) return -EINVAL;
  return withTarget(thread, tid, (target) => {
    thread.memory.writeU32(guestAddress(address), target.scheduling.priority);
    return 0;
  });
}

/** The structure as the caller's version has it, −E2BIG (with the size that is known) or −EINVAL. */
function checkAttributeSize(thread: LinuxThread, address: number): number {
  const { memory } = thread;
  const size = memory.readU32(guestAddress(address)) || sched_attr.size0;
  const isKnown = size >= sched_attr.size0 && size <= PAGE_BYTES;
  const tail =
    isKnown && size > sched_attr.size1
      ? readBytes(memory, guestAddress(address + sched_attr.size1), size - sched_attr.size1)
      : [];
  if (isKnown && tail.every((byte) => byte === 0)) return size;
  memory.writeU32(guestAddress(address), sched_attr.size1);
  return -E2BIG;
}

function setAttributes(thread: LinuxThread, tid: number, address: number, callFlags: number): number {
  if (address === 0 || tid < 0 || callFlags !== 0) return -EINVAL;
  const { memory } = thread;
  const size = checkAttributeSize(thread, address);
  if (size < 0) return size;
  const policy = memory.readI32(guestAddress(address + sched_attr.sched_policy));
  const flags = memory.readU32(guestAddress(address + sched_attr.sched_flags));
  const time = (offset: number): number => readLong(memory, guestAddress(address + offset));
  const wish = {
    priority: memory.readI32(guestAddress(address + sched_attr.sched_priority)),
    nice: Math.max(NICE_MIN, Math.min(NICE_MAX, memory.readI32(guestAddress(address + sched_attr.sched_nice)))),
    resetsOnFork: (flags & SCHED_FLAG_RESET_ON_FORK) !== 0,
    times: {
      runtimeNs: time(sched_attr.sched_runtime),
      deadlineNs: time(sched_attr.sched_deadline),
      periodNs: time(sched_attr.sched_period),
    },
  };
  if ((flags & SCHED_FLAG_UTIL_CLAMP) !== 0 && size < sched_attr.size1) return -EINVAL;
  if (policy < 0) return -EINVAL;
  return withTarget(thread, tid, (target) => {
    if ((flags & ~SCHED_FLAG_ALL) !== 0) return -EINVAL;
    if ((flags & SCHED_FLAG_UTIL_CLAMP) !== 0) return -EOPNOTSUPP;
    const now = plain(target);
    const kept = (flags & SCHED_FLAG_KEEP_PARAMS) !== 0 ? { ...now, resetsOnFork: wish.resetsOnFork } : wish;
    return apply(thread, target, { ...kept, policy: (flags & SCHED_FLAG_KEEP_POLICY) !== 0 ? now.policy : policy });
  });
}

function getAttributes(thread: LinuxThread, tid: number, address: number, size: number, callFlags: number): number {
  if (address === 0 || tid < 0 || size > PAGE_BYTES || size < sched_attr.size0 || callFlags !== 0) return -EINVAL;
  return withTarget(thread, tid, ({ scheduling }) => {
    const bytes = new Uint8Array(Math.min(size, sched_attr.size1));
    const view = new DataView(bytes.buffer);
    const { policy, priority, nice, times, resetsOnFork } = scheduling;
    view.setUint32(sched_attr.size, bytes.length, true);
    view.setUint32(sched_attr.sched_policy, policy, true);
    view.setUint32(sched_attr.sched_flags, resetsOnFork ? SCHED_FLAG_RESET_ON_FORK : 0, true);
    if (isRealTime(policy)) view.setUint32(sched_attr.sched_priority, priority, true);
    else if (policy !== SCHED_DEADLINE) view.setInt32(sched_attr.sched_nice, nice, true);
    const runtimeNs = policy === SCHED_DEADLINE || isRealTime(policy) ? times.runtimeNs : TIME_SHARE_SLICE_NS;
    view.setBigUint64(sched_attr.sched_runtime, BigInt(runtimeNs), true);
    view.setBigUint64(sched_attr.sched_deadline, BigInt(times.deadlineNs), true);
    view.setBigUint64(sched_attr.sched_period, BigInt(times.periodNs), true);
    writeBytes(thread.memory, guestAddress(address), bytes);
    return 0;
  });
}

function priorityLimit(policy: number, realtime: number): number {
  if (policy === SCHED_FIFO || policy === SCHED_RR) return realtime;
  return fair.includes(policy) || policy === SCHED_DEADLINE || policy === SCHED_EXT ? 0 : -EINVAL;
}

/** A time slice: none for FIFO, which runs until it waits. */
function roundRobinInterval(thread: LinuxThread, tid: number, address: number): number {
  return withTarget(thread, tid, ({ scheduling: { policy } }) => {
    const roundRobinNs = thread.machine.settings.number('kernel/sched_rr_timeslice_ms') * NS_PER_MS;
    const ns = policy === SCHED_RR ? roundRobinNs : fair.includes(policy) ? TIME_SHARE_SLICE_NS : 0;
    writeDurationNs(thread, address, ns);
    return 0;
  });
}

export const policySyscalls: readonly SyscallDefinition[] = [
  syscall(
    144,
    'sched_setscheduler',
    [int('pid'), choice('policy', schedulerNames), pointer('param')],
    setScheduler,
    partial('real-time threads of one priority share the processor fairly', 'batch is scheduled like any other'),
  ),
  syscall(145, 'sched_getscheduler', [int('pid')], (thread, tid) =>
    withTarget(
      thread,
      tid,
      ({ scheduling }) => scheduling.policy | (scheduling.resetsOnFork ? SCHED_RESET_ON_FORK : 0),
    ),
  ),
  syscall(142, 'sched_setparam', [int('pid'), pointer('param')], setParameter),
  syscall(143, 'sched_getparam', [int('pid'), pointer('param')], getParameter),
  syscall(
    314,
    'sched_setattr',
    [int('pid'), pointer('attr'), uint('flags')],
    setAttributes,
    partial('deadlines are kept and told, and run as real-time', 'utilization clamps answer EOPNOTSUPP'),
  ),
  syscall(315, 'sched_getattr', [int('pid'), pointer('attr'), uint('size'), uint('flags')], getAttributes),
  syscall(146, 'sched_get_priority_max', [choice('policy', schedulerNames)], (_thread, policy) =>
    priorityLimit(policy, MAX_PRIORITY),
  ),
  syscall(147, 'sched_get_priority_min', [choice('policy', schedulerNames)], (_thread, policy) =>
    priorityLimit(policy, 1),
  ),
  syscall(148, 'sched_rr_get_interval', [int('pid'), pointer('tp')], roundRobinInterval),
];
