/**
 * The part of memfs we build on: its inode layer. A Superblock makes inodes (Node) and names (Link); its path API is
 * not used, because a path stat there takes 7 µs and throws Error objects. Everything memfs does not know (owner as the guest sees it,
 * nanoseconds, device numbers, FIFOs, link rules) is kept per inode by memory-node.ts. Only this file names the package:
 * loading memfs whole, with its copy of the fs API, costs 30 ms at every start; its core a third of that.
 */
import { Superblock } from '@jsonjoy.com/fs-core';

export { Superblock };
export type CoreLink = Superblock['root'];
export type CoreNode = ReturnType<CoreLink['getNode']>;
