/**
 * The trees of a swappable mount: in memory; in memory with a journal of all changes; elsewhere (host/host-copy-tree.ts). The first two hand
 * over the memory tree itself; to and from others all files are copied.
 */
import type { FileServer } from '../../kernel/file-server.ts';
import { Journal } from '../memfs/journal.ts';
import { MemoryServer } from '../memfs/memory-server.ts';
import type { MovedFiles, Tree, TreeUser } from './tree.ts';
import { copyOfTree, fillTree } from './tree-copy.ts';
import type { TreeCopy } from './tree-copy.ts';

/** The memory tree itself. */
const MEMORY_FORMAT = 'memory-tree-1';
/** All files as data. */
const COPY_FORMAT = 'file-tree-1';

export abstract class BaseTree<S extends FileServer> implements Tree {
  readonly exportFormats: readonly string[] = [COPY_FORMAT];
  readonly importFormats: readonly string[] = [COPY_FORMAT];
  server: S;
  user: TreeUser | undefined;
  #moved: MovedFiles | undefined;

  constructor(server: S) {
    this.server = server;
  }

  exportState(_format: string): unknown {
    return copyOfTree(this.server, this.user?.unnamed() ?? []);
  }

  importState(_format: string, state: unknown): void {
    this.#moved = fillTree(this.server, state as TreeCopy);
  }

  takeMoved(): MovedFiles | undefined {
    const moved = this.#moved;
    this.#moved = undefined;
    return moved;
  }

  dispose(): void {}
}

export class MemoryTree extends BaseTree<MemoryServer> {
  override readonly exportFormats = [MEMORY_FORMAT, COPY_FORMAT];
  override readonly importFormats = [MEMORY_FORMAT, COPY_FORMAT];

  override exportState(format: string): unknown {
    return format === MEMORY_FORMAT ? this.server : super.exportState(format);
  }

  override importState(format: string, state: unknown): void {
    if (format === MEMORY_FORMAT) this.server = state as MemoryServer;
    else super.importState(format, state);
  }

  override dispose(): void {
    this.server.dispose();
  }

  /** It serves from now on: the tree may have had a journal before. */
  override takeMoved(): MovedFiles | undefined {
    this.server.journal = undefined;
    return super.takeMoved();
  }
}

/** Every change is noted, the last thousands are kept. */
export class LoggedTree extends MemoryTree {
  readonly journal = new Journal();

  override takeMoved(): MovedFiles | undefined {
    const moved = super.takeMoved();
    this.server.journal = this.journal;
    return moved;
  }
}

/** An empty tree in memory to take the place of another. */
export function emptyMemoryTree({ server, user }: Tree): MemoryServer {
  return new MemoryServer({ deviceId: server.deviceId, type: user?.type ?? server.type });
}
