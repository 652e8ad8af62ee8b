/** nanosleep(2), clock_nanosleep(2), and restart_syscall(2), through which an interrupted sleep goes on. */
import { EINTR, EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import {
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME_COARSE,
  CLOCK_THREAD_CPUTIME_ID,
  NS_PER_SECOND,
  TIMER_ABSTIME,
  clockNames,
  timerFlagNames,
} from '../abi/time.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { cpuClock, isMonotonic, isRealtime } from './clock-syscalls.ts';
import { readTimespec, writeDurationNs } from './timespec.ts';

/** Clocks that can be read, but not slept on. */
const sleepless: readonly number[] = [CLOCK_MONOTONIC_RAW, CLOCK_REALTIME_COARSE, CLOCK_MONOTONIC_COARSE];
/** A clock of one thread: nobody may sleep on his own. Source: include/linux/posix-timers.h. */
const CPUCLOCK_PERTHREAD = 4;

/** Sleeps to a point of monotonic time; what is left goes to `rem` when a signal ends it. */
function sleepUntil(thread: LinuxThread, deadlineNs: number, rem: number): number {
  const { machine } = thread;
  return block(thread, {
    attempt: () => WAIT,
    queues: [],
    deadlineNs,
    onInterrupt: () => {
      thread.restartBlock = () => sleepUntil(thread, deadlineNs, rem);
      if (rem !== 0) writeDurationNs(thread, rem, Math.max(0, deadlineNs - machine.nowNs()));
      return undefined;
    },
    restart: Restart.Block,
  });
}

/** Until the process has used so much processor time; its other threads use it. */
function sleepOnCpuTime(thread: LinuxThread, nowNs: () => number, deadlineNs: number, rem: number): number {
  const { posixTimers } = thread.process;
  posixTimers.sleeps(1);
  return block(thread, {
    attempt: () => {
      if (nowNs() < deadlineNs) return WAIT;
      posixTimers.sleeps(-1);
      return 0;
    },
    queues: [posixTimers.cpuTimePassed],
    onInterrupt: () => {
      posixTimers.sleeps(-1);
      thread.restartBlock = () => sleepOnCpuTime(thread, nowNs, deadlineNs, rem);
      if (rem !== 0) writeDurationNs(thread, rem, Math.max(0, deadlineNs - nowNs()));
      return undefined;
    },
    onAbandon: () => posixTimers.sleeps(-1),
    restart: Restart.Block,
  });
}

function clockNanosleep(thread: LinuxThread, clock: number, absolute: number, request: number, rem: number): number {
  const { machine } = thread;
  const known = isRealtime(clock) || isMonotonic(clock);
  const cpuTime = known ? undefined : cpuClock(thread, clock);
  if (!known && cpuTime === undefined) return -EINVAL;
  if (clock === CLOCK_THREAD_CPUTIME_ID || sleepless.includes(clock)) return -EOPNOTSUPP;
  const time = readTimespec(thread, request);
  if (typeof time === 'number') return time;
  if (cpuTime !== undefined) {
    const durationNs = time.seconds * NS_PER_SECOND + time.nanoseconds;
    if ((clock & CPUCLOCK_PERTHREAD) !== 0 && clock < 0) return -EINVAL;
    return sleepOnCpuTime(
      thread,
      cpuTime,
      absolute === 0 ? cpuTime() + durationNs : durationNs,
      absolute === 0 ? rem : 0,
    );
  }
  if (absolute === 0) {
    return sleepUntil(thread, machine.nowNs() + time.seconds * NS_PER_SECOND + time.nanoseconds, rem);
  }
  const deadlineNs = isRealtime(clock)
    ? machine.clock.monotonicOf(time)
    : time.seconds * NS_PER_SECOND + time.nanoseconds;
  return block(thread, { attempt: () => WAIT, queues: [], deadlineNs, restart: Restart.NoHandler });
}

export const sleepSyscalls: readonly SyscallDefinition[] = [
  syscall(35, 'nanosleep', [pointer('req'), pointer('rem')], (thread, request, rem) => {
    const time = readTimespec(thread, request);
    if (typeof time === 'number') return time;
    return sleepUntil(thread, thread.machine.nowNs() + time.seconds * NS_PER_SECOND + time.nanoseconds, rem);
  }),
  syscall(
    230,
    'clock_nanosleep',
    [choice('clockid', clockNames), flags('flags', timerFlagNames), pointer('request'), pointer('remain')],
    (thread, clock, sleepFlags, request, rem) =>
      clockNanosleep(thread, clock, sleepFlags & TIMER_ABSTIME, request, rem),
  ),
  syscall(219, 'restart_syscall', [], (thread) => {
    const restart = thread.restartBlock;
    thread.restartBlock = undefined;
    return restart === undefined ? -EINTR : restart();
  }),
];
