/** Symbolic links that lead to an open file itself rather than to a name: /proc/PID/fd/N, /proc/PID/exe. */
import type { FileNode } from '../../kernel/file-server.ts';
import type { Location } from './mount.ts';

export interface MagicLink extends FileNode {
  /** The place the link stands for, or −errno. */
  magicTarget(): Location | number;
}

export function isMagicLink(node: FileNode): node is MagicLink {
  return 'magicTarget' in node;
}
