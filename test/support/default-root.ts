/** The default root for tests and benchmarks: its archive, and its programs unpacked for native runs. */
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bytesOf } from '../../rootfs/byte-source.ts';
import { FileSource } from '../../rootfs/host/file-source.ts';
import { cacheFolder } from '../../rootfs/cache-folder.ts';
import { ensureDefaultRoot as ensure } from '../../rootfs/default-root/default-root.ts';
import { readTar } from '../../rootfs/tar/tar-reader.ts';

const PROGRAMS = ['bin/busybox', 'bin/bash-static'];

/** Path of the archive; fetches and makes it when needed. */
export function ensureDefaultRoot(): Promise<string> {
  return ensure((text) => process.stderr.write(`${text}\n`));
}

/** A host folder with the root's real programs under bin/, for running them natively. */
export async function defaultRootFolder(): Promise<string> {
  const archive = await ensureDefaultRoot();
  const folder = join(cacheFolder(), 'native');
  for (const entry of readTar(new FileSource(archive))) {
    const path = join(folder, entry.path);
    if (!PROGRAMS.includes(entry.path) || existsSync(path)) continue;
    mkdirSync(dirname(path), { recursive: true });
    const partial = `${path}.${process.pid}`;
    writeFileSync(partial, bytesOf(entry.content), { mode: 0o755 });
    renameSync(partial, path);
  }
  return folder;
}
