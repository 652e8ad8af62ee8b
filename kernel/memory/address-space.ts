/**
 * An address space: the regions of one memory image, and the page faults of the guest memory that shows it. It
 * knows where regions are and what they allow; the pages come from the regions' memory objects.
 */
import { PAGE_SIZE, guestAddress, pageCeil } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { Access, FaultOutcome, Permission } from '../../cpu/memory/guest-memory.ts';
import type { GuestMemory } from '../../cpu/memory/guest-memory.ts';
import type { ByteString } from '../byte-string.ts';
import type { FileNode } from '../file-server.ts';
import type { Reference } from '../reference.ts';
import { Status } from '../status.ts';
import type { Layout } from './layout.ts';
import type { MemoryObject } from './memory-object.ts';
import type { MemorySystem } from './memory-system.ts';
import { ALL_PERMISSIONS, ForkPolicy, Region, RegionFlag } from './region.ts';
import { RegionList, STACK_GUARD_BYTES } from './region-list.ts';

/** Who decides where a mapping goes. */
export const Placement = {
  /** The address is a hint (0: none). */
  Anywhere: 0,
  /** Exactly there; what is there goes. */
  Fixed: 1,
  /** Exactly there, if it is free. */
  FixedIfFree: 2,
} as const;
export type Placement = (typeof Placement)[keyof typeof Placement];

/** Every so many faults the clock is looked at: a fault costs a microsecond or more, a look a twentieth. */
const FAULTS_PER_LOOK = 8;

export interface MapRequest {
  readonly placement: Placement;
  readonly address: number;
  readonly lengthBytes: number;
  readonly permissions: number;
  /** The region holds it too; the caller keeps its own hold. */
  readonly object: Reference<MemoryObject>;
  readonly offset: number;
  readonly allowed?: number;
  readonly flags?: number;
  readonly label?: ByteString;
  /** For Anywhere: keep below this address. */
  readonly ceiling?: number;
}

export class AddressSpace {
  readonly id: number;
  readonly memory: GuestMemory;
  readonly layout: Layout;
  readonly regions = new RegionList();
  readonly #system: MemorySystem;
  /** The demand-zero object of this image's private anonymous memory. */
  readonly anonymous: Reference<MemoryObject>;
  /** The heap grows from here; heapEnd is exact to the byte. */
  heapStart = 0;
  heapEnd = 0;
  /** How large a growing stack may become. */
  stackLimitBytes = 8 * 2 ** 20;
  /** Lowest address that may be mapped. */
  lowestAddress: number;
  /** RegionFlag bits that new mappings get. */
  futureFlags = 0;
  /** How many regions there may be. */
  regionLimit = Infinity;
  /** How much may be mapped in all. */
  sizeLimitBytes = Infinity;
  #mappedBytes = 0;
  #faults = 0;
  /** Pages that faults brought, and of those and of copies what has been told. */
  #pagesBrought = 0;
  #pagesTold = 0;
  #peakBytes = 0;

  /** Made by MemorySystem; takes over the holds it is given. */
  constructor(id: number, memory: GuestMemory, system: MemorySystem, anonymous: Reference<MemoryObject>) {
    this.id = id;
    this.memory = memory;
    this.layout = system.layout;
    this.lowestAddress = system.layout.minimumAddress;
    this.#system = system;
    this.anonymous = anonymous;
    memory.setFaultHandler((page, access) => this.fault(page, access));
  }

  get mappedBytes(): number {
    return this.#mappedBytes;
  }

  /** The most that has been mapped at one time. */
  get peakBytes(): number {
    return this.#peakBytes;
  }

