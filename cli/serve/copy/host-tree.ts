/** The host's files, for a copy. */
import { createReadStream } from 'node:fs';
import * as files from 'node:fs/promises';
import { treeFiles, type TreeFiles } from './tree-files.ts';

const PIECE_BYTES = 256 * 1024;

export const hostTree: TreeFiles = treeFiles(files, {
  pieces: (path) => createReadStream(path, { highWaterMark: PIECE_BYTES }),
  create: async (path, mode) => {
    const file = await files.open(path, 'wx', mode);
    return {
      write: async (bytes) => {
        for (let done = 0; done < bytes.length;) done += (await file.write(bytes, done)).bytesWritten;
      },
      close: () => file.close(),
    };
  },
});
