/**
 * Several directories as one tree: the uppermost takes all changes, those below it show through and stay as they are. Unlike a MemoryServer
 * with a base, the upper layer is a directory of another tree, where the changes can be found afterwards, with whiteouts for
 * what was removed. Source: Documentation/filesystems/overlayfs.rst.
 */
import { NodeKind } from '../../kernel/file-server.ts';
import type { FileNode, FileServer, ServerStatistics } from '../../kernel/file-server.ts';
import { OverlayNode } from './overlay-node.ts';

export interface OverlayLayers {
  readonly upper: FileNode | undefined;
  /** Where files without a name are made, in the tree of the upper layer. */
  readonly work: FileNode | undefined;
  /** The nearest first. */
  readonly lowers: readonly FileNode[];
}

/** Source: fs/overlayfs/super.c, OVL_WORKDIR_NAME. */
const WORK_NAME = 'work';

export class OverlayServer implements FileServer {
  readonly type = 'overlay';
  readonly deviceId: number;
  readonly readOnly: boolean;
  readonly root: OverlayNode;
  readonly work: FileNode | undefined;
  readonly #statistics: () => ServerStatistics;
  /** By the file of the layer that was there first: it stays the same file when it is copied up. */
  readonly #nodes = new WeakMap<FileNode, OverlayNode>();
  #lastId = 0;

  constructor(deviceId: number, { upper, work, lowers }: OverlayLayers) {
    this.deviceId = deviceId;
    this.readOnly = upper === undefined;
    this.work = work && workFolder(work);
    const highest = upper ?? lowers[0]!;
    this.#statistics = () => highest.server.statistics();
    this.root = this.nodeOf(upper, lowers, undefined, '/');
  }

  statistics(): ServerStatistics {
    return this.#statistics();
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /** The file that these layers make, found under a name. */
  nodeOf(
    upper: FileNode | undefined,
    lowers: readonly FileNode[],
    parent: OverlayNode | undefined,
    name: string,
  ): OverlayNode {
    const key = upper ?? lowers[0]!;
    let node = this.#nodes.get(key);
    if (node === undefined) {
      node = new OverlayNode(this, upper, lowers);
      this.#nodes.set(key, node);
    }
    node.foundAs(parent, name);
    return node;
  }

  /** A file has been copied up: from now on it is found by its copy too. */
  copiedUp(node: OverlayNode, upper: FileNode): void {
    this.#nodes.set(upper, node);
  }
}

/** The folder of the work directory that is the overlay's own. */
function workFolder(work: FileNode): FileNode {
  const known = work.lookup(WORK_NAME);
  if (typeof known !== 'number') return known;
  const made = work.create(WORK_NAME, { kind: NodeKind.Directory, permissions: 0, owner: 0, group: 0 });
  return typeof made === 'number' ? work : made;
}
