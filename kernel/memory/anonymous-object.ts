/**
 * Private anonymous memory: zero on demand. The pages live in the guest memory alone, so the object has no state and
 * fork needs none: the child's memory borrows the parent's pages.
 */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { Status } from '../status.ts';
import { Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

/** Pages made at once when a program walks upwards through fresh memory: a fault costs more than zeroing a page. */
const CLUSTER_PAGES = 8;

export class AnonymousObject implements MemoryObject {
  readonly sharing = Sharing.Private;
  readonly node = undefined;

  supply({ memory, address, permissions, pagesAhead }: PageRequest): FaultOutcome {
    if (memory.isPresent(address)) {
      memory.protect(address, 1, permissions);
      return FaultOutcome.Resolved;
    }
    // The page below is in use: this looks like a walk, so go ahead of it.
    const limit = memory.isPresent(guestAddress(address - PAGE_SIZE)) ? Math.min(CLUSTER_PAGES, pagesAhead) : 1;
    let pages = 1;
    while (pages < limit && !memory.isPresent(guestAddress(address + pages * PAGE_SIZE))) pages++;
    memory.mapZero(address, pages, permissions);
    return FaultOutcome.Resolved;
  }

  writeBack(): Status {
    return Status.Ok;
  }

  pageBytes(): undefined {
    return undefined;
  }
}
