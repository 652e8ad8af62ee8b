/** Yielding, affinity and barriers of a machine with one processor; I/O priorities. */
import { guestAddress } from '../../cpu/address.ts';
import { CAP_SYS_ADMIN, CAP_SYS_NICE } from '../abi/capability.ts';
import { EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { int, pointer, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { withTarget } from './find-thread.ts';

/** Bytes of the kernel's cpumask: one word. */
const CPUMASK_SIZE = 8;

function setAffinity(thread: LinuxThread, tid: number, length: number, address: number): number {
  const mask = length >= 1 ? thread.memory.readU8(guestAddress(address)) : 0;
  if (tid < 0) return -ESRCH;
  return withTarget(thread, tid, (target) => {
    const { credentials } = thread.process;
    const { uid, euid } = target.process.credentials;
    const mayChange = credentials.euid === euid || credentials.euid === uid || capable(credentials, CAP_SYS_NICE);
    if (!mayChange) return -EPERM;
    return (mask & 1) === 0 ? -EINVAL : 0;
  });
}

function getAffinity(thread: LinuxThread, tid: number, length: number, address: number): number {
  if (length < CPUMASK_SIZE || length % 8 !== 0) return -EINVAL;
  if (tid < 0) return -ESRCH;
  return withTarget(thread, tid, () => {
    thread.memory.writeU64(guestAddress(address), 1n);
    return CPUMASK_SIZE;
  });
}

const IOPRIO_WHO_PROCESS = 1;
const IOPRIO_WHO_PGRP = 2;
const IOPRIO_WHO_USER = 3;
const IOPRIO_CLASS_NONE = 0;
const IOPRIO_CLASS_RT = 1;
const IOPRIO_CLASS_IDLE = 3;
const classOf = (ioprio: number): number => (ioprio >> 13) & 7;
const levelOf = (ioprio: number): number => ioprio & 7;

/** The threads that `which` and `who` name, or −EINVAL. */
function ioTargets(thread: LinuxThread, which: number, who: number): LinuxThread[] | number {
  const alive = [...thread.machine.tasks.threads.values()].filter((other) => !other.ended);
  switch (which) {
    case IOPRIO_WHO_PROCESS: {
      const target = who === 0 ? thread : thread.machine.tasks.find(who);
      return target === undefined || target.ended ? [] : [target];
    }
    case IOPRIO_WHO_PGRP: {
      const pgid = who === 0 ? thread.process.group.pgid : who;
      return alive.filter(({ process }) => process.group.pgid === pgid);
    }
    case IOPRIO_WHO_USER: {
      const uid = who === 0 ? thread.process.credentials.uid : who;
      return alive.filter(({ process }) => process.credentials.uid === uid);
    }
    default:
      return -EINVAL;
  }
}

/** Source: block/ioprio.c, ioprio_check_cap, set_task_ioprio. */
function ioprioSet(thread: LinuxThread, which: number, who: number, ioprio: number): number {
  const { credentials } = thread.process;
  const kind = classOf(ioprio);
  if (kind > IOPRIO_CLASS_IDLE || (kind === IOPRIO_CLASS_NONE && levelOf(ioprio) !== 0)) return -EINVAL;
  const mayBeUrgent = capable(credentials, CAP_SYS_ADMIN) || capable(credentials, CAP_SYS_NICE);
  if (kind === IOPRIO_CLASS_RT && !mayBeUrgent) return -EPERM;
  const targets = ioTargets(thread, which, who);
  if (typeof targets === 'number') return targets;
  for (const { process, scheduling } of targets) {
    const owner = process.credentials;
    const isOwn = owner.uid === credentials.euid || owner.uid === credentials.uid;
    if (!isOwn && !capable(credentials, CAP_SYS_NICE)) return -EPERM;
    scheduling.ioPriority = ioprio & 0xffff;
  }
  return targets.length === 0 ? -ESRCH : 0;
}

/** The most urgent of several: the lowest number, none counting as best effort. */
function ioprioGet(thread: LinuxThread, which: number, who: number): number {
  const targets = ioTargets(thread, which, who);
  if (typeof targets === 'number') return targets;
  if (targets.length === 0) return -ESRCH;
  return Math.min(...targets.map(({ scheduling }) => scheduling.ioPriority));
}

const MEMBARRIER_CMD_QUERY = 0;
const MEMBARRIER_CMD_GLOBAL = 1;
const GLOBAL_EXPEDITED = 2;
const REGISTER_GLOBAL_EXPEDITED = 4;
const PRIVATE_EXPEDITED = 8;
const REGISTER_PRIVATE_EXPEDITED = 16;
const PRIVATE_EXPEDITED_SYNC_CORE = 32;
const REGISTER_PRIVATE_EXPEDITED_SYNC_CORE = 64;
const PRIVATE_EXPEDITED_RSEQ = 128;
const REGISTER_PRIVATE_EXPEDITED_RSEQ = 256;
const GET_REGISTRATIONS = 512;
const MEMBARRIER_CMD_FLAG_CPU = 1;
const COMMANDS = 0x3ff;
const registrations: readonly number[] = [
  REGISTER_GLOBAL_EXPEDITED,
  REGISTER_PRIVATE_EXPEDITED,
  REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
  REGISTER_PRIVATE_EXPEDITED_RSEQ,
];
/** The commands that want a registration first, and which. */
const required: Readonly<Record<number, number>> = {
  [PRIVATE_EXPEDITED]: REGISTER_PRIVATE_EXPEDITED,
  [PRIVATE_EXPEDITED_SYNC_CORE]: REGISTER_PRIVATE_EXPEDITED_SYNC_CORE,
  [PRIVATE_EXPEDITED_RSEQ]: REGISTER_PRIVATE_EXPEDITED_RSEQ,
};

/** One processor: every barrier is there already; what remains is the protocol. Source: kernel/sched/membarrier.c. */
function membarrier({ process }: LinuxThread, command: number, flags: number): number {
  if (flags !== 0 && (command !== PRIVATE_EXPEDITED_RSEQ || flags !== MEMBARRIER_CMD_FLAG_CPU)) return -EINVAL;
  if (command === MEMBARRIER_CMD_QUERY) return COMMANDS;
  if (command === GET_REGISTRATIONS) return process.barrierRegistrations;
  if (registrations.includes(command)) {
    process.barrierRegistrations |= command;
    return 0;
  }
  if (command === MEMBARRIER_CMD_GLOBAL || command === GLOBAL_EXPEDITED) return 0;
  const registration = required[command];
  if (registration === undefined) return -EINVAL;
  return (process.barrierRegistrations & registration) === 0 ? -EPERM : 0;
}

export const processorSyscalls: readonly SyscallDefinition[] = [
  syscall(24, 'sched_yield', [], (thread) => {
    thread.yielding = true;
    return 0;
  }),
  syscall(203, 'sched_setaffinity', [int('pid'), size('cpusetsize'), pointer('mask')], setAffinity),
  syscall(204, 'sched_getaffinity', [int('pid'), size('cpusetsize'), pointer('mask')], getAffinity),
  syscall(309, 'getcpu', [pointer('cpu'), pointer('node'), pointer('tcache')], (thread, cpu, node) => {
    if (cpu !== 0) thread.memory.writeU32(cpu, 0);
    if (node !== 0) thread.memory.writeU32(node, 0);
    return 0;
  }),
  syscall(324, 'membarrier', [int('cmd'), uint('flags'), int('cpu_id')], membarrier),
  syscall(251, 'ioprio_set', [int('which'), int('who'), int('ioprio')], ioprioSet),
  syscall(252, 'ioprio_get', [int('which'), int('who')], ioprioGet),
];
