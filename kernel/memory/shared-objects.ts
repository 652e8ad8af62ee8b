/**
 * Memory that several address spaces see at once: shared anonymous memory (also the base of shared memory segments), and
 * files mapped shared. Pages are frames; a guest memory holds windows on them.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { Access, FaultOutcome, Permission } from '../../cpu/memory/guest-memory.ts';
import type { Frame } from '../../cpu/memory/frame-store.ts';
import type { FileNode } from '../file-server.ts';
import { Status } from '../status.ts';
import type { FilePages } from './file-pages.ts';
import type { FrameSource } from './frame-source.ts';
import { Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

export class SharedAnonymousObject implements MemoryObject {
  readonly sharing = Sharing.Shared;
  readonly node = undefined;
  readonly #frames = new Map<number, Frame>();
  readonly #source: FrameSource;

  constructor(source: FrameSource) {
    this.#source = source;
  }

  get residentPages(): number {
    return this.#frames.size;
  }

  supply({ memory, address, offset, permissions }: PageRequest): FaultOutcome {
    const page = offset / PAGE_SIZE;
    let frame = this.#frames.get(page);
    if (frame === undefined) {
      frame = this.#source.allocate();
      if (frame === undefined) return FaultOutcome.OutOfMemory;
      this.#frames.set(page, frame);
    }
    memory.mapFrame(address, frame, permissions);
    return FaultOutcome.Resolved;
  }

  writeBack(): Status {
    return Status.Ok;
  }

  pageBytes(offset: number): Uint8Array | undefined {
    return this.#frames.get(Math.floor(offset / PAGE_SIZE))?.bytes;
  }

  dispose(): void {
    for (const frame of this.#frames.values()) this.#source.release(frame);
    this.#frames.clear();
  }
}

/** A file mapped shared. Pages are given without the write permission until someone writes: that marks them changed. */
export class SharedFileObject implements MemoryObject {
  readonly sharing = Sharing.Shared;
  readonly pages: FilePages;

  constructor(pages: FilePages) {
    this.pages = pages;
  }

  get node(): FileNode {
    return this.pages.node;
  }

  supply({ memory, address, offset, permissions, access }: PageRequest): FaultOutcome {
    if (offset >= this.node.attributes().sizeBytes) return FaultOutcome.NoBacking;
    const page = offset / PAGE_SIZE;
    const frame = this.pages.frame(page);
    if (frame === undefined) return FaultOutcome.OutOfMemory;
    const writes = access === Access.Write;
    if (writes) this.pages.noteWritable(page);
    memory.mapFrame(address, frame, writes ? permissions : permissions & ~Permission.Write);
    return FaultOutcome.Resolved;
  }

  writeBack(offset: number, length: number): Status {
    return this.pages.writeBack(offset, length);
  }

  pageBytes(offset: number): Uint8Array | undefined {
    return this.pages.resident(Math.floor(offset / PAGE_SIZE))?.bytes;
  }
}
