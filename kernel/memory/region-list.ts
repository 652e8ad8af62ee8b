/** The regions of an address space, sorted by address and disjoint: search, split, merge, gaps. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { GapNotes } from './gap-notes.ts';
import type { Region } from './region.ts';
import { RegionFlag } from './region.ts';

/** Kept free below a stack, so that its growth ends in a fault and not in a neighbour. */
export const STACK_GUARD_BYTES = 256 * PAGE_SIZE;

export class RegionList {
  readonly #regions: Region[] = [];
  /** By ceiling. */
  readonly #gapNotes = new Map<number, GapNotes>();

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
    // What stood free for a stack's growth is behind a neighbour of it now.
    if (next?.has(RegionFlag.GrowsDown)) this.#opened(region.start);
  }

  /** Takes out what lies in [start, end), with regions cut where they cross its ends; returns it. */
  takeOut(start: number, end: number): Region[] {
    this.#cut(start);
    this.#cut(end);
    const first = this.#indexAfter(start);
    const taken = this.#regions.splice(first, this.#firstFrom(end) - first);
    if (taken.length > 0) this.#opened(this.#regions[first]?.start ?? Infinity);
    return taken;
  }

  /** Splits regions that cross `start` or `end`; returns those now inside. */
  isolate(start: number, end: number): Region[] {
    this.#cut(start);
    this.#cut(end);
    return this.overlapping(start, end);
  }

  /** Joins what can be joined around [start, end]. */
  merge(start: number, end: number): void {
    const first = Math.max(0, this.#indexAfter(start) - 1);
    let last = first;
    let index = first + 1;
    for (; index < this.#regions.length && this.#regions[last]!.start <= end; index++) {
      const region = this.#regions[last]!;
      const next = this.#regions[index]!;
      if (region.continuesWith(next)) {
        region.end = next.end;
        next.dispose();
      } else {
        this.#regions[++last] = next;
      }
    }
    this.#regions.splice(last + 1, index - last - 1);
  }

  /** The highest free range of this length in [floor, ceiling), as its start. */
  highestGap(lengthBytes: number, floor: number, ceiling: number): number | undefined {
    const notes = this.#notesOf(ceiling);
    let top = notes.startOf(lengthBytes);
    for (let i = this.#indexAfter(top - 1); i >= 0; i--) {
      const region = this.#regions[i];
      // The last index is that of nothing, above all regions.
      if (region === undefined) continue;
      if (region.end <= floor || region.end <= top - lengthBytes) break;
      const guard = region.has(RegionFlag.GrowsDown) ? STACK_GUARD_BYTES : 0;
      top = Math.min(ceiling, region.start - guard);
    }
    notes.searched(lengthBytes, top);
    return top - lengthBytes >= floor ? top - lengthBytes : undefined;
  }

  /** A gap has come or grown, and ends here. */
  #opened(end: number): void {
    for (const notes of this.#gapNotes.values()) notes.opened(end);
  }

  #notesOf(ceiling: number): GapNotes {
    let notes = this.#gapNotes.get(ceiling);
    if (notes === undefined) {
      notes = new GapNotes(ceiling);
      this.#gapNotes.set(ceiling, notes);
    }
    return notes;
  }

  /** Index of the first region with start >= address. */
  #firstFrom(address: number): number {
    const index = this.#indexAfter(address);
    const region = this.#regions[index];
    return region !== undefined && region.start < address ? index + 1 : index;
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
