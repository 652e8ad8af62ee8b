/** madvise, mincore, msync. Source: madvise(2), mincore(2), msync(2); mm/madvise.c, mm/mincore.c, mm/msync.c. */
import { PAGE_SIZE, USER_LIMIT, guestAddress, pageCeil, pageFloor } from '../../cpu/address.ts';
import { Access, FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { writeContent } from '../../kernel/file-server.ts';
import { ForkPolicy, RegionFlag } from '../../kernel/memory/region.ts';
import type { Region } from '../../kernel/memory/region.ts';
import { EACCES, EBUSY, EFAULT, EINVAL, EIO, ENOMEM, EPERM } from '../abi/errno.ts';
import {
  MADV_COLD,
  MADV_DODUMP,
  MADV_DOFORK,
  MADV_DONTDUMP,
  MADV_DONTFORK,
  MADV_DONTNEED,
  MADV_DONTNEED_LOCKED,
  MADV_FREE,
  MADV_HUGEPAGE,
  MADV_KEEPONFORK,
  MADV_MERGEABLE,
  MADV_NOHUGEPAGE,
  MADV_NORMAL,
  MADV_PAGEOUT,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MADV_RANDOM,
  MADV_REMOVE,
  MADV_SEQUENTIAL,
  MADV_UNMERGEABLE,
  MADV_WILLNEED,
  MADV_WIPEONFORK,
  MS_ASYNC,
  MS_INVALIDATE,
  MS_SYNC,
  adviceNames,
  msyncFlagNames,
} from '../abi/mman.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, flags, partial, pointer, size, syscall } from '../syscall.ts';

/** What an advice does to the part [start, end) of a region: 0 or −errno. */
type Advice = (space: AddressSpace, region: Region, start: number, end: number) => number;

const nothing: Advice = () => 0;

const forkPolicy =
  (policy: ForkPolicy): Advice =>
  (space, _region, start, end) => {
    space.change(start, end - start, { forkPolicy: policy });
    return 0;
  };

const discard: Advice = (space, region, start, end) => {
  if (region.has(RegionFlag.Locked)) return -EINVAL;
  space.discard(start, end - start);
  return 0;
};

const discardLocked: Advice = (space, _region, start, end) => {
  space.discard(start, end - start);
  return 0;
};

const isPrivateAnonymous = (region: Region): boolean => region.isPrivate && region.object.node === undefined;

const populate =
  (access: Access): Advice =>
  (space, region, start, end) => {
    if (!region.allows(access)) return -EINVAL;
    const outcome = space.memory.probe(pageFloor(start), end - start, access);
    return outcome === FaultOutcome.Resolved ? 0 : -EFAULT;
  };

/** A hole in the memory or the file behind a shared mapping: what mappers and readers see from then on is zero. */
const remove: Advice = (_space, region, start, end) => {
  const { object, isPrivate } = region;
  if (region.has(RegionFlag.Locked) || (isPrivate && object.node === undefined)) return -EINVAL;
  if (isPrivate || !(region.attributes.allowed & Access.Write)) return -EACCES;
  const offset = region.offset + (start - region.start);
  if (object.node === undefined) {
    for (let at = offset; at < offset + (end - start); at += PAGE_SIZE) object.pageBytes(at)?.fill(0);
    return 0;
  }
  const length = Math.min(end - start, object.node.attributes().sizeBytes - offset);
  if (length > 0) writeContent(object.node, offset, new Uint8Array(length));
  return 0;
};

const advices: Readonly<Record<number, Advice>> = {
  [MADV_NORMAL]: nothing,
  [MADV_RANDOM]: nothing,
  [MADV_SEQUENTIAL]: nothing,
  [MADV_WILLNEED]: nothing,
  [MADV_DONTNEED]: discard,
  [MADV_FREE]: (space, region, start, end) =>
    isPrivateAnonymous(region) ? discard(space, region, start, end) : -EINVAL,
  [MADV_REMOVE]: remove,
  [MADV_DONTFORK]: forkPolicy(ForkPolicy.None),
  [MADV_DOFORK]: forkPolicy(ForkPolicy.Inherit),
  [MADV_MERGEABLE]: nothing,
  [MADV_UNMERGEABLE]: nothing,
  [MADV_HUGEPAGE]: nothing,
  [MADV_NOHUGEPAGE]: nothing,
  [MADV_DONTDUMP]: nothing,
  [MADV_DODUMP]: nothing,
  [MADV_WIPEONFORK]: (space, region, start, end) =>
    isPrivateAnonymous(region) ? forkPolicy(ForkPolicy.Wipe)(space, region, start, end) : -EINVAL,
  [MADV_KEEPONFORK]: forkPolicy(ForkPolicy.Inherit),
  [MADV_COLD]: (_space, region) => (region.has(RegionFlag.Locked) ? -EINVAL : 0),
  [MADV_PAGEOUT]: (_space, region) => (region.has(RegionFlag.Locked) ? -EINVAL : 0),
  [MADV_POPULATE_READ]: populate(Access.Read),
  [MADV_POPULATE_WRITE]: populate(Access.Write),
  [MADV_DONTNEED_LOCKED]: discardLocked,
};

const MADV_HWPOISON = 100;
const MADV_SOFT_OFFLINE = 101;

export function madvise(process: LinuxProcess, address: number, lengthBytes: number, advice: number): number {
  if (advice === MADV_HWPOISON || advice === MADV_SOFT_OFFLINE) return -EPERM;
  const apply = advices[advice];
  if (apply === undefined || address % PAGE_SIZE !== 0) return -EINVAL;
  const length = pageCeil(lengthBytes);
  if (length > USER_LIMIT) return -EINVAL;
  const space = process.addressSpace;
  const end = address + length;
  for (const region of space.regions.overlapping(address, end)) {
    const result = apply(space, region, Math.max(address, region.start), Math.min(end, region.end));
    if (result < 0) return result;
  }
  return length === 0 || space.regions.isCovered(address, end) ? 0 : -ENOMEM;
}

function mincore(thread: LinuxThread, address: number, lengthBytes: number, vector: number): number {
  if (address % PAGE_SIZE !== 0) return -EINVAL;
  if (lengthBytes > USER_LIMIT || address + lengthBytes > USER_LIMIT) return -ENOMEM;
  const pages = pageCeil(lengthBytes) / PAGE_SIZE;
  if (vector + pages > USER_LIMIT) return -EFAULT;
  const space = thread.process.addressSpace;
  if (!space.regions.isCovered(address, address + pages * PAGE_SIZE)) return -ENOMEM;
  const resident = new Uint8Array(pages);
  for (let i = 0; i < pages; i++) resident[i] = space.memory.isPresent(guestAddress(address + i * PAGE_SIZE)) ? 1 : 0;
  return thread.memory.write(guestAddress(vector), resident) === pages ? 0 : -EFAULT;
}

function msync(thread: LinuxThread, address: number, lengthBytes: number, how: number): number {
  if (how & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC) || address % PAGE_SIZE !== 0) return -EINVAL;
  if (how & MS_ASYNC && how & MS_SYNC) return -EINVAL;
  const end = address + pageCeil(lengthBytes);
  if (end > USER_LIMIT) return -ENOMEM;
  const space = thread.process.addressSpace;
  for (const region of space.regions.overlapping(address, end)) {
    if (how & MS_INVALIDATE && region.has(RegionFlag.Locked)) return -EBUSY;
    if (!(how & MS_SYNC)) continue;
    const start = Math.max(address, region.start);
    const offset = region.offset + (start - region.start);
    if (region.object.writeBack(offset, Math.min(end, region.end) - start) < 0) return -EIO;
  }
  return space.regions.isCovered(address, end) ? 0 : -ENOMEM;
}

export const adviceSyscalls = [
  syscall(26, 'msync', [pointer('addr'), size('length'), flags('flags', msyncFlagNames)], msync),
  syscall(27, 'mincore', [pointer('addr'), size('length'), pointer('vec')], mincore),
  syscall(
    28,
    'madvise',
    [pointer('addr'), size('length'), choice('advice', adviceNames)],
    ({ process }, address, lengthBytes, advice) => madvise(process, address, lengthBytes, advice),
    partial('guard pages, collapsing and memory failures'),
  ),
];
