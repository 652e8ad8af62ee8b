/**
 * mlock, mlock2, munlock, mlockall, munlockall. Nothing is ever swapped out here, so locking means making pages present
 * and keeping account against RLIMIT_MEMLOCK.
 * Source: mlock(2); mm/mlock.c.
 */
import { PAGE_SIZE, USER_LIMIT, pageCeil, pageFloor } from '../../cpu/address.ts';
import { FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { RegionFlag } from '../../kernel/memory/region.ts';
import { CAP_IPC_LOCK } from '../abi/capability.ts';
import { EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT, MLOCK_ONFAULT, mlockFlagNames, mlockallFlagNames } from '../abi/mman.ts';
import { RLIMIT_MEMLOCK } from '../abi/resource.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { flags, pointer, size, syscall } from '../syscall.ts';

const setLocked = (regionFlags: number): number => regionFlags | RegionFlag.Locked;
const clearLocked = (regionFlags: number): number => regionFlags & ~RegionFlag.Locked;

export function mayLock(thread: LinuxThread): boolean {
  return capable(thread.process.credentials, CAP_IPC_LOCK) || thread.process.limits.soft(RLIMIT_MEMLOCK) !== 0;
}

/** How many bytes more may be locked. */
export function lockRoom(thread: LinuxThread): number {
  if (capable(thread.process.credentials, CAP_IPC_LOCK)) return Infinity;
  const limit = pageFloor(Math.min(thread.process.limits.soft(RLIMIT_MEMLOCK), USER_LIMIT));
  return limit - lockedBytes(thread.process.addressSpace);
}

export function lockedBytes(space: AddressSpace): number {
  return lockedWithin(space, 0, USER_LIMIT);
}

function lockedWithin(space: AddressSpace, start: number, end: number): number {
  let bytes = 0;
  for (const region of space.regions.overlapping(start, end)) {
    if (region.has(RegionFlag.Locked)) bytes += Math.min(end, region.end) - Math.max(start, region.start);
  }
  return bytes;
}

/** The whole pages of a range; undefined when it runs past the address space. */
function pagesOf(address: number, lengthBytes: number): { start: number; lengthBytes: number } | undefined {
  const start = pageFloor(address);
  // Rounded up to pages, the greatest lengths become 0.
  if (lengthBytes + (address - start) > 2 ** 64 - PAGE_SIZE) return { start, lengthBytes: 0 };
  const end = pageCeil(address + lengthBytes);
  return end > USER_LIMIT ? undefined : { start, lengthBytes: end - start };
}

const Populate = { Now: 0, OnFault: 1 } as const;
type Populate = (typeof Populate)[keyof typeof Populate];

function lock(thread: LinuxThread, address: number, lengthBytes: number, populate: Populate): number {
  if (!mayLock(thread)) return -EPERM;
  const range = pagesOf(address, lengthBytes);
  if (range === undefined) return lengthBytes > USER_LIMIT ? -EINVAL : -ENOMEM;
  if (range.lengthBytes === 0) return 0;
  const space = thread.process.addressSpace;
  const end = range.start + range.lengthBytes;
  if (range.lengthBytes - lockedWithin(space, range.start, end) > lockRoom(thread)) return -ENOMEM;
  const covered = space.regions.isCovered(range.start, end);
  space.change(range.start, range.lengthBytes, { flags: setLocked });
  if (!covered) return -ENOMEM;
  if (populate === Populate.OnFault) return 0;
  return populateRange(space, range.start, end) === FaultOutcome.Resolved ? 0 : -ENOMEM;
}

function populateRange(space: AddressSpace, start: number, end: number): FaultOutcome {
  for (const region of space.regions.overlapping(start, end)) {
    const from = Math.max(start, region.start);
    const length = Math.min(end, region.end) - from;
    const access = region.permissions & 2 && region.isPrivate ? 2 : 1;
    if (region.permissions === 0) return FaultOutcome.Denied;
    const outcome = space.memory.probe(pageFloor(from), length, access);
    if (outcome !== FaultOutcome.Resolved) return outcome;
  }
  return FaultOutcome.Resolved;
}

function unlock(thread: LinuxThread, address: number, lengthBytes: number): number {
  const range = pagesOf(address, lengthBytes);
  if (range === undefined) return lengthBytes > USER_LIMIT ? -EINVAL : -ENOMEM;
  const space = thread.process.addressSpace;
  const covered = space.regions.isCovered(range.start, range.start + range.lengthBytes);
  space.change(range.start, range.lengthBytes, { flags: clearLocked });
  return covered ? 0 : -ENOMEM;
}

function lockAll(thread: LinuxThread, which: number): number {
  if (which === 0 || which & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || which === MCL_ONFAULT) return -EINVAL;
  if (!mayLock(thread)) return -EPERM;
  const space = thread.process.addressSpace;
  if (which & MCL_CURRENT && space.mappedBytes - lockedBytes(space) > lockRoom(thread)) return -ENOMEM;
  space.futureFlags = which & MCL_FUTURE ? RegionFlag.Locked : 0;
  if (which & MCL_CURRENT) {
    space.change(0, USER_LIMIT, { flags: setLocked });
    if (!(which & MCL_ONFAULT)) for (const { start, end } of space.regions) populateRange(space, start, end);
  }
  return 0;
}

function unlockAll(thread: LinuxThread): number {
  const space = thread.process.addressSpace;
  space.futureFlags = 0;
  space.change(0, USER_LIMIT, { flags: clearLocked });
  return 0;
}

export const lockedMemorySyscalls = [
  syscall(149, 'mlock', [pointer('addr'), size('length')], (thread, address, lengthBytes) =>
    lock(thread, address, lengthBytes, Populate.Now),
  ),
  syscall(150, 'munlock', [pointer('addr'), size('length')], unlock),
  syscall(151, 'mlockall', [flags('flags', mlockallFlagNames)], lockAll),
  syscall(152, 'munlockall', [], unlockAll),
  syscall(
    325,
    'mlock2',
    [pointer('addr'), size('length'), flags('flags', mlockFlagNames)],
    (thread, address, lengthBytes, lockFlags) => {
      if (lockFlags & ~MLOCK_ONFAULT) return -EINVAL;
      return lock(thread, address, lengthBytes, lockFlags & MLOCK_ONFAULT ? Populate.OnFault : Populate.Now);
    },
  ),
];
