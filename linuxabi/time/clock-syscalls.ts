/** Reading clocks: clock_gettime(2), gettimeofday(2), time(2), times(2), getrusage(2). */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL } from '../abi/errno.ts';
import { RUSAGE_CHILDREN, RUSAGE_SELF, RUSAGE_THREAD, rusageNames } from '../abi/resource.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  CLOCK_REALTIME_COARSE,
  CLOCK_TAI,
  CLOCK_THREAD_CPUTIME_ID,
  NS_PER_SECOND,
  USER_HZ,
  clockNames,
} from '../abi/time.ts';
import { writeLong } from '../guest-string.ts';
import { writeRusage } from '../process/rusage.ts';
import type { LinuxThread } from '../process/thread.ts';
import { Usage } from '../process/usage.ts';
import { choice, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import type { WallTime } from './clock.ts';
import { writeDurationNs, writeTimespec } from './timespec.ts';

const COARSE_RESOLUTION_NS = 4_000_000;
const CPUCLOCK_PERTHREAD = 4;
const CPUCLOCK_CLOCK_MASK = 3;
const CPUCLOCK_PROF = 0;
const CPUCLOCK_VIRT = 1;
const CPUCLOCK_MAX = 3;

const realtimeClocks: readonly number[] = [CLOCK_REALTIME, CLOCK_REALTIME_COARSE, CLOCK_REALTIME_ALARM, CLOCK_TAI];
const monotonicClocks: readonly number[] = [
  CLOCK_MONOTONIC,
  CLOCK_MONOTONIC_RAW,
  CLOCK_MONOTONIC_COARSE,
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
];

export function isRealtime(clock: number): boolean {
  return realtimeClocks.includes(clock);
}

export function isMonotonic(clock: number): boolean {
  return monotonicClocks.includes(clock);
}

function split(ns: number): WallTime {
  return { seconds: Math.floor(ns / NS_PER_SECOND), nanoseconds: Math.floor(ns % NS_PER_SECOND) };
}

/** The clock's time, or undefined when there is no such clock. */
export function readClock(thread: LinuxThread, clock: number): WallTime | undefined {
  const { machine } = thread;
  if (clock === CLOCK_MONOTONIC || isMonotonic(clock)) return split(machine.nowNs());
  if (isRealtime(clock)) return machine.clock.realtime();
  if (clock === CLOCK_PROCESS_CPUTIME_ID) return split(thread.process.usage().cpuNs);
  if (clock === CLOCK_THREAD_CPUTIME_ID) return split(thread.usedSoFar().cpuNs);
  return clock < 0 ? readCpuClock(thread, clock) : undefined;
}

/** How to read a clock of processor time (nanoseconds) that belongs to the caller's process; undefined for any other. */
export function cpuClock(thread: LinuxThread, clock: number): (() => number) | undefined {
  if (clock === CLOCK_PROCESS_CPUTIME_ID) return () => thread.process.usage().cpuNs;
  if (clock === CLOCK_THREAD_CPUTIME_ID) return () => thread.usedSoFar().cpuNs;
  const which = clock & CPUCLOCK_CLOCK_MASK;
  if (clock >= 0 || which >= CPUCLOCK_MAX) return undefined;
  const id = ~(clock >> 3);
  const ofUsage = ({ cpuNs, userNs }: Usage): number => (which === CPUCLOCK_VIRT ? userNs : cpuNs);
  if ((clock & CPUCLOCK_PERTHREAD) === 0) {
    return id === 0 || id === thread.process.pid ? () => ofUsage(thread.process.usage()) : undefined;
  }
  const target = id === 0 ? thread : thread.process.threads.get(id);
  return target === undefined ? undefined : () => ofUsage(target.usedSoFar());
}

/** Clocks of other processes and threads: ~pid in the upper bits. Source: include/linux/posix-timers.h. */
function readCpuClock(thread: LinuxThread, clock: number): WallTime | undefined {
  const id = ~(clock >> 3);
  const which = clock & CPUCLOCK_CLOCK_MASK;
  if (which >= CPUCLOCK_MAX) return undefined;
  const usage = (clock & CPUCLOCK_PERTHREAD) !== 0 ? threadUsage(thread, id) : processUsage(thread, id);
  if (usage === undefined) return undefined;
  return split(which === CPUCLOCK_PROF || which !== CPUCLOCK_VIRT ? usage.cpuNs : usage.userNs);
}

function threadUsage(thread: LinuxThread, tid: number): Usage | undefined {
  const target = tid === 0 ? thread : thread.machine.tasks.threads.get(tid);
  return target?.process === thread.process ? target.usedSoFar() : undefined;
}

function processUsage(thread: LinuxThread, pid: number): Usage | undefined {
  return pid === 0 ? thread.process.usage() : thread.machine.tasks.processes.get(pid)?.usage();
}

function ticks(ns: number): number {
  return Math.floor((ns * USER_HZ) / NS_PER_SECOND);
}

function times(thread: LinuxThread, buffer: number): number {
  if (buffer !== 0) {
    const own = thread.process.usage();
    const children = thread.process.childrenUsage;
    const values = [own.userNs, own.systemNs, children.userNs, children.systemNs];
    values.forEach((ns, index) => writeLong(thread.memory, guestAddress(buffer + index * 8), ticks(ns)));
  }
  return ticks(thread.machine.nowNs());
}

function getrusage(thread: LinuxThread, who: number, address: number): number {
  const { process } = thread;
  const usage = new Usage();
  if (who === RUSAGE_SELF) usage.add(process.usage());
  else if (who === RUSAGE_CHILDREN) usage.add(process.childrenUsage);
  else if (who === RUSAGE_THREAD) usage.add(thread.usedSoFar());
  else return -EINVAL;
  if (who !== RUSAGE_CHILDREN) usage.noteResidentPages(thread.memory.presentPages());
  writeRusage(thread, address, usage);
  return 0;
}

export const clockSyscalls: readonly SyscallDefinition[] = [
  syscall(228, 'clock_gettime', [choice('clockid', clockNames), pointer('tp')], (thread, clock, address) => {
    const time = readClock(thread, clock);
    if (time === undefined) return -EINVAL;
    writeTimespec(thread, address, time.seconds, time.nanoseconds);
    return 0;
  }),
  syscall(229, 'clock_getres', [choice('clockid', clockNames), pointer('res')], (thread, clock, address) => {
    if (readClock(thread, clock) === undefined) return -EINVAL;
    const coarse = clock === CLOCK_REALTIME_COARSE || clock === CLOCK_MONOTONIC_COARSE;
    if (address !== 0) writeDurationNs(thread, address, coarse ? COARSE_RESOLUTION_NS : 1);
    return 0;
  }),
  syscall(96, 'gettimeofday', [pointer('tv'), pointer('tz')], (thread, tv, tz) => {
    const { seconds, nanoseconds } = thread.machine.clock.realtime();
    if (tv !== 0) writeTimespec(thread, tv, seconds, Math.floor(nanoseconds / 1000));
    if (tz !== 0) writeLong(thread.memory, tz, 0);
    return 0;
  }),
  syscall(201, 'time', [pointer('tloc')], (thread, address) => {
    const { seconds } = thread.machine.clock.realtime();
    if (address !== 0) writeLong(thread.memory, address, seconds);
    return seconds;
  }),
  syscall(100, 'times', [pointer('buf')], times),
  syscall(98, 'getrusage', [choice('who', rusageNames), pointer('usage')], getrusage),
];
