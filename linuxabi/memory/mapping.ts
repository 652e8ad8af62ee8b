/** mmap, munmap, mprotect, mremap, brk. Source: mmap(2), munmap(2), mprotect(2), mremap(2), brk(2); mm/mmap.c, mm/mprotect.c, mm/mremap.c. */
import { PAGE_SIZE, USER_LIMIT, pageCeil, pageFloor } from '../../cpu/address.ts';
import { Access } from '../../cpu/memory/guest-memory.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { RegionFlag } from '../../kernel/memory/region.ts';
import { CAP_SYS_RAWIO } from '../abi/capability.ts';
import { EAGAIN, EINVAL, ENOMEM, ENOSPC, EPERM } from '../abi/errno.ts';
import {
  MAP_32BIT,
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  MAP_GROWSDOWN,
  MAP_HUGETLB,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  PROT_EXEC,
  PROT_GROWSDOWN,
  PROT_GROWSUP,
  PROT_READ,
  PROT_SEM,
  PROT_WRITE,
  mapFlagNames,
  protectionNames,
} from '../abi/mman.ts';
import { RLIMIT_AS, RLIMIT_DATA } from '../abi/resource.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { linuxResult } from '../status-errno.ts';
import { fd, flags, int, partial, pointer, size, syscall, ulong } from '../syscall.ts';
import { mayCommit, mayCommitRange, mayGoUnreserved } from './commit.ts';
import { lockRoom, mayLock } from './locked-memory.ts';
import { exceedsDataLimit } from './data-limit.ts';
import { checkDescriptor, mappingSource } from './mapping-source.ts';
import type { MappingSource } from './mapping-source.ts';
import { mremap } from './mremap.ts';

/** PROT_ bits that are page permissions; they have the values of Permission. */
const PERMISSIONS = PROT_READ | PROT_WRITE | PROT_EXEC;

interface MmapArguments {
  readonly address: number;
  readonly lengthBytes: number;
  readonly protection: number;
  readonly flags: number;
  readonly fd: number;
  readonly offset: number;
}

