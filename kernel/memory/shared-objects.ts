/**
 * Memory that several address spaces see at once: shared anonymous memory (also the base of shared memory segments), and
 * files mapped shared. Pages are frames; a guest memory holds windows on them.
 */
import { PAGE_SIZE } from '../../cpu/address.ts';
import { Access, FaultOutcome, Permission } from '../../cpu/memory/guest-memory.ts';
import type { Frame } from '../../cpu/memory/frame.ts';
import type { FileNode } from '../file-server.ts';
import { Status } from '../status.ts';
import type { Transferable } from '../transfer.ts';
import type { FilePages, FilePagesRegistry } from './file-pages.ts';
import type { FrameSource } from './frame-source.ts';
import { lendNothing, Sharing } from './memory-object.ts';
import type { MemoryObject, PageRequest } from './memory-object.ts';

const FRAMES_FORMAT = 'shared-frames-1';
const FILE_FORMAT = 'file-shared-1';

export class SharedAnonymousObject implements MemoryObject, Transferable {
  readonly exportFormats = [FRAMES_FORMAT];
  readonly importFormats = [FRAMES_FORMAT];
  readonly sharing = Sharing.Shared;
  readonly node = undefined;
  readonly lend = lendNothing;
  #frames = new Map<number, Frame>();
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
    return this.#frames.get(Math.floor(offset / PAGE_SIZE))?.forWriting();
  }

  dispose(): void {
    for (const frame of this.#frames.values()) this.#source.release(frame);
    this.#frames.clear();
  }

  exportState(): Map<number, Frame> {
    return this.#frames;
  }

  importState(_format: string, state: unknown): void {
    this.#frames = state as Map<number, Frame>;
  }
}

/** Who has made a shared segment. */
export interface SegmentMaker {
  /** Its name among the maker's segments; listings of address spaces show it. */
  readonly number: number;
  /** A region that shows it has come or gone. */
  regionsChanged(change: 1 | -1): void;
}

/** Shared memory whose maker wants to know by how many regions it is shown. */
export class SegmentObject extends SharedAnonymousObject {
  readonly maker: SegmentMaker;

  constructor(source: FrameSource, maker: SegmentMaker) {
    super(source);
    this.maker = maker;
  }

  get number(): number {
    return this.maker.number;
  }

  regionsChanged(change: 1 | -1): void {
    this.maker.regionsChanged(change);
  }
}

/** A file mapped shared. Pages are given without the write permission until someone writes: that marks them changed. */
export class SharedFileObject implements MemoryObject, Transferable {
  readonly exportFormats = [FILE_FORMAT];
  readonly importFormats = [FILE_FORMAT];
  readonly sharing = Sharing.Shared;
  readonly lend = lendNothing;
  pages: FilePages;
  readonly #registry: FilePagesRegistry;

  /** Takes over a use of the pages. */
  constructor(pages: FilePages, registry: FilePagesRegistry) {
    this.pages = pages;
    this.#registry = registry;
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
    return this.pages.resident(Math.floor(offset / PAGE_SIZE))?.forWriting();
  }

  dispose(): void {
    const { node } = this;
    this.#registry.release(this.pages);
    node.drop?.();
  }

  exportState(): FilePages {
    return this.pages;
  }

  importState(_format: string, state: unknown): void {
    this.pages = state as FilePages;
  }
}
