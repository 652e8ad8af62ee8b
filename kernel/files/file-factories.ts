/**
 * Makes the open descriptions of regular files, and picks the implementation:
 *   - SmallReadOnlyFile: opened for reading, small, and nobody can write the file;
 *   - ExclusiveFile: one descriptor;
 *   - SharedFile: from the moment a second descriptor leads here (dup, fork).
 * The swaps happen inside one kernel call, between two calls on the object, so no state is ever in flight: the successor
 * takes over node and cursor.
 */
import type { Factory, FactoryRegistry } from '../factory.ts';
import type { FileNode } from '../file-server.ts';
import { NodeKind, OpenAccess } from '../file-server.ts';
import type { OpenFile } from '../open-file.ts';
import type { Reference } from '../reference.ts';
import { ExclusiveFile } from './exclusive-file.ts';
import { swapNow } from '../hot-swap.ts';
import { openFileProtocol } from './file-swap.ts';
import { SharedFile } from './shared-file.ts';
import { SMALL_FILE_LIMIT, SmallReadOnlyFile } from './small-read-only-file.ts';

interface NodeUse {
  writers: number;
  readonly small: Set<Reference<OpenFile>>;
}

export class FileFactories {
  readonly #small: Factory<OpenFile, [FileNode, Uint8Array]>;
  readonly #plain: Factory<OpenFile, [FileNode, number]>;
  readonly #shared: Factory<OpenFile, [FileNode, number]>;
  readonly #registry: FactoryRegistry;
  readonly #others = new Map<string, Factory<OpenFile, [OpenFile]>>();
  readonly #uses = new Map<FileNode, NodeUse>();
  /** Which references were opened for writing, to know when the last writer has gone. */
  readonly #writers = new WeakSet<Reference<OpenFile>>();

  constructor(registry: FactoryRegistry) {
    this.#registry = registry;
    registry.declareSwappable(openFileProtocol);
    this.#small = registry.define<OpenFile, [FileNode, Uint8Array]>({
      type: 'open-file',
      implementation: 'small-read-only',
      version: 1,
      construct: (node, bytes) => new SmallReadOnlyFile(node, bytes),
      destroyed: (file, reference) => this.#closed(file, reference),
    });
    this.#plain = registry.define<OpenFile, [FileNode, number]>({
      type: 'open-file',
      implementation: 'exclusive',
      version: 1,
      construct: (node, position) => new ExclusiveFile(node, position),
      successor: (old) => new ExclusiveFile(regularFile(old), 0),
      destroyed: (file, reference) => this.#closed(file, reference),
    });
    this.#shared = registry.define<OpenFile, [FileNode, number]>({
      type: 'open-file',
      implementation: 'shared',
      version: 1,
      construct: (node, position) => new SharedFile(node, Float64Array.of(position)),
      successor: (old) => new SharedFile(regularFile(old), Float64Array.of(0)),
      destroyed: (file, reference) => this.#closed(file, reference),
    });
  }

  /** Opens a regular file; the caller holds the reference. */
  open(node: FileNode, access: OpenAccess): Reference<OpenFile> {
    node.hold?.();
    const use = this.#useOf(node);
    if ((access & OpenAccess.Write) !== 0) {
      this.aboutToChange(node);
      use.writers++;
      const reference = this.#plain.create(node, 0);
      this.#writers.add(reference);
      return reference;
    }
    if (use.writers > 0 || node.mapped !== undefined || node.server.namesAreVolatile === true)
      return this.#plain.create(node, 0);
    return this.#openSmall(node, use) ?? this.#plain.create(node, 0);
  }

  /** Takes in an open description that is no regular file (stream end, directory, device, terminal); the caller holds it. */
  adopt(implementation: string, file: OpenFile): Reference<OpenFile> {
    let factory = this.#others.get(implementation);
    if (factory === undefined) {
      factory = this.#registry.define<OpenFile, [OpenFile]>({
        type: 'open-file',
        implementation,
        version: 1,
        construct: (made) => made,
        destroyed: (made) => made.release(),
      });
      this.#others.set(implementation, factory);
    }
    return factory.create(file);
  }

  /** A second descriptor leads to this description from now on. */
  share(reference: Reference<OpenFile>): void {
    if (reference.owner === this.#plain) swapNow(reference, this.#shared);
  }

  /** The file's bytes are about to change: nobody may go on reading from a copy. */
  aboutToChange(node: FileNode): void {
    const use = this.#uses.get(node);
    if (use === undefined) return;
    for (const reference of use.small) {
      if (reference.owner === this.#small) swapNow(reference, this.#plain);
    }
    use.small.clear();
  }

  /** How many open descriptions there are. */
  get live(): number {
    let live = this.#small.instances().size + this.#plain.instances().size + this.#shared.instances().size;
    for (const factory of this.#others.values()) live += factory.instances().size;
    return live;
  }

  /** Whether anyone has the file open for writing (execve answers TextBusy then). */
  hasWriters(node: FileNode): boolean {
    return (this.#uses.get(node)?.writers ?? 0) > 0;
  }

  #openSmall(node: FileNode, use: NodeUse): Reference<OpenFile> | undefined {
    const { sizeBytes } = node.attributes();
    if (sizeBytes > SMALL_FILE_LIMIT || sizeBytes === 0) return undefined;
    const bytes = new Uint8Array(sizeBytes);
    if (node.read(0, bytes) !== sizeBytes) return undefined;
    const reference = this.#small.create(node, bytes);
    use.small.add(reference);
    return reference;
  }

  #useOf(node: FileNode): NodeUse {
    let use = this.#uses.get(node);
    if (use === undefined) {
      use = { writers: 0, small: new Set() };
      this.#uses.set(node, use);
    }
    return use;
  }

  #closed(file: OpenFile, reference: Reference<OpenFile>): void {
    const node = file.node!;
    const use = this.#uses.get(node);
    if (use !== undefined) {
      if (this.#writers.delete(reference)) use.writers--;
      use.small.delete(reference);
      if (use.writers === 0 && use.small.size === 0) this.#uses.delete(node);
    }
    node.drop?.();
  }
}

function regularFile({ node }: OpenFile): FileNode {
  if (node?.kind !== NodeKind.File) throw new Error('not an open regular file');
  return node;
}
