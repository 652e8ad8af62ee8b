/** A machine's files, for a copy: what is made belongs to root, as with Docker. */
import type { GuestFiles } from '../../library/guest-files.ts';
import { factsOf, unlessMissing, type TreeFiles } from './tree-files.ts';

export function guestTree(files: GuestFiles): TreeFiles {
  return {
    facts: async (path, links) => {
      const stats = await unlessMissing(links === 'follow' ? files.stat(path) : files.lstat(path));
      return stats && factsOf(stats);
    },
    names: (path) => files.readdir(path),
    linkTarget: (path) => files.readlink(path),
    pieces: (path) => files.pieces(path),
    makeFolder: async (path, mode) => {
      await files.mkdir(path, mode).catch((failure: NodeJS.ErrnoException) => {
        if (failure.code !== 'EEXIST') throw failure;
      });
    },
    makeLink: (path, target) => files.symlink(target, path),
    create: async (path, mode) => files.create(path, mode),
    remove: (path) => files.unlink(path),
    stamp: async (path, { mode, modifiedMs }) => {
      await files.chmod(path, mode);
      await files.utimes(path, modifiedMs / 1000, modifiedMs / 1000);
    },
  };
}
