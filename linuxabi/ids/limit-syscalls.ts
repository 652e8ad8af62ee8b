/** getrlimit(2), prlimit(2), getpriority(2). */
import { guestAddress } from '../../cpu/address.ts';
import { CAP_SYS_NICE, CAP_SYS_RESOURCE } from '../abi/capability.ts';
import { EACCES, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import {
  PRIO_PGRP,
  PRIO_PROCESS,
  PRIO_USER,
  RLIMIT_AS,
  RLIMIT_NICE,
  RLIMIT_NOFILE,
  RLIMIT_STACK,
  RLIM_NLIMITS,
  priorityNames,
  rlimitNames,
} from '../abi/resource.ts';
import { readPointer } from '../guest-string.ts';
import { capable } from '../process/credentials.ts';
import type { Limit } from '../process/limits.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, int, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

/** RLIM_INFINITY; what is near it after rounding is it too. */
const INFINITE = 2n ** 64n - 1n;
const LARGEST = 2 ** 53;

function readLimit(thread: LinuxThread, address: number): Limit {
  const value = (at: number): number => {
    const number = readPointer(thread.memory, guestAddress(at));
    return number >= LARGEST ? Infinity : number;
  };
  return { soft: value(address), hard: value(address + 8) };
}

function writeLimit(thread: LinuxThread, address: number, limit: Limit): void {
  const value = (number: number): bigint => (number === Infinity ? INFINITE : BigInt(number));
  thread.memory.writeU64(guestAddress(address), value(limit.soft));
  thread.memory.writeU64(guestAddress(address + 8), value(limit.hard));
}

function mayChange(thread: LinuxThread, target: LinuxProcess): boolean {
  const from = thread.process.credentials;
  if (target === thread.process || capable(from, CAP_SYS_RESOURCE)) return true;
  const to = target.credentials;
  const sameUser = from.uid === to.uid && from.uid === to.euid && from.uid === to.suid;
  return sameUser && from.gid === to.gid && from.gid === to.egid && from.gid === to.sgid;
}

function prlimit(thread: LinuxThread, pid: number, resource: number, next: number, previous: number): number {
  if (resource < 0 || resource >= RLIM_NLIMITS) return -EINVAL;
  const target = pid === 0 ? thread.process : thread.machine.tasks.processes.get(pid);
  if (target === undefined) return -ESRCH;
  if (!mayChange(thread, target)) return -EPERM;
  const old = { ...target.limits.get(resource) };
  if (next !== 0) {
    const limit = readLimit(thread, next);
    if (limit.soft > limit.hard) return -EINVAL;
    if (resource === RLIMIT_NOFILE && limit.hard > thread.machine.settings.number('fs/nr_open')) return -EPERM;
    if (limit.hard > old.hard && !capable(thread.process.credentials, CAP_SYS_RESOURCE)) return -EPERM;
    target.limits.set(resource, limit);
    enforce(target, resource, limit);
  }
  if (previous !== 0) writeLimit(thread, previous, old);
  return 0;
}

/** Limits that the address space checks by itself. */
function enforce(target: LinuxProcess, resource: number, limit: Limit): void {
  if (target.image === undefined) return;
  if (resource === RLIMIT_STACK) target.addressSpace.stackLimitBytes = limit.soft;
  if (resource === RLIMIT_AS) target.addressSpace.sizeLimitBytes = limit.soft;
}

const NICE_MIN = -20;
const NICE_MAX = 19;

function niceTargets(thread: LinuxThread, which: number, who: number): LinuxThread[] | number {
  const { tasks } = thread.machine;
  const all = [...tasks.threads.values()].filter((other) => !other.ended);
  switch (which) {
    case PRIO_PROCESS: {
      const target = who === 0 ? thread : tasks.find(who);
      return target === undefined || target.ended ? [] : [target];
    }
    case PRIO_PGRP: {
      const pgid = who === 0 ? thread.process.group.pgid : who;
      return all.filter((other) => other.process.group.pgid === pgid);
    }
    case PRIO_USER: {
      const uid = who === 0 ? thread.process.credentials.uid : who;
      return all.filter((other) => other.process.credentials.uid === uid);
    }
    default:
      return -EINVAL;
  }
}

function getpriority(thread: LinuxThread, which: number, who: number): number {
  const targets = niceTargets(thread, which, who);
  if (typeof targets === 'number') return targets;
  if (targets.length === 0) return -ESRCH;
  // As the raw call answers: 1..40, so that it can't be taken for an error.
  return NICE_MAX + 1 - Math.min(...targets.map((target) => target.nice));
}

function setpriority(thread: LinuxThread, which: number, who: number, priority: number): number {
  const targets = niceTargets(thread, which, who);
  if (typeof targets === 'number') return targets;
  if (targets.length === 0) return -ESRCH;
  const nice = Math.max(NICE_MIN, Math.min(NICE_MAX, priority));
  const { credentials } = thread.process;
  for (const target of targets) {
    const owner = target.process.credentials;
    if (!capable(credentials, CAP_SYS_NICE) && owner.uid !== credentials.euid && owner.euid !== credentials.euid)
      return -EPERM;
    const mayRaise = NICE_MAX + 1 - nice <= target.process.limits.soft(RLIMIT_NICE);
    if (nice < target.nice && !mayRaise && !capable(credentials, CAP_SYS_NICE)) return -EACCES;
    target.scheduling.nice = nice;
  }
  return 0;
}

export const limitSyscalls: readonly SyscallDefinition[] = [
  syscall(97, 'getrlimit', [choice('resource', rlimitNames), pointer('rlim')], (thread, resource, rlim) => {
    if (resource < 0 || resource >= RLIM_NLIMITS) return -EINVAL;
    writeLimit(thread, rlim, thread.process.limits.get(resource));
    return 0;
  }),
  syscall(160, 'setrlimit', [choice('resource', rlimitNames), pointer('rlim')], (thread, resource, rlim) => {
    if (resource < 0 || resource >= RLIM_NLIMITS) return -EINVAL;
    // A null pointer is a fault here, while prlimit takes it for "do not set".
    readLimit(thread, rlim);
    return prlimit(thread, 0, resource, rlim, 0);
  }),
  syscall(
    302,
    'prlimit64',
    [int('pid'), choice('resource', rlimitNames), pointer('new_limit'), pointer('old_limit')],
    prlimit,
  ),
  syscall(140, 'getpriority', [choice('which', priorityNames), int('who')], getpriority),
  syscall(141, 'setpriority', [choice('which', priorityNames), int('who'), int('prio')], setpriority),
];
