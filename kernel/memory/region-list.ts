/** The regions of an address space, sorted by address and disjoint: search, split, merge, gaps. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import type { Region } from './region.ts';
import { RegionFlag } from './region.ts';

/** Kept free below a stack, so that its growth ends in a fault and not in a neighbour. */
export const STACK_GUARD_BYTES = 256 * PAGE_SIZE;

export class RegionList {
  readonly #regions: Region[] = [];

  get length(): number {
    return this.#regions.length;
  }

  [Symbol.iterator](): IterableIterator<Region> {
    return this.#regions.values();
  }

  /** The region that contains the address. */
  find(address: number): Region | undefined {
    const region = this.#regions[this.#indexAfter(address)];
    return region !== undefined && region.start <= address ? region : undefined;
  }

  /** The first region that ends above the address. */
  atOrAbove(address: number): Region | undefined {
    return this.#regions[this.#indexAfter(address)];
  }

  below(region: Region): Region | undefined {
    return this.#regions[this.#indexAfter(region.start) - 1];
  }

  /** Regions that have a byte in [start, end), whole. */
  overlapping(start: number, end: number): Region[] {
    const found: Region[] = [];
    for (let i = this.#indexAfter(start); i < this.#regions.length && this.#regions[i]!.start < end; i++) {
      found.push(this.#regions[i]!);
    }
    return found;
  }

  isFree(start: number, end: number): boolean {
    const region = this.atOrAbove(start);
    return region === undefined || region.start >= end;
  }

  /** Every byte of [start, end) is in some region. */
  isCovered(start: number, end: number): boolean {
    let at = start;
    for (let i = this.#indexAfter(start); at < end; i++) {
      const region = this.#regions[i];
      if (region === undefined || region.start > at) return false;
      at = region.end;
    }
    return true;
  }

  insert(region: Region): void {
    const index = this.#indexAfter(region.start);
    const next = this.#regions[index];
    if (next !== undefined && next.start < region.end) throw new Error('regions overlap');
    this.#regions.splice(index, 0, region);
  }

  remove(region: Region): void {
    const index = this.#indexAfter(region.start);
    if (this.#regions[index] !== region) throw new Error('region not in its list');
    this.#regions.splice(index, 1);
  }

  /** Splits regions that cross `start` or `end`; returns those now inside. */
  isolate(start: number, end: number): Region[] {
    this.#cut(start);
    this.#cut(end);
    return this.overlapping(start, end);
  }

  /** Joins what can be joined around [start, end]. */
  merge(start: number, end: number): void {
    let index = Math.max(0, this.#indexAfter(start) - 1);
    while (index + 1 < this.#regions.length && this.#regions[index]!.start <= end) {
      const region = this.#regions[index]!;
      const next = this.#regions[index + 1]!;
      if (region.continuesWith(next)) {
        region.end = next.end;
        this.#regions.splice(index + 1, 1);
        next.dispose();
      } else {
        index++;
      }
    }
  }

  /** The highest free range of this length in [floor, ceiling), as its start. */
  highestGap(lengthBytes: number, floor: number, ceiling: number, alignment = PAGE_SIZE): number | undefined {
    let top = ceiling;
    for (let i = this.#indexAfter(ceiling - 1); i >= 0; i--) {
      const region = this.#regions[i];
      if (region !== undefined && region.end > floor) {
        const start = alignDown(top - lengthBytes, alignment);
        if (start >= Math.max(region.end, floor) && top > region.end) return start;
        const guard = region.has(RegionFlag.GrowsDown) ? STACK_GUARD_BYTES : 0;
        top = Math.min(top, region.start - guard);
      } else if (region !== undefined) {
        break;
      }
    }
    const start = alignDown(top - lengthBytes, alignment);
    return start >= floor ? start : undefined;
  }

  /** Index of the first region with end > address. */
  #indexAfter(address: number): number {
    let low = 0;
    let high = this.#regions.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#regions[middle]!.end > address) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #cut(address: number): void {
    const region = this.find(address);
    if (region !== undefined && region.start < address) {
      const upper = region.splitAt(address);
      this.#regions.splice(this.#indexAfter(region.start) + 1, 0, upper);
    }
  }
}

function alignDown(address: number, alignment: number): number {
  return Math.floor(address / alignment) * alignment;
}
