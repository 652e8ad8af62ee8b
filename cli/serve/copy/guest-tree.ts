/** A machine's files, for a copy: what is made belongs to root, as with Docker. */
import type { GuestFiles } from '../../library/guest-files.ts';
import { treeFiles, type TreeFiles } from './tree-files.ts';

export function guestTree(files: GuestFiles): TreeFiles {
  return treeFiles(files, {
    pieces: (path) => files.pieces(path),
    create: async (path, mode) => files.create(path, mode),
  });
}
