/** Read-only memory whose content the kernel itself provides (a vDSO): private to each address space once touched. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { Status } from '../status.ts';
import { Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

export class ImageObject implements MemoryObject {
  readonly sharing = Sharing.Private;
  readonly node = undefined;
  readonly #content: Uint8Array;

  constructor(content: Uint8Array) {
    this.#content = content;
  }

  supply({ memory, address, offset, permissions }: PageRequest): FaultOutcome {
    if (memory.isPresent(address)) {
      memory.protect(address, 1, permissions);
      return FaultOutcome.Resolved;
    }
    if (offset >= this.#content.length) return FaultOutcome.NoBacking;
    memory.mapCopy(address, this.#content.subarray(offset, offset + PAGE_SIZE), permissions);
    return FaultOutcome.Resolved;
  }

  writeBack(): Status {
    return Status.Ok;
  }

  pageBytes(): undefined {
    return undefined;
  }
}
