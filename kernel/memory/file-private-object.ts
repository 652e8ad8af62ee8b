/**
 * A file mapped privately: each page is copied from the file when it is first touched, and belongs to the address space
 * from then on. Programs and their data are mapped through this.
 */
import { PAGE_SIZE, guestAddress } from '../../cpu/address.ts';
import { FaultOutcome } from '../../cpu/memory/guest-memory.ts';
import { contentOf } from '../file-server.ts';
import type { FileNode } from '../file-server.ts';
import { Status } from '../status.ts';
import { READ_AHEAD_PAGES } from './file-pages.ts';
import type { FilePagesRegistry } from './file-pages.ts';
import type { Transferable } from '../transfer.ts';
import { lendPages, Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

const FILE_FORMAT = 'file-private-1';

export class FilePrivateObject implements MemoryObject, Transferable {
  readonly exportFormats = [FILE_FORMAT];
  readonly importFormats = [FILE_FORMAT];
  readonly sharing = Sharing.Private;
  readonly lend = lendPages;
  node: FileNode;
  readonly #registry: FilePagesRegistry;

  constructor(node: FileNode, registry: FilePagesRegistry) {
    this.node = node;
    this.#registry = registry;
  }

  supply({ memory, address, offset, permissions, pagesAhead }: PageRequest): FaultOutcome {
    if (memory.isPresent(address)) {
      memory.protect(address, 1, permissions);
      return FaultOutcome.Resolved;
    }
    const limit = Math.min(READ_AHEAD_PAGES, pagesAhead);
    let pages = 1;
    while (pages < limit && !memory.isPresent(guestAddress(address + pages * PAGE_SIZE))) pages++;
    const buffer = this.#registry.scratch.subarray(0, pages * PAGE_SIZE);
    const count = contentOf(this.node).read(offset, buffer);
    if (count <= 0) return FaultOutcome.NoBacking;
    for (let at = 0; at < count; at += PAGE_SIZE) {
      const content = buffer.subarray(at, Math.min(at + PAGE_SIZE, count));
      memory.mapCopy(guestAddress(address + at), content, permissions);
    }
    return FaultOutcome.Resolved;
  }

  writeBack(): Status {
    return Status.Ok;
  }

  pageBytes(): undefined {
    return undefined;
  }

  dispose(): void {
    this.node.drop?.();
  }

  exportState(): FileNode {
    return this.node;
  }

  importState(_format: string, state: unknown): void {
    this.node = state as FileNode;
  }
}
