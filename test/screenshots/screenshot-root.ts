/** The Debian root of the pictures: a few interactive programs, unpacked into the cache once, not configured. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../rootfs/cache-folder.ts';
import { rootEntries } from '../../rootfs/debian/debian-root.ts';
import { withPackageClient } from '../../rootfs/debian/package-client.ts';
import { unpackTree } from '../../rootfs/host/unpack-tree.ts';
import { ArchiveServer } from '../../rootfs/tar/archive-server.ts';
import { treeEntries } from '../../rootfs/tar/tree-entries.ts';
import { FILES } from './scenes.ts';

/** To be raised when the packages change. */
const VERSION = 1;
const PACKAGES =
  'base-files base-passwd bash coreutils dash grep htop libc-bin ncurses-base procps sed tmux vim vim-runtime'.split(
    ' ',
  );

/** The folder; fetched with the system's package client when it is not there. */
export async function ensureScreenshotRoot(): Promise<string> {
  const folder = join(cacheFolder(), `screenshot-root-v${VERSION}`);
  if (!existsSync(folder)) {
    await withPackageClient(async (client, making) => {
      const entries = rootEntries(await client.fetch(PACKAGES, 'dependencies'));
      const unpacked = join(making, 'root');
      unpackTree([...treeEntries(new ArchiveServer([entries], { deviceId: 1 }).root)], unpacked);
      renameSync(unpacked, folder);
    });
  }
  for (const [path, text] of Object.entries(FILES)) writeFileSync(join(folder, path), text);
  return folder;
}
