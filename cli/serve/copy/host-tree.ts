/** The host's files, for a copy. */
import { createReadStream } from 'node:fs';
import { chmod, lstat, mkdir, open, readdir, readlink, rm, stat, symlink, utimes } from 'node:fs/promises';
import { factsOf, unlessMissing, type TreeFiles } from './tree-files.ts';

const PIECE_BYTES = 256 * 1024;

export const hostTree: TreeFiles = {
  facts: async (path, links) => {
    const stats = await unlessMissing(links === 'follow' ? stat(path) : lstat(path));
    return stats && factsOf(stats);
  },
  names: (path) => readdir(path),
  linkTarget: (path) => readlink(path),
  pieces: (path) => createReadStream(path, { highWaterMark: PIECE_BYTES }),
  makeFolder: async (path, mode) => {
    await mkdir(path, { mode }).catch((failure: NodeJS.ErrnoException) => {
      if (failure.code !== 'EEXIST') throw failure;
    });
  },
  makeLink: (path, target) => symlink(target, path),
  create: async (path, mode) => {
    const file = await open(path, 'wx', mode);
    return {
      write: async (bytes) => {
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
      },
      close: () => file.close(),
    };
  },
  remove: (path) => rm(path),
  stamp: async (path, { mode, modifiedMs }) => {
    await chmod(path, mode);
    await utimes(path, modifiedMs / 1000, modifiedMs / 1000);
  },
};
