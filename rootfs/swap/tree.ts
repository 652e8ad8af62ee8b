/**
 * What serves a swappable mount (swappable-server.ts) at one time: a file server and how it hands its files over. The
 * implementations are in trees.ts; each can take another's place while the mount is in use.
 */
import type { FileNode, FileServer } from '../../kernel/file-server.ts';
import type { Transferable } from '../../kernel/transfer.ts';

/** Which node of a new tree stands for which of the old. */
export interface MovedFiles {
  readonly nodes: ReadonlyMap<FileNode, FileNode>;
  /** New nodes without a name, held for those who have the file open. */
  readonly unnamed: readonly FileNode[];
}

/** Who uses a tree, as the tree sees it. */
export interface TreeUser {
  /** Kind of tree, as a mount table shows it. */
  readonly type: string;
  /** Files that are in use and have no name any more. */
  unnamed(): Iterable<FileNode>;
  /** A swap has ended: perhaps another tree serves now. */
  swapEnded(): void;
}

export interface Tree extends Transferable {
  readonly server: FileServer;
  user: TreeUser | undefined;
  /** After it took over from a tree with other nodes: asked once. */
  takeMoved(): MovedFiles | undefined;
  /** Nobody uses it any more. */
  dispose(): void;
}
