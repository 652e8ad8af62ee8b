/**
 * Private anonymous memory: zero on demand. The pages live in the guest memories alone, so the object has no state, and one
 * object serves an address space and all that were forked from it. While there is one address space the object is
 * `anonymous`; fork puts `copy-on-access` in its place, and the last but one to go puts it back (memory-system.ts).
 */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { Status } from '../status.ts';
import type { Transferable } from '../transfer.ts';
import { lendPages, Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

/** Pages made at once when a program walks upwards through fresh memory: a fault costs more than zeroing a page. */
const CLUSTER_PAGES = 8;

/** There is nothing to hand over: the pages are where they are. */
const ANONYMOUS_FORMAT = 'anonymous-memory-1';

abstract class ZeroOnDemand implements MemoryObject, Transferable {
  readonly exportFormats = [ANONYMOUS_FORMAT];
  readonly importFormats = [ANONYMOUS_FORMAT];
  readonly sharing = Sharing.Private;
  readonly node = undefined;
  readonly lend = lendPages;

  abstract supply(request: PageRequest): FaultOutcome;

  writeBack(): Status {
    return Status.Ok;
  }

  pageBytes(): undefined {
    return undefined;
  }

  exportState(): undefined {
    return undefined;
  }

  importState(): void {}
}

/** Of one program that uses it alone. */
export class AnonymousObject extends ZeroOnDemand {
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
}

/** Of a family of forked programs: most of a child's pages are its parent's until touched, and it will often exec soon. */
export class CopyOnAccessObject extends ZeroOnDemand {
  supply({ memory, address, permissions }: PageRequest): FaultOutcome {
    if (memory.isPresent(address)) memory.protect(address, 1, permissions);
    else memory.mapZero(address, 1, permissions);
    return FaultOutcome.Resolved;
  }
}
