/** mremap. Source: mremap(2); mm/mremap.c. */
import { PAGE_SIZE, USER_LIMIT, pageCeil } from '../../cpu/address.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { RegionFlag } from '../../kernel/memory/region.ts';
import type { Region } from '../../kernel/memory/region.ts';
import { EAGAIN, EFAULT, EINVAL, ENOMEM } from '../abi/errno.ts';
import { MREMAP_DONTUNMAP, MREMAP_FIXED, MREMAP_MAYMOVE, mremapFlagNames } from '../abi/mman.ts';
import { RLIMIT_AS } from '../abi/resource.ts';
import type { LinuxThread } from '../process/thread.ts';
import { linuxResult } from '../status-errno.ts';
import { flags, pointer, size, syscall } from '../syscall.ts';
import { mayCommit } from './commit.ts';
import { lockRoom } from './locked-memory.ts';

interface Remap {
  readonly space: AddressSpace;
  readonly region: Region;
  readonly address: number;
  readonly oldBytes: number;
  readonly newBytes: number;
  readonly flags: number;
  /** With MREMAP_FIXED; otherwise a hint for MREMAP_DONTUNMAP. */
  readonly target: number;
}

const KNOWN_FLAGS = MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP;

function remap(
  thread: LinuxThread,
  address: number,
  oldSize: number,
  newSize: number,
  remapFlags: number,
  target: number,
): number {
  if (remapFlags & ~KNOWN_FLAGS) return -EINVAL;
  if (remapFlags & (MREMAP_FIXED | MREMAP_DONTUNMAP) && !(remapFlags & MREMAP_MAYMOVE)) return -EINVAL;
  const oldBytes = pageCeil(oldSize);
  const newBytes = pageCeil(newSize);
  if (remapFlags & MREMAP_DONTUNMAP && oldBytes !== newBytes) return -EINVAL;
  if (address % PAGE_SIZE !== 0 || newBytes === 0 || newBytes > USER_LIMIT) return -EINVAL;
  if (remapFlags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) {
    if (target % PAGE_SIZE !== 0 || target > USER_LIMIT - newBytes) return -EINVAL;
    if (address + oldBytes > target && target + newBytes > address) return -EINVAL;
  }
  const space = thread.process.addressSpace;
  space.sizeLimitBytes = thread.process.limits.soft(RLIMIT_AS);
  const region = space.regions.find(address);
  if (region === undefined) return -EFAULT;
  // Size 0 asks for a second window on the same memory, which only shared memory can have.
  if (oldBytes === 0 && region.isPrivate) return -EINVAL;
  if (oldBytes > region.end - address) return -EFAULT;
  if (region.has(RegionFlag.Locked) && newBytes - oldBytes > lockRoom(thread)) return -EAGAIN;
  if (region.has(RegionFlag.Reserved) && newBytes > oldBytes && !mayCommit(thread, newBytes - oldBytes)) return -ENOMEM;
  return resize({ space, region, address, oldBytes, newBytes, flags: remapFlags, target });
}

function resize(request: Remap): number {
  const { space, address, oldBytes, newBytes } = request;
  if (request.flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) return moveTo(request);
  if (oldBytes !== 0 && newBytes <= oldBytes) {
    if (newBytes < oldBytes) {
      const status = space.unmap(address + newBytes, oldBytes - newBytes);
      if (status < 0) return linuxResult(status);
    }
    return address;
  }
  if (oldBytes !== 0 && growInPlace(request)) return address;
  return request.flags & MREMAP_MAYMOVE ? moveTo(request) : -ENOMEM;
}

/** What follows is free: the region gets longer. */
function growInPlace({ space, region, address, oldBytes, newBytes }: Remap): boolean {
  const end = address + oldBytes;
  if (end !== region.end) return false;
  const mapped = space.map({
    ...region.attributes,
    placement: Placement.FixedIfFree,
    address: end,
    lengthBytes: newBytes - oldBytes,
    offset: region.offset + (end - region.start),
  });
  return mapped >= 0;
}

function moveTo(request: Remap): number {
  const { space, region, address, oldBytes, newBytes } = request;
  const { attributes } = region;
  const fixed = (request.flags & MREMAP_FIXED) !== 0;
  // Reserve the target first: when that fails, nothing has happened yet.
  const target = space.map({
    ...attributes,
    placement: fixed ? Placement.Fixed : Placement.Anywhere,
    address: fixed ? request.target : 0,
    lengthBytes: newBytes,
    offset: region.offset + (address - region.start),
  });
  if (target < 0) return linuxResult(target);
  if (oldBytes === 0) return target;
  const moved = Math.min(oldBytes, newBytes);
  space.movePages(address, moved, target);
  if (!(request.flags & MREMAP_DONTUNMAP)) {
    const status = space.unmap(address, oldBytes);
    if (status < 0) return linuxResult(status);
  }
  return target;
}

export const mremap = syscall(
  25,
  'mremap',
  [pointer('old_address'), size('old_size'), size('new_size'), flags('flags', mremapFlagNames), pointer('new_address')],
  remap,
);
