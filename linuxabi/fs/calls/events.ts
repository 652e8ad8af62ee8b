/** eventfd, timerfd, memfd_create. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { OpenAccess, NodeKind } from '../../../kernel/file-server.ts';
import type { OpenFile } from '../../../kernel/open-file.ts';
import { CAP_WAKE_ALARM } from '../../abi/capability.ts';
import { EBADF, EINVAL, EPERM } from '../../abi/errno.ts';
import { F_SEAL_EXEC, F_SEAL_SEAL, O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import { EFD_SEMAPHORE, TFD_TIMER_ABSTIME } from '../../abi/poll.ts';
import {
  CLOCK_BOOTTIME,
  CLOCK_BOOTTIME_ALARM,
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  clockNames,
} from '../../abi/time.ts';
import { readCString } from '../../guest-string.ts';
import { capable } from '../../process/credentials.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, flags, partial, pointer, syscall, uint } from '../../syscall.ts';
import { readTimespec, writeDurationNs } from '../../time/timespec.ts';
import { Description } from '../description.ts';
import { install, usable } from '../descriptors.ts';
import { CounterKind, EventCounter } from '../event-counter.ts';
import { describe, factoriesOf } from '../opening.ts';
import { TimerFile } from '../timer-file.ts';

const NS = 1e9;

/** A descriptor for an object that is in no tree. */
export function installObject(thread: LinuxThread, kind: string, file: OpenFile, objectFlags: number): number {
  const factories = factoriesOf(thread);
  const description = new Description({
    reference: factories.adopt(kind, file),
    factories,
    flags: O_RDWR | (objectFlags & O_NONBLOCK),
    label: `anon_inode:[${kind}]`,
  });
  return install(thread, description, objectFlags);
}

function eventfd2(thread: LinuxThread, initial: number, eventFlags: number): number {
  if ((eventFlags & ~(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC)) !== 0) return -EINVAL;
  const kind = (eventFlags & EFD_SEMAPHORE) !== 0 ? CounterKind.Semaphore : CounterKind.Total;
  return installObject(thread, 'eventfd', new EventCounter(initial, kind), eventFlags);
}

const alarmClocks: readonly number[] = [CLOCK_REALTIME_ALARM, CLOCK_BOOTTIME_ALARM];
const timerClocks: readonly number[] = [CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_BOOTTIME, ...alarmClocks];
const realtimeClocks: readonly number[] = [CLOCK_REALTIME, CLOCK_REALTIME_ALARM];

/** Alarms would wake a machine that sleeps. Source: fs/timerfd.c, isalarm. */
function mayWake({ process }: LinuxThread, clock: number): boolean {
  return !alarmClocks.includes(clock) || capable(process.credentials, CAP_WAKE_ALARM);
}

function timerfdCreate(thread: LinuxThread, clock: number, timerFlags: number): number {
  if ((timerFlags & ~(O_NONBLOCK | O_CLOEXEC)) !== 0) return -EINVAL;
  if (!timerClocks.includes(clock)) return -EINVAL;
  if (!mayWake(thread, clock)) return -EPERM;
  return installObject(thread, 'timerfd', new TimerFile(clock, thread.machine), timerFlags);
}

function timerAt(thread: LinuxThread, fdNumber: number): TimerFile | number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return -EBADF;
  return description.file instanceof TimerFile ? description.file : -EINVAL;
}

function storeSetting(thread: LinuxThread, timer: TimerFile, address: GuestAddress): void {
  const { remainingNs, intervalNs } = timer.setting;
  writeDurationNs(thread, address, intervalNs);
  writeDurationNs(thread, guestAddress(address + 16), remainingNs);
}

