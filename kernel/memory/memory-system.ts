/**
 * Memory of one kernel: makes address spaces and memory objects, through factories, and knows which are alive. Guest
 * memories come from the CPU engine and are handed in.
 */
import { PAGE_SIZE, pageCeil, pageFloor } from '../../cpu/address.ts';
import type { GuestMemory } from '../../cpu/memory/guest-memory.ts';
import type { PageBudget } from '../../cpu/memory/page-budget.ts';
import type { FactoryRegistry, Factory } from '../factory.ts';
import { contentOf } from '../file-server.ts';
import type { FileNode } from '../file-server.ts';
import { swapNow } from '../hot-swap.ts';
import { AbortSwap } from '../mediator.ts';
import type { SwapProtocol } from '../mediator.ts';
import type { Reference } from '../reference.ts';
import type { Trace } from '../trace/trace.ts';
import { AddressSpace } from './address-space.ts';
import { AnonymousObject, CopyOnAccessObject } from './anonymous-object.ts';
import { FilePagesRegistry } from './file-pages.ts';
import { FilePrivateObject } from './file-private-object.ts';
import { BudgetedFrames } from './frame-source.ts';
import type { FrameSource } from './frame-source.ts';
import { ImageObject } from './image-object.ts';
import { defaultLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import type { MemoryObject } from './memory-object.ts';
import { SegmentObject, SharedAnonymousObject, SharedFileObject } from './shared-objects.ts';
import type { SegmentMaker } from './shared-objects.ts';

export interface MemorySystemOptions {
  readonly frames: FrameSource;
  readonly layout?: Layout;
  readonly budget: PageBudget;
}

type ObjectFactory<A extends readonly unknown[]> = Factory<MemoryObject, A>;

const memoryProtocol: SwapProtocol = {
  type: 'memory-object',
  methods: { supply: AbortSwap, writeBack: AbortSwap, pageBytes: AbortSwap, lend: AbortSwap, dispose: AbortSwap },
  properties: ['sharing', 'node', 'residentPages'],
};

export class MemorySystem {
  readonly trace: Trace;
  readonly layout: Layout;
  /** How many objects the kernel has made: for the trace of what a fork costs. */
  readonly objectsMade: () => number;
  /** Files that are mapped shared: calls that read or write files go through here. */
  readonly filePages: FilePagesRegistry;
  readonly #anonymous: ObjectFactory<[]>;
  readonly #copyOnAccess: ObjectFactory<[]>;
  readonly #sharedAnonymous: ObjectFactory<[]>;
  readonly #segment: ObjectFactory<[SegmentMaker]>;
  readonly #filePrivate: ObjectFactory<[FileNode]>;
  readonly #fileShared: ObjectFactory<[FileNode]>;
  readonly #image: ObjectFactory<[Uint8Array]>;
  readonly #spaces = new Set<AddressSpace>();
  /** How many memory objects show each file. */
  readonly #mappedFiles = new Map<FileNode, number>();
  /** How many address spaces a fork made share one anonymous object; those that nobody shares are not in it. */
  readonly #families = new Map<Reference<MemoryObject>, number>();
  /** What all pages of this kernel may take together. */
  readonly budget: PageBudget;
  /** Asked to make room when the budget is used up; false: there is none to be had. */
  makeRoom: (space: AddressSpace) => boolean = () => false;
  /** Whether whoever runs should leave the processor: asked while faults are handled. */
  isSliceOver: () => boolean = () => false;
  #lastSpaceId = 0;

  constructor(factories: FactoryRegistry, trace: Trace, options: MemorySystemOptions) {
    this.trace = trace;
    this.layout = options.layout ?? defaultLayout;
    this.budget = options.budget;
    const frames = new BudgetedFrames(options.frames, this.budget);
    this.objectsMade = () => factories.created;
    this.filePages = new FilePagesRegistry(frames, (...part) => this.withdraw(...part));
    factories.declareSwappable(memoryProtocol);
    const { type } = memoryProtocol;
    const version = 1;
    this.#anonymous = factories.define<MemoryObject, []>({
      type,
      implementation: 'anonymous',
      version,
      construct: () => new AnonymousObject(),
      successor: () => new AnonymousObject(),
    });
    this.#copyOnAccess = factories.define<MemoryObject, []>({
      type,
      implementation: 'copy-on-access',
      version,
      construct: () => new CopyOnAccessObject(),
      successor: () => new CopyOnAccessObject(),
    });
    this.#sharedAnonymous = factories.define<MemoryObject, []>({
      type,
      implementation: 'shared-anonymous',
      version,
      construct: () => new SharedAnonymousObject(frames),
      successor: () => new SharedAnonymousObject(frames),
      destroyed: (object) => object.dispose?.(),
    });
    this.#segment = factories.define<MemoryObject, [SegmentMaker]>({
      type,
      implementation: 'segment',
      version,
      construct: (maker) => new SegmentObject(frames, maker),
      successor: (old) => new SegmentObject(frames, (old as SegmentObject).maker),
      destroyed: (object) => object.dispose?.(),
    });
    this.#image = factories.define<MemoryObject, [Uint8Array]>({
      type,
      implementation: 'image',
      version,
      construct: (content) => new ImageObject(content),
      successor: () => new ImageObject(new Uint8Array(0)),
    });
    this.#filePrivate = factories.define<MemoryObject, [FileNode]>({
      type,
      implementation: 'file-private',
      version,
      construct: (node) => new FilePrivateObject(node, this.filePages),
      successor: (old) => new FilePrivateObject(fileOf(old), this.filePages),
      destroyed: (object) => this.#fileLeft(object),
    });
    this.#fileShared = factories.define<MemoryObject, [FileNode]>({
      type,
      implementation: 'file-shared',
      version,
      construct: (node) => new SharedFileObject(this.filePages.acquire(node), this.filePages),
      successor: (old) => new SharedFileObject(this.filePages.of(fileOf(old)), this.filePages),
      destroyed: (object) => this.#fileLeft(object),
    });
  }

  /** Memory with this content. */
  createImage(content: Uint8Array): Reference<MemoryObject> {
    return this.#image.create(content);
  }

  /** An empty address space shown by `memory`, which it takes over. */
  createSpace(memory: GuestMemory): AddressSpace {
    return this.adopt(memory, this.#anonymous.create());
  }

  /** For AddressSpace.fork: as createSpace, with an object already held. */
  adopt(memory: GuestMemory, anonymous: Reference<MemoryObject>): AddressSpace {
    const space = new AddressSpace(++this.#lastSpaceId, memory, this, anonymous);
    this.#spaces.add(space);
    return space;
  }

  /** For AddressSpace.fork: the child's hold on the object that both have from now on. */
  shareAnonymous(anonymous: Reference<MemoryObject>): Reference<MemoryObject> {
    if (anonymous.owner !== this.#copyOnAccess) swapNow(anonymous, this.#copyOnAccess);
    this.#families.set(anonymous, (this.#families.get(anonymous) ?? 1) + 1);
    return anonymous.retain();
  }

  /** An address space ends. The one that is left has the object for itself. */
  releaseAnonymous(anonymous: Reference<MemoryObject>): void {
    anonymous.release();
    const left = (this.#families.get(anonymous) ?? 1) - 1;
    if (left > 1) this.#families.set(anonymous, left);
    else if (this.#families.delete(anonymous)) swapNow(anonymous, this.#anonymous);
  }

  /** Whether a page more may be made for this space; room is made for it where that is possible. */
  hasRoom(space: AddressSpace): boolean {
    while (!this.budget.hasRoom()) if (!this.makeRoom(space)) return false;
    return true;
  }

  forget(space: AddressSpace): void {
    this.#spaces.delete(space);
  }

  get spaces(): ReadonlySet<AddressSpace> {
    return this.#spaces;
  }

  /** Each create: the caller is the first holder, and releases when its regions are mapped. */
  createSharedAnonymous(): Reference<MemoryObject> {
    return this.#sharedAnonymous.create();
  }

  /** Shared memory that tells when a region of it comes or goes. */
  createSegment(maker: SegmentMaker): Reference<MemoryObject> {
    return this.#segment.create(maker);
  }

  createFilePrivate(node: FileNode): Reference<MemoryObject> {
    this.#fileShown(node);
    node.changing ??= (position, length) => this.#withdrawUnchanged(node, position, length);
    return this.#filePrivate.create(node);
  }

  createFileShared(node: FileNode): Reference<MemoryObject> {
    this.#fileShown(node);
    return this.#fileShared.create(node);
  }

  /** Takes the pages of a part of a file out of every address space that has them: the next touch asks for them again. */
  withdraw(node: FileNode, offset: number, endOffset: number): void {
    for (const space of this.#spaces) space.withdraw(node, offset, endOffset);
  }

  #fileShown(node: FileNode): void {
    node.hold?.();
    const objects = this.#mappedFiles.get(node) ?? 0;
    this.#mappedFiles.set(node, objects + 1);
    if (objects > 0) return;
    node.shortened = (sizeBytes) => this.withdraw(node, pageCeil(sizeBytes), Infinity);
  }

  /** Private pages that still are as the file's follow it: the next touch shows what is being written now. */
  #withdrawUnchanged(node: FileNode, position: number, length: number): void {
    const spaces = [...this.#spaces].filter((space) => space.mapsPrivately(node));
    if (spaces.length === 0) return;
    const content = this.filePages.scratch.subarray(0, PAGE_SIZE);
    for (let offset = pageFloor(position) as number; offset < position + length; offset += PAGE_SIZE) {
      const holders = spaces.filter((space) => space.holdsPrivately(node, offset));
      if (holders.length === 0) continue;
      const count = contentOf(node).read(offset, content);
      content.fill(0, Math.max(0, count));
      for (const space of holders) space.withdrawUnchanged(node, offset, content);
    }
  }

  #fileLeft(object: MemoryObject): void {
    const node = fileOf(object);
    const objects = this.#mappedFiles.get(node)! - 1;
    if (objects > 0) this.#mappedFiles.set(node, objects);
    else {
      this.#mappedFiles.delete(node);
      node.shortened = undefined;
      node.changing = undefined;
    }
    object.dispose?.();
  }
}

function fileOf({ node }: MemoryObject): FileNode {
  if (node === undefined) throw new Error('not the memory of a file');
  return node;
}