export function mmap(thread: LinuxThread, args: MmapArguments): number {
  if (args.offset % PAGE_SIZE !== 0) return -EINVAL;
  const badDescriptor = checkDescriptor(thread, args);
  if (badDescriptor < 0) return badDescriptor;
  if (args.lengthBytes === 0) return -EINVAL;
  const lengthBytes = pageCeil(args.lengthBytes);
  const fixed = (args.flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) !== 0;
  if (lengthBytes > USER_LIMIT) return -ENOMEM;
  if (args.flags & MAP_ANONYMOUS && args.flags & MAP_HUGETLB) return -ENOMEM;
  if (fixed && args.address > USER_LIMIT - lengthBytes) return -ENOMEM;
  if (fixed && args.address % PAGE_SIZE !== 0) return -EINVAL;
  if (args.flags & MAP_LOCKED) {
    if (!mayLock(thread)) return -EPERM;
    if (lengthBytes > lockRoom(thread)) return -EAGAIN;
  }
  const isPromise = isAccountable(args) && !(args.flags & MAP_NORESERVE && mayGoUnreserved(thread.machine));
  if (isPromise && !mayCommit(thread, lengthBytes)) return -ENOMEM;
  const isData = args.flags & MAP_PRIVATE && args.protection & PROT_WRITE && !(args.flags & MAP_GROWSDOWN);
  if (isData && exceedsDataLimit(thread, fixed ? args.address : 0, (fixed ? args.address : 0) + lengthBytes))
    return -ENOMEM;
  const source = mappingSource(thread, args);
  if (typeof source === 'number') return source;
  const result = mapSource(thread, args, source, lengthBytes);
  source.object?.release();
  if (result < 0) return linuxResult(result);
  const populate = (args.flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE || args.flags & MAP_LOCKED;
  if (populate) touch(thread.process.addressSpace, result, lengthBytes, args.protection);
  return result;
}

/** Memory that would have to be found for it. Source: mm/mmap.c, accountable_mapping; mm/shmem.c, shmem_acct_size. */
function isAccountable({ flags: mapFlags, protection }: MmapArguments): boolean {
  if (mapFlags & MAP_PRIVATE) return (protection & PROT_WRITE) !== 0;
  return (mapFlags & MAP_ANONYMOUS) !== 0;
}

/** The address, or a Status. */
function mapSource(thread: LinuxThread, args: MmapArguments, source: MappingSource, lengthBytes: number): number {
  const space = currentSpace(thread);
  let regionFlags = space.futureFlags;
  if (args.flags & MAP_NORESERVE && mayGoUnreserved(thread.machine)) regionFlags |= RegionFlag.NoReserve;
  if (args.flags & MAP_GROWSDOWN) regionFlags |= RegionFlag.GrowsDown;
  if (args.flags & MAP_LOCKED) regionFlags |= RegionFlag.Locked;
  let placement: Placement = Placement.Anywhere;
  if (args.flags & MAP_FIXED) placement = Placement.Fixed;
  if (args.flags & MAP_FIXED_NOREPLACE) placement = Placement.FixedIfFree;
  const request = {
    placement,
    address: placement === Placement.Anywhere ? pageFloor(args.address) : args.address,
    lengthBytes,
    permissions: args.protection & PERMISSIONS,
    allowed: source.allowed,
    flags: regionFlags,
    label: source.label,
    ...(args.flags & MAP_32BIT && { ceiling: 2 ** 31 }),
  };
  if (source.object === undefined) return space.mapAnonymous(request);
  return space.map({ ...request, object: source.object, offset: args.flags & MAP_ANONYMOUS ? 0 : args.offset });
}

/** The address space, with the limits as they are now. */
function currentSpace(thread: LinuxThread): AddressSpace {
  const space = thread.process.addressSpace;
  space.sizeLimitBytes = thread.process.limits.soft(RLIMIT_AS);
  space.regionLimit = thread.machine.settings.number('vm/max_map_count');
  space.lowestAddress = capable(thread.process.credentials, CAP_SYS_RAWIO)
    ? 0
    : thread.machine.settings.number('vm/mmap_min_addr');
  return space;
}

/** Makes pages present ahead of their use; what can't be had now is left to the fault. */
export function touch(space: AddressSpace, start: number, lengthBytes: number, protection: number): number {
  const access = protection & PROT_WRITE ? Access.Write : Access.Read;
  return protection === 0 ? 0 : space.memory.probe(pageFloor(start), lengthBytes, access);
}

export function munmap(thread: LinuxThread, address: number, lengthBytes: number): number {
  if (address % PAGE_SIZE !== 0 || address > USER_LIMIT || lengthBytes > USER_LIMIT - address) return -EINVAL;
  if (lengthBytes === 0) return -EINVAL;
  return linuxResult(thread.process.addressSpace.unmap(address, lengthBytes));
}

export function mprotect(thread: LinuxThread, address: number, lengthBytes: number, protection: number): number {
  const grows = protection & (PROT_GROWSDOWN | PROT_GROWSUP);
  if (grows === (PROT_GROWSDOWN | PROT_GROWSUP) || address % PAGE_SIZE !== 0) return -EINVAL;
  if (lengthBytes === 0) return 0;
  if (pageCeil(lengthBytes) > USER_LIMIT) return -ENOMEM;
  if (protection & ~(PERMISSIONS | PROT_SEM | PROT_GROWSDOWN | PROT_GROWSUP)) return -EINVAL;
  const space = thread.process.addressSpace;
  let start = address;
  if (grows) {
    const region = space.regions.atOrAbove(address);
    if (region === undefined) return -ENOMEM;
    // No mapping of x86 grows upwards.
    if (grows === PROT_GROWSUP || !region.has(RegionFlag.GrowsDown)) return -EINVAL;
    start = region.start;
  }
  const end = address + pageCeil(lengthBytes);
  if (protection & PROT_WRITE && exceedsDataLimit(thread, start, end)) return -ENOMEM;
  if (protection & PROT_WRITE && !mayCommitRange(thread, start, end)) return -ENOMEM;
  return linuxResult(space.protect(start, end - start, protection & PERMISSIONS));
}

function brk(thread: LinuxThread, address: number): number {
  const space = currentSpace(thread);
  if (address < space.heapStart || address > space.layout.limit) return space.heapEnd;
  if (address > space.heapEnd && !mayCommit(thread, address - space.heapEnd)) return space.heapEnd;
  if (address - space.heapStart > thread.process.limits.soft(RLIMIT_DATA)) return space.heapEnd;
  space.setHeapEnd(address);
  return space.heapEnd;
}

export const mappingSyscalls = [
  syscall(
    9,
    'mmap',
    [
      pointer('addr'),
      size('length'),
      flags('prot', protectionNames),
      flags('flags', mapFlagNames),
      fd('fd'),
      ulong('offset'),
    ],
    (thread, address, lengthBytes, protection, mapFlags, descriptor, offset) =>
      mmap(thread, { address, lengthBytes, protection, flags: mapFlags, fd: descriptor, offset }),
    partial('no huge pages: MAP_HUGETLB answers ENOMEM'),
  ),
  syscall(10, 'mprotect', [pointer('addr'), size('length'), flags('prot', protectionNames)], mprotect),
  syscall(11, 'munmap', [pointer('addr'), size('length')], munmap),
  syscall(12, 'brk', [pointer('addr')], brk),
  mremap,
  syscall(
    329,
    'pkey_mprotect',
    [pointer('addr'), size('length'), flags('prot', protectionNames), int('pkey')],
    (thread, address, lengthBytes, protection, key) =>
      key === -1 ? mprotect(thread, address, lengthBytes, protection) : -EINVAL,
    partial('a processor without protection keys'),
  ),
  syscall(
    330,
    'pkey_alloc',
    [ulong('flags'), ulong('access_rights')],
    (_thread, keyFlags, rights) => (keyFlags !== 0 || rights > 3 ? -EINVAL : -ENOSPC),
    partial('a processor without protection keys'),
  ),
  syscall(331, 'pkey_free', [int('pkey')], () => -EINVAL, partial('a processor without protection keys')),
];