function timerfdSettime(
  thread: LinuxThread,
  fdNumber: number,
  how: number,
  newValue: GuestAddress,
  oldValue: GuestAddress,
): number {
  if ((how & ~3) !== 0) return -EINVAL;
  const interval = readTimespec(thread, newValue);
  const first = readTimespec(thread, guestAddress(newValue + 16));
  if (typeof interval === 'number' || typeof first === 'number') return -EINVAL;
  const timer = timerAt(thread, fdNumber);
  if (typeof timer === 'number') return timer;
  if (!mayWake(thread, timer.clock)) return -EPERM;
  if ((oldValue as number) !== 0) storeSetting(thread, timer, oldValue);
  const delayNs = first.seconds * NS + first.nanoseconds;
  let atNs = Infinity;
  if (delayNs > 0) {
    if ((how & TFD_TIMER_ABSTIME) === 0) atNs = thread.machine.nowNs() + delayNs;
    else atNs = realtimeClocks.includes(timer.clock) ? thread.machine.clock.monotonicOf(first) : delayNs;
  }
  timer.settingFlags = how;
  timer.set(atNs, interval.seconds * NS + interval.nanoseconds);
  return 0;
}

function timerfdGettime(thread: LinuxThread, fdNumber: number, value: GuestAddress): number {
  const timer = timerAt(thread, fdNumber);
  if (typeof timer === 'number') return timer;
  storeSetting(thread, timer, value);
  return 0;
}

const MFD_CLOEXEC = 1;
const MFD_ALLOW_SEALING = 2;
const MFD_NOEXEC_SEAL = 8;
const MFD_EXEC = 16;
const MFD_FLAGS = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
/** Source: mm/memfd.c, MFD_NAME_MAX_LEN. */
const MEMFD_NAME_LIMIT = 250;

function memfdCreate(thread: LinuxThread, nameAddress: GuestAddress, memfdFlags: number): number {
  const isExecutable = (memfdFlags & MFD_NOEXEC_SEAL) === 0;
  if ((memfdFlags & ~MFD_FLAGS) !== 0 || (!isExecutable && (memfdFlags & MFD_EXEC) !== 0)) return -EINVAL;
  const name = readCString(thread.memory, nameAddress, MEMFD_NAME_LIMIT);
  if (name === undefined) return -EINVAL;
  const { fs, credentials } = thread.process;
  const location = fs.system.createUnnamed(`/memfd:${name}`, {
    kind: NodeKind.File,
    permissions: isExecutable ? 0o777 : 0o666,
    owner: credentials.fsuid,
    group: credentials.fsgid,
  });
  const canBeSealed = !isExecutable || (memfdFlags & MFD_ALLOW_SEALING) !== 0;
  const seals = (canBeSealed ? 0 : F_SEAL_SEAL) | (isExecutable ? 0 : F_SEAL_EXEC);
  fs.system.seals.begin(location.dentry.node!, seals);
  const reference = factoriesOf(thread).open(location.dentry.node!, OpenAccess.ReadWrite);
  location.dentry.node!.drop?.();
  return install(
    thread,
    describe(thread, reference, location, O_RDWR),
    (memfdFlags & MFD_CLOEXEC) !== 0 ? O_CLOEXEC : 0,
  );
}

const itimerArgs = [
  fd('fd'),
  flags('flags', { TFD_TIMER_ABSTIME }),
  pointer('new_value'),
  pointer('old_value'),
] as const;

export const eventCalls = [
  syscall(
    283,
    'timerfd_create',
    [choice('clockid', clockNames), flags('flags', { O_NONBLOCK, O_CLOEXEC })],
    timerfdCreate,
  ),
  syscall(284, 'eventfd', [uint('initval')], (thread, initial) => eventfd2(thread, initial, 0)),
  syscall(286, 'timerfd_settime', itimerArgs, timerfdSettime, partial('TFD_TIMER_CANCEL_ON_SET')),
  syscall(287, 'timerfd_gettime', [fd('fd'), pointer('curr_value')], timerfdGettime),
  syscall(290, 'eventfd2', [uint('initval'), flags('flags', { EFD_SEMAPHORE, O_NONBLOCK, O_CLOEXEC })], eventfd2),
  syscall(
    319,
    'memfd_create',
    [pointer('name'), flags('flags', { MFD_CLOEXEC, MFD_ALLOW_SEALING, MFD_NOEXEC_SEAL, MFD_EXEC })],
    memfdCreate,
    partial('huge pages'),
  ),
];
