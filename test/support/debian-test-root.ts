/**
 * A small Debian root whose programs run natively as well: unpacked once into the cache, not configured. Its files stay as they are; who runs
 * in it writes below its /tmp only.
 */
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../rootfs/cache-folder.ts';
import { rootEntries } from '../../rootfs/debian/debian-root.ts';
import { withPackageClient } from '../../rootfs/debian/package-client.ts';
import { unpackTree } from '../../rootfs/host/unpack-tree.ts';
import { ArchiveServer } from '../../rootfs/tar/archive-server.ts';
import { treeEntries } from '../../rootfs/tar/tree-entries.ts';

/** To be raised when the packages change. */
const VERSION = 1;
const PACKAGES =
  'base-files base-passwd bash bzip2 coreutils dash diffutils findutils gawk grep gzip perl-base sed tar xz-utils'.split(
    ' ',
  );

/** The folder; fetches and makes it when it is not there. */
export async function ensureDebianTestRoot(): Promise<string> {
  const folder = join(cacheFolder(), `debian-test-root-v${VERSION}`);
  if (existsSync(folder)) return folder;
  await withPackageClient(async (client, making) => {
    const entries = rootEntries(await client.fetch(PACKAGES, 'dependencies'));
    const unpacked = join(making, 'root');
    // Through a tree: of two members with one path the later counts.
    unpackTree([...treeEntries(new ArchiveServer([entries], { deviceId: 1 }).root)], unpacked);
    putInPlace(unpacked, folder);
  });
  return folder;
}

/** Another test process may have been quicker. */
function putInPlace(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (failure) {
    if (!existsSync(to)) throw failure;
    rmSync(from, { recursive: true, force: true });
  }
}
