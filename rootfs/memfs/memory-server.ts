/**
 * A writable file tree in memory, on memfs's inode layer (core.ts), alone or as the writable layer over a read-only tree.
 * Node numbers are memfs's, so a number is used again only after its file has ended.
 */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode, FileServer, Member, NewNode, ServerStatistics } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { hostRealTime } from '../clock.ts';
import type { RealTimeClock } from '../clock.ts';
import { createRoot, Superblock } from './core.ts';
import type { CoreLink, CoreNode } from './core.ts';
import type { Journal } from './journal.ts';
import { MemoryNode } from './memory-node.ts';
import type { Base } from './memory-node.ts';
import { Storage } from './storage.ts';

/** Types of memfs inodes. memfs treats all but directories alike; our own kind is in MemoryNode. Source: inode(7). */
const DIRECTORY_MODE = 0o040000;
const OTHER_MODE = 0o100000;

const DEFAULT_LIMIT_BYTES = 2 * 2 ** 30;
const DEFAULT_LIMIT_NODES = 250_000;

export interface MemoryServerOptions {
  readonly deviceId: number;
  /** As shown in a mount table. */
  readonly type?: string;
  /** A read-only tree to start from: what it holds appears here, changes stay here. */
  readonly base?: FileNode;
  readonly limitBytes?: number;
  readonly limitNodes?: number;
  readonly nowNs?: RealTimeClock;
  readonly rootPermissions?: number;
}

export class MemoryServer implements FileServer {
  readonly type: string;
  readonly deviceId: number;
  readonly readOnly = false;
  readonly root: MemoryNode;
  readonly nameLimit = 255;
  readonly storage: Storage;
  readonly nowNs: RealTimeClock;
  readonly #base: FileServer | undefined;
  /** Told of every change. */
  journal: Journal | undefined;
  readonly #superblock = new Superblock();
  readonly #nodes = new Map<CoreNode, MemoryNode>();
  /** Files of the lower layer with several names: the one node here for each. */
  readonly #takenOver = new Map<FileNode, MemoryNode>();

  constructor(options: MemoryServerOptions) {
    this.type = options.type ?? 'tmpfs';
    this.#base = options.base?.server;
    this.deviceId = options.deviceId;
    this.storage = new Storage(options.limitBytes ?? DEFAULT_LIMIT_BYTES, options.limitNodes ?? DEFAULT_LIMIT_NODES);
    this.nowNs = options.nowNs ?? hostRealTime;
    const link = createRoot(this.#superblock);
    const attributes = options.base?.attributes();
    this.root = new MemoryNode(
      this,
      link.getNode(),
      link,
      {
        kind: NodeKind.Directory,
        permissions: attributes?.permissions ?? options.rootPermissions ?? 0o755,
        owner: attributes?.owner ?? 0,
        group: attributes?.group ?? 0,
      },
      options.base && attributes && { node: options.base, attributes },
    );
    // memfs counts `..` of the root twice over what Linux shows.
    this.root.core.nlink = 2;
    this.#nodes.set(link.getNode(), this.root);
  }

  dispose(): void {
    this.#base?.dispose?.();
  }

  statistics(): ServerStatistics {
    const { limitBytes, usedBytes, limitNodes, usedNodes } = this.storage;
    return {
      blockSizeBytes: 4096,
      blocks: Math.floor(limitBytes / 4096),
      blocksFree: Math.floor((limitBytes - usedBytes) / 4096),
      nodes: limitNodes,
      nodesFree: limitNodes - usedNodes,
      nameLimit: this.nameLimit,
    };
  }

  /** Directories are as large as their names, as on tmpfs; else one block, as on a disk. */
  get countsEntries(): boolean {
    return this.type === 'tmpfs' || this.type === 'devtmpfs';
  }

  // --- for MemoryNode ------------------------------------------------------------------------------------------------

  nodeOf(core: CoreNode): MemoryNode {
    return this.#nodes.get(core)!;
  }

  makeNode(parent: CoreLink, name: ByteString, node: NewNode): MemoryNode | Status {
    if (!this.storage.takeNode()) return Status.NoSpace;
    return this.#addNode(parent, name, node);
  }

  /** Gives a file of the lower layer its node and name here. */
  takeOver(parent: CoreLink, { name, node: below, attributes }: Member): void {
    const known = this.#takenOver.get(below);
    if (known !== undefined) {
      parent.createChild(name, known.core);
      known.core.nlink++;
      return;
    }
    const target = below.kind === NodeKind.SymbolicLink ? below.readLink() : '';
    const node: NewNode = { ...attributes, target: typeof target === 'string' ? target : '' };
    this.storage.takeNode();
    const made = this.#addNode(parent, name, node, { node: below, attributes });
    if (below.kind !== NodeKind.Directory && attributes.links > 1) this.#takenOver.set(below, made);
  }

  nodeEnded(node: MemoryNode): void {
    if (!this.#nodes.delete(node.core)) return;
    this.storage.giveBackNode();
    this.#superblock.deleteNode(node.core);
  }

  #addNode(parent: CoreLink, name: ByteString, node: NewNode, base?: Base): MemoryNode {
    const isDirectory = node.kind === NodeKind.Directory;
    const core = this.#superblock.createNode(isDirectory ? DIRECTORY_MODE : OTHER_MODE);
    const link = parent.createChild(name, core);
    const made = new MemoryNode(this, core, isDirectory ? link : undefined, node, base);
    this.#nodes.set(core, made);
    return made;
  }
}