  /** Maps a new region: its address, or a Status. */
  map(request: MapRequest): number {
    const lengthBytes = pageCeil(request.lengthBytes);
    const start = this.#place(request, lengthBytes);
    if (start < 0) return start;
    const end = start + lengthBytes;
    const replaced = request.placement === Placement.Fixed ? this.#mappedWithin(start, end) : 0;
    if (this.#mappedBytes + lengthBytes - replaced > this.sizeLimitBytes) return Status.OutOfMemory;
    if (this.regions.length >= this.regionLimit) return Status.OutOfMemory;
    // What is replaced may be the last that holds the object.
    const region = regionOf(request, start, end);
    if (request.placement === Placement.Fixed) {
      const status = this.unmap(start, lengthBytes);
      if (status < 0) {
        region.dispose();
        return status;
      }
    }
    this.#insert(region);
    this.regions.merge(start, end);
    return start;
  }

  /** Maps private anonymous memory: `map` with the zero object and offsets that let neighbours merge. */
  mapAnonymous(request: Omit<MapRequest, 'object' | 'offset'>): number {
    const start = this.#place(request, pageCeil(request.lengthBytes));
    if (start < 0) return start;
    const placement = request.placement === Placement.Fixed ? Placement.Fixed : Placement.FixedIfFree;
    return this.map({ ...request, placement, address: start, object: this.anonymous, offset: start });
  }

  unmap(start: number, lengthBytes: number): Status {
    const end = start + pageCeil(lengthBytes);
    const touched = this.regions.overlapping(start, end);
    if (touched.some((region) => region.has(RegionFlag.Sealed))) return Status.NotPermitted;
    if (touched.length === 0) return Status.Ok;
    if (this.#cutsOut(touched[0]!, start, end)) return Status.OutOfMemory;
    for (const region of this.regions.takeOut(start, end)) this.#drop(region);
    return Status.Ok;
  }

  /** Changes permissions; OutOfMemory where the range has a hole, AccessDenied where a region may not have them. */
  protect(start: number, lengthBytes: number, permissions: number): Status {
    const end = start + pageCeil(lengthBytes);
    // Regions before the first obstacle are changed all the same.
    const status = this.#protectEach(start, end, permissions);
    this.regions.merge(start, end);
    return status;
  }

  /** Changes attributes of every region in the range (which need not be covered). */
  change(start: number, lengthBytes: number, change: { flags?: (flags: number) => number; forkPolicy?: ForkPolicy }) {
    const end = start + pageCeil(lengthBytes);
    for (const region of this.regions.isolate(start, end)) {
      region.change({
        flags: change.flags?.(region.attributes.flags) ?? region.attributes.flags,
        forkPolicy: change.forkPolicy ?? region.attributes.forkPolicy,
      });
    }
    this.regions.merge(start, end);
  }

  /** Forgets the private pages of a range: the next touch gets fresh ones. */
  discard(start: number, lengthBytes: number): void {
    const end = start + pageCeil(lengthBytes);
    for (const region of this.regions.overlapping(start, end)) {
      const from = Math.max(start, region.start);
      const to = Math.min(end, region.end);
      this.memory.unmap(guestAddress(from), (to - from) / PAGE_SIZE);
    }
  }

  /** Takes the pages of [offset, endOffset) of a file away, changed private copies too. */
  withdraw(node: FileNode, offset: number, endOffset: number): void {
    for (const region of this.regions) {
      if (region.object.node !== node) continue;
      const from = Math.max(region.start, region.start + (offset - region.offset));
      const to = Math.min(region.end, region.start + (endOffset - region.offset));
      if (from < to) this.memory.unmap(guestAddress(from), (to - from) / PAGE_SIZE);
    }
  }

  mapsPrivately(node: FileNode): boolean {
    for (const { object, isPrivate } of this.regions) if (isPrivate && object.node === node) return true;
    return false;
  }

  /** Whether private mappings of a file have a page of it present. */
  holdsPrivately(node: FileNode, offset: number): boolean {
    return this.#privatePages(node, offset).length > 0;
  }

  /** Takes the private pages of [offset, offset + PAGE_SIZE) of a file away that have this content: those nobody has written. */
  withdrawUnchanged(node: FileNode, offset: number, content: Uint8Array): void {
    for (const page of this.#privatePages(node, offset)) {
      const bytes = this.memory.pageBytes(page, Access.Read)!;
      if (bytes.every((byte, index) => byte === content[index])) this.memory.unmap(page, 1);
    }
  }

  #privatePages(node: FileNode, offset: number): GuestAddress[] {
    const pages: GuestAddress[] = [];
    for (const region of this.regions) {
      if (region.object.node !== node || !region.isPrivate) continue;
      const page = guestAddress(region.start + (offset - region.offset));
      if (page >= region.start && page < region.end && this.memory.isPresent(page)) pages.push(page);
    }
    return pages;
  }

  /**
   * Moves the private pages of a range to another one that shows the same part of the same object. Shared pages need no
   * moving: they are in their object.
   */
  movePages(start: number, lengthBytes: number, target: number): void {
    const region = this.regions.find(start);
    if (region === undefined || !region.isPrivate) return;
    for (let done = 0; done < lengthBytes; done += PAGE_SIZE) {
      const from = guestAddress(start + done);
      if (!this.memory.isPresent(from)) continue;
      // Reading resolves pages lent by a parent; a page the program can't read moves as well.
      const content = this.memory.pageBytes(from)!;
      this.memory.mapCopy(guestAddress(target + done), content, region.effectivePermissions);
      this.memory.unmap(from, 1);
    }
  }

  /** Sets the end of the heap; OutOfMemory when the way is blocked. */
  setHeapEnd(heapEnd: number): Status {
    const oldTop = pageCeil(this.heapEnd);
    const newTop = pageCeil(heapEnd);
    if (newTop > oldTop) {
      // One free page stays between the heap and its upper neighbour; a stack keeps its guard.
      const above = this.regions.atOrAbove(oldTop);
      const guard = above?.has(RegionFlag.GrowsDown) ? STACK_GUARD_BYTES : 0;
      if (above !== undefined && above.start - guard < newTop + PAGE_SIZE) return Status.OutOfMemory;
      const start = this.mapAnonymous({
        placement: Placement.FixedIfFree,
        address: oldTop,
        lengthBytes: newTop - oldTop,
        permissions: 3,
        label: '[heap]',
      });
      if (start < 0) return Status.OutOfMemory;
    } else if (newTop < oldTop) {
      this.unmap(newTop, oldTop - newTop);
    }
    this.heapEnd = heapEnd;
    return Status.Ok;
  }

  /** Where a new mapping of this length would go, or a Status. */
  findPlace(lengthBytes: number, hint: number, ceiling?: number): number {
    const { layout, regions } = this;
    const start = pageCeil(hint);
    if (hint !== 0 && start >= layout.minimumAddress && start + lengthBytes <= layout.limit) {
      const above = regions.atOrAbove(start);
      const guard = above?.has(RegionFlag.GrowsDown) ? STACK_GUARD_BYTES : 0;
      if (above === undefined || above.start - guard >= start + lengthBytes) return start;
    }
    const top = Math.min(layout.mapCeiling, ceiling ?? Infinity);
    const low = regions.highestGap(lengthBytes, layout.mapFloor, top);
    if (low !== undefined) return low;
    if (ceiling !== undefined) return Status.OutOfMemory;
    return regions.highestGap(lengthBytes, layout.highFloor, layout.highCeiling) ?? Status.OutOfMemory;
  }

  /** Pages that were brought or copied because they were used, since the last time this was asked. */
  takePageFaults(): number {
    const pages = this.#pagesBrought + this.memory.pagesCopied;
    const fresh = pages - this.#pagesTold;
    this.#pagesTold = pages;
    return fresh;
  }

  /** The guest memory's question: make this page allow the access, or say why not. */
  fault(page: GuestAddress, access: Access): FaultOutcome {
    const region = this.regions.find(page) ?? this.#growStack(page);
    const before = this.memory.presentPages();
    const outcome = region === undefined ? FaultOutcome.Unmapped : this.#supply(region, page, access);
    if (outcome === FaultOutcome.Resolved) this.#pagesBrought += Math.max(1, this.memory.presentPages() - before);
    this.#system.trace.pageFault(this.id, page, access, outcome);
    // A program that only makes faults uses little fuel.
    const asks = outcome === FaultOutcome.Resolved && ++this.#faults % FAULTS_PER_LOOK === 0;
    return asks && this.#system.isSliceOver() ? FaultOutcome.ResolvedLate : outcome;
  }

  /**
   * A copy for a child, in `memory`: each region follows its own policy. Private pages are lent, not copied; no memory
   * object is made.
   */
  fork(memory: GuestMemory): AddressSpace {
    const before = this.#system.objectsMade();
    const child = this.#system.adopt(memory, this.#system.shareAnonymous(this.anonymous));
    child.heapStart = this.heapStart;
    child.heapEnd = this.heapEnd;
    child.stackLimitBytes = this.stackLimitBytes;
    child.sizeLimitBytes = this.sizeLimitBytes;
    child.regionLimit = this.regionLimit;
    child.lowestAddress = this.lowestAddress;
    let calls = 0;
    for (const region of this.regions) {
      if (region.attributes.forkPolicy === ForkPolicy.None) continue;
      child.#insert(region.forChild());
      if (region.attributes.forkPolicy === ForkPolicy.Wipe) continue;
      const pages = (region.end - region.start) / PAGE_SIZE;
      calls += region.object.lend({ from: this.memory, to: memory, address: guestAddress(region.start), pages });
    }
    const objects = this.#system.objectsMade() - before;
    this.#system.trace.spaceForked(this.id, child.id, child.regions.length, objects, calls, memory.presentPages());
    return child;
  }

  /** The objects it holds, region by region. */
  *references(): Generator<Reference<MemoryObject>> {
    yield this.anonymous;
    for (const region of this.regions) yield region.attributes.object;
  }

  /** Unmaps everything, and ends the guest memory. */
  dispose(): void {
    // The memory first: frames may be released only when nothing maps them any more.
    this.memory.dispose();
    for (const region of this.regions) region.dispose();
    this.#system.releaseAnonymous(this.anonymous);
    this.#system.forget(this);
  }

  #supply(region: Region, page: GuestAddress, access: Access): FaultOutcome {
    if (!region.allows(access)) return FaultOutcome.Denied;
    if (!this.#system.hasRoom(this)) return FaultOutcome.OutOfMemory;
    return region.object.supply({
      memory: this.memory,
      address: page,
      offset: region.offset + (page - region.start),
      permissions: region.effectivePermissions,
      access,
      pagesAhead: (region.end - page) / PAGE_SIZE,
    });
  }

  #place(request: Omit<MapRequest, 'object' | 'offset'>, lengthBytes: number): number {
    const { address } = request;
    if (request.placement === Placement.Anywhere) {
      // Who reserves space for a heap to come and asks for a place high up (Go does) gets one that the CPU reaches directly.
      const isReservation = request.permissions === Permission.None && address >= this.layout.highFloor;
      const low = isReservation ? this.findPlace(lengthBytes, 0, this.layout.mapCeiling) : Status.OutOfMemory;
      return low >= 0 ? low : this.findPlace(lengthBytes, address, request.ceiling);
    }
    if (address + lengthBytes > this.layout.limit) return Status.OutOfMemory;
    if (address < this.lowestAddress) return Status.NotPermitted;
    if (request.placement === Placement.FixedIfFree && !this.regions.isFree(address, address + lengthBytes)) {
      return Status.Exists;
    }
    return address;
  }

