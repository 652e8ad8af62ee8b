/**
 * A mount whose file server can be swapped while it is in use. It shows stand-ins (stand-in-node.ts) for the nodes of the
 * tree that serves now (tree.ts), which is reached by a kernel reference. A swap happens between two calls: no call on a
 * node is under way then, and afterwards every stand-in leads to the same file in the new tree.
 */
import type { FactoryRegistry } from '../../kernel/factory.ts';
import type { DirectoryEntry, FileNode, FileServer, ServerStatistics } from '../../kernel/file-server.ts';
import type { Reference } from '../../kernel/reference.ts';
import { MemoryServer } from '../memfs/memory-server.ts';
import type { Storage } from '../memfs/storage.ts';
import { StandInNode } from './stand-in-node.ts';
import type { Tree, TreeUser } from './tree.ts';
import { memoryTrees } from './tree-factories.ts';
import { MemoryTree } from './trees.ts';

export class SwappableServer implements FileServer {
  /** As it was made: a swap changes nothing that users see. */
  readonly type: string;
  readonly deviceId: number;
  #readOnly = false;
  readonly root: StandInNode;
  /** Files that someone has open or mapped. */
  readonly held = new Set<StandInNode>();
  readonly #standIns = new WeakMap<FileNode, StandInNode>();
  readonly #user: TreeUser;
  #tree: Tree;
  #reference: Reference<Tree> | undefined;
  /** The numbers of files that came from an earlier tree; others have the tree's own, moved up by `#firstNumber`. */
  #numbers = new Map<number, number>();
  #firstNumber = 0;
  #lastNumber = 0;

  constructor(server: MemoryServer) {
    this.type = server.type;
    this.deviceId = server.deviceId;
    this.#user = { type: this.type, unnamed: () => this.#unnamed(), swapEnded: () => this.#follow() };
    this.#tree = new MemoryTree(server);
    this.#tree.user = this.#user;
    this.root = this.standIn(server.root);
  }

  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** Nothing in it is to be changed from now on; those who mount it see to that. */
  freeze(): void {
    this.#readOnly = true;
  }

  /** Limits of the tree that serves now, where it is one in memory. */
  get storage(): Storage | undefined {
    const { server } = this.#tree;
    return server instanceof MemoryServer ? server.storage : undefined;
  }

  /** Undefined before `join`. */
  get reference(): Reference<Tree> | undefined {
    return this.#reference;
  }

  /** From now on its tree is an object of this kernel. */
  join(registry: FactoryRegistry): void {
    if (this.#reference !== undefined) return;
    this.#reference = memoryTrees(registry).create(this.#tree);
  }

  /** The machine has stopped: nothing stays on the host. */
  dispose(): void {
    this.#tree.dispose();
  }

  statistics(): ServerStatistics {
    return this.#tree.server.statistics();
  }

  // --- for StandInNode -------------------------------------------------------------------------------------------------

  standIn(node: FileNode): StandInNode {
    let known = this.#standIns.get(node);
    if (known === undefined) {
      known = new StandInNode(this, node, this.#numberOf(node.nodeId));
      this.#standIns.set(node, known);
    }
    return known;
  }

  withOurNumbers(entries: readonly DirectoryEntry[]): readonly DirectoryEntry[] {
    if (this.#firstNumber === 0) return entries;
    return entries.map((entry) => ({ ...entry, nodeId: this.#numberOf(entry.nodeId) }));
  }

  #numberOf(nodeId: number): number {
    const number = this.#numbers.get(nodeId) ?? this.#firstNumber + nodeId;
    this.#lastNumber = Math.max(this.#lastNumber, number);
    return number;
  }

  *#unnamed(): Generator<FileNode> {
    for (const { isHeld, node } of this.held) if (isHeld && node.attributes().links === 0) yield node;
  }

  /** A swap has ended. */
  #follow(): void {
    const tree = this.#reference!.target;
    const old = this.#tree;
    if (tree === old) return;
    this.#tree = tree;
    old.user = undefined;
    tree.user = this.#user;
    if (tree.server !== old.server) old.dispose();
    const moved = tree.takeMoved();
    if (moved === undefined) return;
    const numbers = new Map<number, number>();
    for (const [from, to] of moved.nodes) {
      numbers.set(to.nodeId, this.#numberOf(from.nodeId));
      const standIn = this.#standIns.get(from);
      if (standIn === undefined) continue;
      standIn.moveTo(to);
      this.#standIns.set(to, standIn);
    }
    for (const node of moved.unnamed) node.drop?.();
    this.#numbers = numbers;
    this.#firstNumber = this.#lastNumber + 1;
  }
}
