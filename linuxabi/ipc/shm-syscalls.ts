/** shmget, shmat, shmdt, shmctl. Source: shmget(2), shmop(2), shmctl(2); ipc/shm.c. */
import { PAGE_SIZE, pageCeil, pageFloor } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import { Placement } from '../../kernel/memory/address-space.ts';
import { ALL_PERMISSIONS } from '../../kernel/memory/region.ts';
import type { SharedSegment } from '../../sysv/shared-memory.ts';
import { May } from '../../sysv/ids.ts';
import { EINVAL, ENOMEM } from '../abi/errno.ts';
import {
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  SHM_EXEC,
  SHM_INFO,
  SHM_LOCK,
  SHM_LOCKED,
  SHM_RDONLY,
  SHM_REMAP,
  SHM_RND,
  SHM_STAT,
  SHM_STAT_ANY,
  SHM_UNLOCK,
  SHMMIN,
  ipcFlagNames,
  shmCommandNames,
  shmFlagNames,
  shmidLayout,
  shmInfoLayout,
  shminfoLayout,
} from '../abi/ipc.ts';
import type { LinuxThread } from '../process/thread.ts';
import { linuxResult } from '../status-errno.ts';
import { choice, flags, int, partial, pointer, size, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { callerOf } from './caller.ts';
import type { MemoryReference } from './ipc-system.ts';
import { Image, readOwnership } from './ipc-image.ts';

type Segment = SharedSegment<MemoryReference>;

function shmget(thread: LinuxThread, key: number, sizeBytes: number, flagBits: number): number {
  return thread.machine.ipc.sharedMemory.call((adapter) => adapter.get(callerOf(thread), key, sizeBytes, flagBits));
}

/** Where it is to go: a placement with an address, or −errno. */
function placementOf(address: number, flagBits: number): { placement: Placement; address: number } | number {
  if (address === 0) return (flagBits & SHM_REMAP) !== 0 ? -EINVAL : { placement: Placement.Anywhere, address };
  let place = address;
  if (address % PAGE_SIZE !== 0) {
    if ((flagBits & SHM_RND) === 0) return -EINVAL;
    place = pageFloor(address);
    if (place === 0 && (flagBits & SHM_REMAP) !== 0) return -EINVAL;
  }
  return { placement: (flagBits & SHM_REMAP) !== 0 ? Placement.Fixed : Placement.FixedIfFree, address: place };
}

function shmat(thread: LinuxThread, id: number, wantedAddress: number, flagBits: number): number {
  if (id < 0) return -EINVAL;
  const place = placementOf(wantedAddress, flagBits);
  if (typeof place === 'number') return place;
  const readOnly = (flagBits & SHM_RDONLY) !== 0;
  const executes = (flagBits & SHM_EXEC) !== 0;
  const wanted = May.Read | (readOnly ? 0 : May.Write) | (executes ? May.Execute : 0);
  const segment = thread.machine.ipc.sharedMemory.call((adapter) => adapter.attachable(callerOf(thread), id, wanted));
  if (typeof segment === 'number') return segment;
  const space = thread.process.addressSpace;
  const result = space.map({
    ...place,
    lengthBytes: segment.sizeBytes,
    permissions: Permission.Read | (readOnly ? 0 : Permission.Write) | (executes ? Permission.Execute : 0),
    allowed: readOnly ? ALL_PERMISSIONS & ~Permission.Write : ALL_PERMISSIONS,
    object: segment.memory.object,
    offset: 0,
    label: labelOf(segment),
  });
  if (result >= 0) return result;
  // A place that is taken is the program's mistake here. Source: ipc/shm.c, do_shmat.
  return place.placement === Placement.FixedIfFree && linuxResult(result) !== -ENOMEM ? -EINVAL : linuxResult(result);
}

/** As listings of the address space show it. Source: ipc/shm.c, newseg. */
function labelOf({ permission }: Segment): string {
  return `/SYSV${(permission.key >>> 0).toString(16).padStart(8, '0')} (deleted)`;
}

/** All that is left of the segment attached at this address. Source: ipc/shm.c, ksys_shmdt. */
function shmdt(thread: LinuxThread, address: number): number {
  if (address % PAGE_SIZE !== 0) return -EINVAL;
  const segments = thread.machine.ipc.sharedMemory.call((adapter) => [...adapter.all()]);
  if (typeof segments === 'number') return segments;
  const { addressSpace } = thread.process;
  for (const region of addressSpace.regions) {
    if (region.start < address || region.start - region.offset !== address) continue;
    const segment = segments.find(({ memory }) => memory.object === region.attributes.object);
    if (segment === undefined) continue;
    return detach(thread, segment, address);
  }
  return -EINVAL;
}

function detach(thread: LinuxThread, { sizeBytes, memory }: Segment, address: number): number {
  const { addressSpace } = thread.process;
  const { object } = memory;
  const parts = addressSpace.regions
    .overlapping(address, address + pageCeil(sizeBytes))
    .filter((region) => region.attributes.object === object && region.start - region.offset === address)
    .map(({ start, end }) => [start, end - start] as const);
  for (const [start, length] of parts) addressSpace.unmap(start, length);
  return 0;
}

function storeSegment(thread: LinuxThread, segment: Segment, address: number): void {
  new Image(shmidLayout.size)
    .permission(segment.permission)
    .u64(shmidLayout.shm_segsz, segment.sizeBytes)
    .u64(shmidLayout.shm_atime, segment.attachSeconds)
    .u64(shmidLayout.shm_dtime, segment.detachSeconds)
    .u64(shmidLayout.shm_ctime, segment.changeSeconds)
    .u32(shmidLayout.shm_cpid, segment.creatorPid)
    .u32(shmidLayout.shm_lpid, segment.lastPid)
    .u64(shmidLayout.shm_nattch, segment.attached)
    .store(thread, address);
}

function shmctl(thread: LinuxThread, id: number, command: number, address: number): number {
  if (command < 0 || id < 0) return -EINVAL;
  const { sharedMemory } = thread.machine.ipc;
  const caller = callerOf(thread);
  switch (command) {
    case IPC_INFO:
    case SHM_INFO:
      return shmInformation(thread, command, address);
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY: {
      const which = command === IPC_STAT ? { id } : ({ slot: id, any: command === SHM_STAT_ANY ? 1 : 0 } as const);
      const segment = sharedMemory.call((adapter) => adapter.stat(caller, which));
      if (typeof segment === 'number') return segment;
      storeSegment(thread, segment, address);
      return command === IPC_STAT ? 0 : segment.permission.id;
    }
    case IPC_SET: {
      const ownership = readOwnership(thread, address);
      return sharedMemory.call((adapter) => adapter.set(caller, id, ownership));
    }
    case IPC_RMID:
      return sharedMemory.call((adapter) => adapter.remove(caller, id));
    case SHM_LOCK:
    case SHM_UNLOCK:
      return sharedMemory.call((adapter) => adapter.lock(caller, id, command === SHM_LOCK ? SHM_LOCKED : 0));
    default:
      return -EINVAL;
  }
}

/** The answer is the highest slot in use. */
function shmInformation(thread: LinuxThread, command: number, address: number): number {
  const { ipc, settings } = thread.machine;
  const totals = ipc.sharedMemory.call((adapter) => adapter.totals());
  if (typeof totals === 'number') return totals;
  if (command === IPC_INFO) {
    const ids = settings.number('kernel/shmmni');
    new Image(shminfoLayout.size)
      .digits(shminfoLayout.shmmax, settings.read('kernel/shmmax')!)
      .u64(shminfoLayout.shmmin, SHMMIN)
      .u64(shminfoLayout.shmmni, ids)
      .u64(shminfoLayout.shmseg, ids)
      .digits(shminfoLayout.shmall, settings.read('kernel/shmall')!)
      .store(thread, address);
  } else {
    new Image(shmInfoLayout.size)
      .u32(shmInfoLayout.used_ids, totals.used)
      .u64(shmInfoLayout.shm_tot, totals.pages)
      .u64(shmInfoLayout.shm_rss, totals.residentPages)
      .store(thread, address);
  }
  return totals.highestSlot;
}

export const shmSyscalls: readonly SyscallDefinition[] = [
  syscall(
    29,
    'shmget',
    [int('key'), size('size'), flags('shmflg', ipcFlagNames)],
    shmget,
    partial('no huge pages: SHM_HUGETLB answers ENOMEM'),
  ),
  syscall(30, 'shmat', [int('shmid'), pointer('shmaddr'), flags('shmflg', shmFlagNames)], shmat),
  syscall(31, 'shmctl', [int('shmid'), choice('cmd', shmCommandNames), pointer('buf')], shmctl),
  syscall(67, 'shmdt', [pointer('shmaddr')], shmdt),
];