  #protectEach(start: number, end: number, permissions: number): Status {
    let at = start;
    for (const region of this.regions.overlapping(start, end)) {
      if (region.start > at) break;
      if ((permissions & ~region.attributes.allowed) !== 0) return Status.AccessDenied;
      if (region.has(RegionFlag.Sealed)) return Status.NotPermitted;
      const stop = Math.min(end, region.end);
      if (region.permissions !== permissions) {
        const splits = at > region.start || stop < region.end;
        if (splits && !this.#hasRoomForRegion(start, at)) return Status.OutOfMemory;
        this.#protectPart(at, stop, permissions);
      }
      at = stop;
    }
    return at >= end ? Status.Ok : Status.OutOfMemory;
  }

  /** Of one region. */
  #protectPart(start: number, end: number, permissions: number): void {
    for (const part of this.regions.isolate(start, end)) {
      part.change({ permissions, flags: part.flagsWith(permissions) });
      // Shared pages are asked for again: a first write to them must be noticed.
      if (part.isPrivate)
        this.memory.protect(guestAddress(start), (end - start) / PAGE_SIZE, part.effectivePermissions);
      else this.memory.unmap(guestAddress(start), (end - start) / PAGE_SIZE);
    }
  }

  /** Whether there may be one more; what has been changed in [start, end) may have become fewer. */
  #hasRoomForRegion(start: number, end: number): boolean {
    if (this.regions.length >= this.regionLimit) this.regions.merge(start, end);
    return this.regions.length < this.regionLimit;
  }

  /** Whether the range leaves something of the region on both sides, and there may be no more regions. */
  #cutsOut(region: Region, start: number, end: number): boolean {
    return this.regions.length >= this.regionLimit && start > region.start && end < region.end;
  }

  #growStack(page: GuestAddress): Region | undefined {
    const stack = this.regions.atOrAbove(page);
    if (stack === undefined || !stack.has(RegionFlag.GrowsDown)) return undefined;
    if (stack.end - page > this.stackLimitBytes) return undefined;
    const growth = stack.start - page;
    if (this.#mappedBytes + growth > this.sizeLimitBytes) return undefined;
    const below = this.regions.below(stack);
    if (below !== undefined && below.permissions !== 0 && page - below.end < STACK_GUARD_BYTES) return undefined;
    stack.start = page;
    stack.offset -= growth;
    this.#grow(growth);
    return stack;
  }

  #mappedWithin(start: number, end: number): number {
    let bytes = 0;
    for (const region of this.regions.overlapping(start, end)) {
      bytes += Math.min(end, region.end) - Math.max(start, region.start);
    }
    return bytes;
  }

  #insert(region: Region): void {
    this.regions.insert(region);
    this.#grow(region.end - region.start);
    this.#system.trace.regionMapped(this.id, region.start, region.end, region.permissions);
  }

  #grow(bytes: number): void {
    this.#mappedBytes += bytes;
    if (this.#mappedBytes > this.#peakBytes) this.#peakBytes = this.#mappedBytes;
  }

  /** What becomes of a region that is out of the list. */
  #drop(region: Region): void {
    this.#mappedBytes -= region.end - region.start;
    this.memory.unmap(guestAddress(region.start), (region.end - region.start) / PAGE_SIZE);
    this.#system.trace.regionUnmapped(this.id, region.start, region.end);
    region.dispose();
  }
}

function regionOf(request: MapRequest, start: number, end: number): Region {
  const region = new Region(start, end, request.offset, {
    permissions: request.permissions,
    allowed: request.allowed ?? ALL_PERMISSIONS,
    object: request.object,
    flags: request.flags ?? 0,
    forkPolicy: ForkPolicy.Inherit,
    label: request.label ?? '',
  });
  region.change({ flags: region.flagsWith(request.permissions) });
  return region;
}
