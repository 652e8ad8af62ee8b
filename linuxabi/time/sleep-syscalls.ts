/** nanosleep(2), clock_nanosleep(2), and restart_syscall(2), through which an interrupted sleep goes on. */
import { EINTR, EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import {
  CLOCK_PROCESS_CPUTIME_ID,
  CLOCK_THREAD_CPUTIME_ID,
  NS_PER_SECOND,
  TIMER_ABSTIME,
  clockNames,
  timerFlagNames,
} from '../abi/time.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, pointer, partial, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { isMonotonic, isRealtime } from './clock-syscalls.ts';
import { readTimespec, writeDurationNs } from './timespec.ts';

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

function clockNanosleep(thread: LinuxThread, clock: number, absolute: number, request: number, rem: number): number {
  const { machine } = thread;
  const known = isRealtime(clock) || isMonotonic(clock);
  const cpuTime = clock === CLOCK_PROCESS_CPUTIME_ID || clock === CLOCK_THREAD_CPUTIME_ID;
  if (!known) return cpuTime ? -EOPNOTSUPP : -EINVAL;
  const time = readTimespec(thread, request);
  if (typeof time === 'number') return time;
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
    partial('sleeping on a processor-time clock answers EOPNOTSUPP'),
  ),
  syscall(219, 'restart_syscall', [], (thread) => {
    const restart = thread.restartBlock;
    thread.restartBlock = undefined;
    return restart === undefined ? -EINTR : restart();
  }),
];
