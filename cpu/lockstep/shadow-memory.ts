/**
 * The second memory of a lock-step run. The kernel knows only the first one; the shadow borrows every page from it
 * (GuestMemory.lend: a lazy snapshot, copied before either side changes a page), so that the second engine starts each run from the same
 * bytes and its writes stay its own.
 *
 * Pages that appear while the first engine runs (demand faults) are lent from within mappingChanged, which the kernel's mapping calls make
 * before the faulting instruction goes on: the shadow gets them as they were before it. Shared frames are shared with the shadow, too; a
 * read-modify-write of one happens twice.
 */
import { guestAddress, PAGE_SIZE, USER_LIMIT } from '../address.ts';
import type { GuestAddress } from '../address.ts';
import { FaultOutcome, RESERVED_LIMIT } from '../memory/guest-memory.ts';
import type { Access, GuestMemory, MemoryObserver } from '../memory/guest-memory.ts';

const FIRST = guestAddress(RESERVED_LIMIT);
const ALL_PAGES = (USER_LIMIT - RESERVED_LIMIT) / PAGE_SIZE;

export class ShadowMemory implements MemoryObserver {
  readonly memory: GuestMemory;
  readonly #original: GuestMemory;
  #ended = false;

  constructor(original: GuestMemory, shadow: GuestMemory) {
    this.memory = shadow;
    this.#original = original;
    original.observe(this);
    shadow.setFaultHandler((page, access) => this.#fault(page, access));
  }

  /** Forgets what the second engine wrote: everything is as in the original again. */
  synchronize(): void {
    this.#original.lend(this.memory, FIRST, ALL_PAGES);
  }

  mappingChanged(address: GuestAddress, pages: number): void {
    if (!this.#ended) this.#original.lend(this.memory, address, pages);
  }

  codeChanged(): void {}

  /** The first byte of the page at which the two memories differ, or undefined. */
  firstDifference(page: GuestAddress): GuestAddress | undefined {
    const here = new Uint8Array(PAGE_SIZE);
    const there = new Uint8Array(PAGE_SIZE);
    const comparable = Math.min(this.#original.read(page, here), this.memory.read(page, there));
    for (let offset = 0; offset < comparable; offset++)
      if (here[offset] !== there[offset]) return guestAddress(page + offset);
    return undefined;
  }

  dispose(): void {
    this.#ended = true;
    this.memory.dispose();
  }

  /** Absent here: the original's fault handler decides, and its page is lent. */
  #fault(page: GuestAddress, access: Access): FaultOutcome {
    const outcome = this.#original.probe(page, 1, access);
    if (outcome === FaultOutcome.Resolved) this.#original.lend(this.memory, page, 1);
    return outcome;
  }
}
