/** Snapshots of a program's memory for /proc: sizes, regions, resident pages. Source: fs/proc/task_mmu.c. */
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

function extent(space: AddressSpace, wanted: (region: Region) => boolean): Range {
  const range: Range = { start: 0, end: 0 };
  for (const region of space.regions) {
    if (!wanted(region)) continue;
    if (range.start === 0) range.start = region.start;
    range.end = region.end;
  }
  return range;
}

export function memoryFacts(process: LinuxProcess): MemoryFacts | undefined {
  const { image, executable } = process;
  if (image === undefined) return undefined;
  const { space } = image;
  const place = process.argumentsPlace;
  const isMain = (region: Region): boolean => region.attributes.label === executable;
  const code = extent(space, (region) => isMain(region) && (region.permissions & Permission.Execute) !== 0);
  const data = extent(space, (region) => isMain(region) && (region.permissions & Permission.Write) !== 0);
  const residentPages = space.memory.presentPages();
  return {
    sizeBytes: space.mappedBytes,
    peakBytes: space.peakBytes,
    residentPages,
    peakResidentKiB: process.ownUsage.maxResidentKiB,
    heapStart: space.heapStart,
    heapEnd: space.heapEnd,
    stackStart: place?.stackPointer ?? 0,
    argumentsStart: place?.argumentsStart ?? 0,
    argumentsEnd: place?.argumentsEnd ?? 0,
    environmentEnd: place?.environmentEnd ?? 0,
    codeStart: code.start,
    codeEnd: code.end,
    dataStart: data.start,
    dataEnd: data.end,
  };
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
