/** A program's memory as /proc sees it: sizes, regions, resident pages. Source: fs/proc/task_mmu.c. */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { Permission } from '../../cpu/memory/guest-memory.ts';
import type { AddressSpace } from '../../kernel/memory/address-space.ts';
import { ForkPolicy, RegionFlag } from '../../kernel/memory/region.ts';
import type { Region } from '../../kernel/memory/region.ts';
import type { MemoryFacts, MemoryUsage, RegionFacts } from '../../procfs/capabilities.ts';
import { decodeDevice } from '../fs/stat-image.ts';
import type { LinuxProcess } from '../process/process.ts';

const forkNames: Readonly<Record<ForkPolicy, RegionFacts['fork']>> = {
  [ForkPolicy.Inherit]: 'inherit',
  [ForkPolicy.None]: 'none',
  [ForkPolicy.Wipe]: 'wipe',
};
/** Shared anonymous memory is a file of the kernel's own tmpfs. */
const SHARED_MEMORY_DEVICE = { major: 0, minor: 1 };

export function regionFacts(region: Region): RegionFacts {
  const { permissions, attributes, object } = region;
  const { node } = object;
  const isFile = node !== undefined;
  const shared = !region.isPrivate;
  const device = isFile ? decodeDevice(node.server.deviceId) : shared ? SHARED_MEMORY_DEVICE : { major: 0, minor: 0 };
  return {
    start: region.start,
    end: region.end,
    readable: (permissions & Permission.Read) !== 0,
    writable: (permissions & Permission.Write) !== 0,
    executable: (permissions & Permission.Execute) !== 0,
    shared,
    growsDown: region.has(RegionFlag.GrowsDown),
    locked: region.has(RegionFlag.Locked),
    noReserve: region.has(RegionFlag.NoReserve),
    reserved: region.has(RegionFlag.Reserved),
    fork: forkNames[attributes.forkPolicy],
    // Offsets of private memory only serve to tell which neighbours can be merged.
    offset: isFile || shared ? region.offset : 0,
    deviceMajor: device.major,
    deviceMinor: device.minor,
    inode: isFile ? node.nodeId : shared ? (object.number ?? attributes.object.id) : 0,
    name: attributes.label,
  };
}

interface Range {
  start: number;
  end: number;
}

/** Looked up when asked for, as TaskView is. */
class MemoryView implements MemoryFacts {
  readonly #process: LinuxProcess;
  readonly #space: AddressSpace;
  #code: Range | undefined;
  #data: Range | undefined;

  constructor(process: LinuxProcess, space: AddressSpace) {
    this.#process = process;
    this.#space = space;
  }

  get sizeBytes(): number {
    return this.#space.mappedBytes;
  }

  get peakBytes(): number {
    return this.#space.peakBytes;
  }

  get residentPages(): number {
    return this.#space.memory.presentPages();
  }

  get peakResidentKiB(): number {
    return this.#process.ownUsage.maxResidentKiB;
  }

  get heapStart(): number {
    return this.#space.heapStart;
  }

  get heapEnd(): number {
    return this.#space.heapEnd;
  }

  get stackStart(): number {
    return this.#process.argumentsPlace?.stackPointer ?? 0;
  }

  get argumentsStart(): number {
    return this.#process.argumentsPlace?.argumentsStart ?? 0;
  }

  get argumentsEnd(): number {
    return this.#process.argumentsPlace?.argumentsEnd ?? 0;
  }

  get environmentEnd(): number {
    return this.#process.argumentsPlace?.environmentEnd ?? 0;
  }

  get codeStart(): number {
    return this.#codeRange.start;
  }

  get codeEnd(): number {
    return this.#codeRange.end;
  }

  get dataStart(): number {
    return this.#dataRange.start;
  }

  get dataEnd(): number {
    return this.#dataRange.end;
  }

  get #codeRange(): Range {
    this.#code ??= this.#extent(Permission.Execute);
    return this.#code;
  }

  get #dataRange(): Range {
    this.#data ??= this.#extent(Permission.Write);
    return this.#data;
  }

  /** Of the executable's regions with a permission. */
  #extent(permission: number): Range {
    const range: Range = { start: 0, end: 0 };
    for (const region of this.#space.regions) {
      if (region.attributes.label !== this.#process.executable || (region.permissions & permission) === 0) continue;
      if (range.start === 0) range.start = region.start;
      range.end = region.end;
    }
    return range;
  }
}

export function memoryFacts(process: LinuxProcess): MemoryFacts | undefined {
  return process.image && new MemoryView(process, process.image.space);
}

export function memoryUsage(process: LinuxProcess): MemoryUsage {
  const total = {
    fileResident: 0,
    sharedResident: 0,
    dataBytes: 0,
    stackBytes: 0,
    lockedBytes: 0,
    libraryBytes: 0,
  };
  const { image, executable } = process;
  if (image === undefined) return total;
  for (const region of image.space.regions) {
    const bytes = region.end - region.start;
    const isFile = region.object.node !== undefined;
    const writable = (region.permissions & Permission.Write) !== 0;
    const executes = (region.permissions & Permission.Execute) !== 0;
    if (isFile && !(writable && region.isPrivate))
      total.fileResident += residentWithin(image.space, region.start, region.end);
    else if (!region.isPrivate) total.sharedResident += residentWithin(image.space, region.start, region.end);
    if (region.has(RegionFlag.GrowsDown)) total.stackBytes += bytes;
    else if (writable && region.isPrivate) total.dataBytes += bytes;
    if (region.has(RegionFlag.Locked)) total.lockedBytes += bytes;
    if (isFile && executes && region.attributes.label !== executable) total.libraryBytes += bytes;
  }
  return total;
}

export function residentWithin(space: AddressSpace, start: number, end: number): number {
  let pages = 0;
  for (let at = start; at < end; at += PAGE_SIZE) if (space.memory.isPresent(guestAddress(at))) pages++;
  return pages;
}
