/** How much memory may be promised to programs. Source: proc_sys_vm(5), overcommit_memory; mm/util.c, __vm_enough_memory. */
import { RegionFlag } from '../../kernel/memory/region.ts';
import type { Region } from '../../kernel/memory/region.ts';
import { CAP_SYS_ADMIN } from '../abi/capability.ts';
import type { Machine } from '../machine.ts';
import { capable } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';

/** Values of vm.overcommit_memory. */
const Overcommit = { Guess: 0, Always: 1, Never: 2 } as const;

const KIB = 1024;
/** A process keeps this part of its size free for others, and at most what the tunable says. */
const RESERVED_PART = 1 / 32;

function modeOf({ settings }: Machine): number {
  return settings.number('vm/overcommit_memory');
}

/** Whether MAP_NORESERVE has its meaning. Source: mm/mmap.c, do_mmap. */
export function mayGoUnreserved(machine: Machine): boolean {
  return modeOf(machine) !== Overcommit.Never;
}

/** What all promises together may come to under strict accounting. */
export function commitLimitBytes({ settings, memoryBytes }: Machine): number {
  const fixed = settings.number('vm/overcommit_kbytes') * KIB;
  return fixed > 0 ? fixed : (memoryBytes * settings.number('vm/overcommit_ratio')) / 100;
}

/** Whether so much more may be promised. By default only what could never be had is refused. */
export function mayCommit(thread: LinuxThread, lengthBytes: number): boolean {
  const { machine, process } = thread;
  switch (modeOf(machine)) {
    case Overcommit.Always:
      return true;
    case Overcommit.Never: {
      const { settings } = machine;
      const forAdministrators = capable(process.credentials, CAP_SYS_ADMIN)
        ? 0
        : settings.number('vm/admin_reserve_kbytes');
      const forOthers = Math.min(
        process.addressSpace.mappedBytes * RESERVED_PART,
        settings.number('vm/user_reserve_kbytes') * KIB,
      );
      return committedBytes(machine) + lengthBytes < commitLimitBytes(machine) - forAdministrators * KIB - forOthers;
    }
    default:
      return lengthBytes <= machine.memoryBytes;
  }
}

/** Whether private memory may become writable. Only strict accounting asks. */
export function mayCommitRange(thread: LinuxThread, start: number, end: number): boolean {
  if (modeOf(thread.machine) !== Overcommit.Never) return true;
  let bytes = 0;
  for (const region of thread.process.addressSpace.regions.overlapping(start, end)) {
    const isNew = region.isPrivate && !region.has(RegionFlag.Reserved);
    if (isNew) bytes += Math.min(end, region.end) - Math.max(start, region.start);
  }
  return bytes === 0 || mayCommit(thread, bytes);
}

/** What has been promised: private memory that can be written, and shared memory that is no file's. */
export function committedBytes({ tasks }: Machine): number {
  const spaces = new Set(
    [...tasks.processes.values()].flatMap((process) => (process.image === undefined ? [] : [process.addressSpace])),
  );
  const shared = new Map<number, number>();
  let sum = 0;
  for (const space of spaces) {
    for (const region of space.regions) {
      if (region.has(RegionFlag.Reserved)) sum += region.end - region.start;
      else if (isSharedPromise(region)) addShared(shared, region);
    }
  }
  for (const bytes of shared.values()) sum += bytes;
  return sum;
}

function isSharedPromise(region: Region): boolean {
  return !region.isPrivate && region.object.node === undefined && !region.has(RegionFlag.NoReserve);
}

/** An object is as large as the furthest that anyone maps of it. */
function addShared(sizes: Map<number, number>, { attributes, offset, start, end }: Region): void {
  const { id } = attributes.object;
  sizes.set(id, Math.max(sizes.get(id) ?? 0, offset + end - start));
}
