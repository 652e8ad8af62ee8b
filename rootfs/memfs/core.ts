/**
 * The part of memfs we build on: its inode layer. A Superblock makes inodes (Node) and names (Link); its path API is
 * not used, because a path stat there takes 7 µs and throws Error objects. Everything memfs does not know (owner as the guest sees it,
 * nanoseconds, device numbers, FIFOs, link rules) is kept per inode by memory-node.ts. Only this file names the package:
 * loading memfs whole, with its copy of the fs API, costs 30 ms at every start; its core a third of that.
 */
import { Link, Superblock } from '@jsonjoy.com/fs-core';

export { Superblock };
export type CoreLink = Link;
export type CoreNode = ReturnType<Link['getNode']>;

/**
 * A name in a directory. memfs's own keeps its whole path and renames it with all below: memory grows with the square of the depth, and a
 * directory above ten thousand others can't be moved. Nobody asks here where a name is, only what it is.
 */
class Name extends Link {
  override get steps(): string[] {
    return [this.name];
  }

  override set steps(_path: string[]) {
    // Known from the name alone.
  }

  override createChild(name: string, node: CoreNode): Link {
    const child = new Name(this.vol, this, name);
    child.setNode(node);
    if (node.isDirectory()) {
      child.children.set('.', child);
      node.nlink++;
    }
    return this.setChild(name, child);
  }
}

/** The topmost directory of a tree. */
export function createRoot(superblock: Superblock): CoreLink {
  const root = new Name(superblock, undefined, '');
  root.setNode(superblock.root.getNode());
  return root;
}
