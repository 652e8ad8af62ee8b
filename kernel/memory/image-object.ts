/** Read-only memory whose content the kernel itself provides (a vDSO): private to each address space once touched. */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { Status } from '../status.ts';
import type { Transferable } from '../transfer.ts';
import { lendPages, Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

const IMAGE_FORMAT = 'image-1';

export class ImageObject implements MemoryObject, Transferable {
  readonly exportFormats = [IMAGE_FORMAT];
  readonly importFormats = [IMAGE_FORMAT];
  readonly sharing = Sharing.Private;
  readonly node = undefined;
  readonly lend = lendPages;
  #content: Uint8Array;

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

  exportState(): Uint8Array {
    return this.#content;
  }

  importState(_format: string, state: unknown): void {
    this.#content = state as Uint8Array;
  }
}
