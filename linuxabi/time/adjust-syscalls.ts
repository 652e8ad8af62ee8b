/**
 * adjtimex(2), clock_adjtime(2): the clock's state can be read. Its time is the host's, which a program can't change. Source:
 * kernel/time/timekeeping.c, timekeeping_validate_timex, do_adjtimex; kernel/time/posix-timers.c.
 */
import { guestAddress } from '../../cpu/address.ts';
import { CAP_SYS_TIME } from '../abi/capability.ts';
import { EINVAL, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import { CLOCK_REALTIME, clockNames } from '../abi/time.ts';
import {
  ADJ_ADJTIME,
  ADJ_OFFSET_READONLY,
  ADJ_OFFSET_SINGLESHOT,
  STA_UNSYNC,
  TIME_ERROR,
  timex,
} from '../abi/timex.ts';
import { capable } from '../process/credentials.ts';
import { readBytes, writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, partial, pointer, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readTimespec, readTimevalNs } from './timespec.ts';
import { readClock } from './clock-syscalls.ts';

/** Of a clock that nobody has synchronised since boot. Source: kernel/time/ntp.c. */
const NTP_PHASE_LIMIT_US = 16_000_000;
const MAXFREQ_SCALED = 32_768_000;
const TIME_CONSTANT = 2;
const USER_TICK_US = 10_000;
/** struct timezone. */
const TIMEZONE_SIZE = 8;

function adjust(thread: LinuxThread, clock: number, address: number): number {
  const bytes = readBytes(thread.memory, guestAddress(address), timex.size);
  if (readClock(thread, clock) === undefined) return -EINVAL;
  if (clock !== CLOCK_REALTIME) return -EOPNOTSUPP;
  const view = new DataView(bytes.buffer);
  const modes = view.getUint32(timex.modes, true);
  if ((modes & ADJ_ADJTIME) !== 0 && (modes & ADJ_OFFSET_SINGLESHOT) === 0) return -EINVAL;
  const onlyReads = modes === 0 || ((modes & ADJ_ADJTIME) !== 0 && (modes & ADJ_OFFSET_READONLY) !== 0);
  if (!onlyReads) return -EPERM;
  describe(thread, view);
  writeBytes(thread.memory, guestAddress(address), bytes);
  return TIME_ERROR;
}

function describe(thread: LinuxThread, view: DataView): void {
  const { seconds, nanoseconds } = thread.machine.clock.realtime();
  const long = (offset: number, value: number): void => view.setBigInt64(offset, BigInt(value), true);
  new Uint8Array(view.buffer).fill(0, timex.modes + 8);
  long(timex.maxerror, NTP_PHASE_LIMIT_US);
  long(timex.esterror, NTP_PHASE_LIMIT_US);
  view.setInt32(timex.status, STA_UNSYNC, true);
  long(timex.constant, TIME_CONSTANT);
  long(timex.precision, 1);
  long(timex.tolerance, MAXFREQ_SCALED);
  long(timex.tv_sec, seconds);
  long(timex.tv_usec, Math.floor(nanoseconds / 1000));
  long(timex.tick, USER_TICK_US);
}

const missing = partial('the clock is the host’s: changing it answers EPERM, and it counts as not synchronised');

/** A right time is still refused. Source: kernel/time/time.c, do_sys_settimeofday64. */
function clockSettime(thread: LinuxThread, clock: number, address: number): number {
  if (clock !== CLOCK_REALTIME) return -EINVAL;
  const time = readTimespec(thread, address);
  return typeof time === 'number' ? time : -EPERM;
}

function settimeofday(thread: LinuxThread, time: number, zone: number): number {
  if (time !== 0 && readTimevalNs(thread, time) < 0) return -EINVAL;
  if (zone !== 0) readBytes(thread.memory, guestAddress(zone), TIMEZONE_SIZE);
  const isNothing = time === 0 && zone === 0;
  return isNothing && capable(thread.process.credentials, CAP_SYS_TIME) ? 0 : -EPERM;
}

export const adjustSyscalls: readonly SyscallDefinition[] = [
  syscall(159, 'adjtimex', [pointer('buf')], (thread, address) => adjust(thread, CLOCK_REALTIME, address), missing),
  syscall(164, 'settimeofday', [pointer('tv'), pointer('tz')], settimeofday, missing),
  syscall(227, 'clock_settime', [choice('clockid', clockNames), pointer('tp')], clockSettime, missing),
  syscall(305, 'clock_adjtime', [choice('clk_id', clockNames), pointer('buf')], adjust, missing),
];
