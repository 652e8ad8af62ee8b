/** alarm(2), setitimer(2), timer_create(2) and its family. */
import { guestAddress } from '../../cpu/address.ts';
import { EAGAIN, EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import { SIGALRM, SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD_ID, _NSIG, sigevent } from '../abi/signal.ts';
import {
  CLOCK_MONOTONIC_COARSE,
  CLOCK_MONOTONIC_RAW,
  CLOCK_REALTIME_COARSE,
  ITIMER_PROF,
  ITIMER_REAL,
  NS_PER_SECOND,
  TIMER_ABSTIME,
  clockNames,
  itimerNames,
  timerFlagNames,
} from '../abi/time.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, int, pointer, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { cpuClock, isMonotonic, isRealtime } from './clock-syscalls.ts';
import type { TimerSetting } from './interval-timers.ts';
import type { PosixTimer, TimerClock, TimerTarget } from './posix-timers.ts';
import { readDurationNs, readTimespec, readTimevalNs, writeDurationNs, writeTimevalNs } from './timespec.ts';

const VALUE_OFFSET = 16;

function alarm(thread: LinuxThread, seconds: number): number {
  const { timers } = thread.process;
  const { valueNs } = timers.get(ITIMER_REAL);
  timers.set(ITIMER_REAL, { valueNs: seconds * NS_PER_SECOND, intervalNs: 0 });
  if (valueNs === 0) return 0;
  // Rounded to the nearest second, but never to "no alarm". Source: kernel/time/itimer.c, alarm_setitimer.
  return Math.max(1, Math.round(valueNs / NS_PER_SECOND));
}

function getitimer(thread: LinuxThread, which: number, address: number): number {
  if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
  storeSetting(thread, address, thread.process.timers.get(which));
  return 0;
}

/** struct itimerval. */
function storeSetting(thread: LinuxThread, address: number, { valueNs, intervalNs }: TimerSetting): void {
  writeTimevalNs(thread, address, intervalNs);
  writeTimevalNs(thread, address + VALUE_OFFSET, valueNs);
}

function setitimer(thread: LinuxThread, which: number, next: number, previous: number): number {
  if (which < ITIMER_REAL || which > ITIMER_PROF) return -EINVAL;
  const intervalNs = next === 0 ? 0 : readTimevalNs(thread, next);
  const valueNs = next === 0 ? 0 : readTimevalNs(thread, next + VALUE_OFFSET);
  if (intervalNs < 0 || valueNs < 0) return -EINVAL;
  const before = thread.process.timers.get(which);
  thread.process.timers.set(which, { valueNs, intervalNs });
  // Last: the timer is set even where the old setting can't be told. Source: kernel/time/itimer.c.
  if (previous !== 0) storeSetting(thread, previous, before);
  return 0;
}

function timerCreate(thread: LinuxThread, clock: number, event: number, idAddress: number): number {
  const runsOn = timerClock(thread, clock);
  if (typeof runsOn === 'number') return runsOn;
  const target = event === 0 ? undefined : readEvent(thread, event);
  if (typeof target === 'number') return target;
  const timer = thread.process.posixTimers.create(
    runsOn,
    (id) => target ?? { signal: SIGALRM, value: BigInt(id), thread: undefined },
  );
  if (timer === undefined) return -EAGAIN;
  try {
    thread.memory.writeU32(guestAddress(idAddress), timer.id);
  } catch (failure) {
    thread.process.posixTimers.delete(timer.id);
    throw failure;
  }
  return 0;
}

/** What a clock is to a timer, or −errno. Processor time is that of the caller, its process, or another thread of it. */
function timerClock(thread: LinuxThread, id: number): TimerClock | number {
  const { machine } = thread;
  if (id === CLOCK_MONOTONIC_RAW || id === CLOCK_REALTIME_COARSE || id === CLOCK_MONOTONIC_COARSE) return -EOPNOTSUPP;
  if (isRealtime(id) || isMonotonic(id)) return { id, kind: 'monotonic', nowNs: () => machine.nowNs() };
  const read = cpuClock(thread, id);
  return read === undefined ? -EINVAL : { id, kind: 'cpu', nowNs: read };
}

function readEvent(thread: LinuxThread, address: number): TimerTarget | number {
  const { memory, process } = thread;
  const notify = memory.readI32(guestAddress(address + sigevent.sigev_notify));
  const signal = memory.readI32(guestAddress(address + sigevent.sigev_signo));
  const value = memory.readU64(guestAddress(address + sigevent.sigev_value));
  if (notify === SIGEV_NONE) return { signal: 0, value, thread: undefined };
  if (signal < 1 || signal > _NSIG) return -EINVAL;
  if (notify === SIGEV_SIGNAL) return { signal, value, thread: undefined };
  if (notify !== SIGEV_THREAD_ID) return -EINVAL;
  const target = process.threads.get(memory.readI32(guestAddress(address + sigevent.sigev_notify_thread_id)));
  return target === undefined ? -EINVAL : { signal, value, thread: target };
}

function writeSetting(thread: LinuxThread, timer: PosixTimer, address: number): void {
  writeDurationNs(thread, address, timer.intervalNs);
  writeDurationNs(thread, address + VALUE_OFFSET, timer.leftNs);
}

function timerSettime(thread: LinuxThread, id: number, absolute: number, next: number, previous: number): number {
  const timer = thread.process.posixTimers.get(id);
  if (timer === undefined || next === 0) return -EINVAL;
  const intervalNs = readDurationNs(thread, next);
  const value = readTimespec(thread, next + VALUE_OFFSET);
  if (intervalNs < 0 || typeof value === 'number') return -EINVAL;
  if (previous !== 0) writeSetting(thread, timer, previous);
  const valueNs = value.seconds * NS_PER_SECOND + value.nanoseconds;
  const { machine } = thread;
  if (valueNs === 0) timer.arm(Infinity, intervalNs);
  else if (absolute === 0) timer.arm(timer.clock.nowNs() + valueNs, intervalNs);
  else timer.arm(isRealtime(timer.clock.id) ? machine.clock.monotonicOf(value) : valueNs, intervalNs);
  return 0;
}

export const timerSyscalls: readonly SyscallDefinition[] = [
  syscall(37, 'alarm', [uint('seconds')], alarm),
  syscall(36, 'getitimer', [choice('which', itimerNames), pointer('curr_value')], getitimer),
  syscall(38, 'setitimer', [choice('which', itimerNames), pointer('new_value'), pointer('old_value')], setitimer),
  syscall(222, 'timer_create', [choice('clockid', clockNames), pointer('sevp'), pointer('timerid')], timerCreate),
  syscall(
    223,
    'timer_settime',
    [int('timerid'), flags('flags', timerFlagNames), pointer('new_value'), pointer('old_value')],
    (thread, id, timerFlags, next, previous) => timerSettime(thread, id, timerFlags & TIMER_ABSTIME, next, previous),
  ),
  syscall(224, 'timer_gettime', [int('timerid'), pointer('curr_value')], (thread, id, address) => {
    const timer = thread.process.posixTimers.get(id);
    if (timer === undefined) return -EINVAL;
    writeSetting(thread, timer, address);
    return 0;
  }),
  syscall(225, 'timer_getoverrun', [int('timerid')], (thread, id) => {
    return thread.process.posixTimers.get(id)?.overrun ?? -EINVAL;
  }),
  syscall(226, 'timer_delete', [int('timerid')], (thread, id) => (thread.process.posixTimers.delete(id) ? 0 : -EINVAL)),
];
