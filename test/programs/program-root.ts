/** The Debian root of the real-program suite: built once with `k42 rootfs build`, kept in the cache. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../../rootfs/cache-folder.ts';
import { k42Command } from '../e2e/person.ts';

/** To be raised when the packages change. */
const VERSION = 2;
const PACKAGES =
  'busybox bzip2 gawk gcc git libc6-dev libpython3.11-testsuite netbase nginx-light perl postgresql procps python3 redis-server redis-tools sqlite3 xz-utils zsh'.split(
    ' ',
  );

/** Folders of the host that scripts see, by their place in the root. */
export const VOLUMES: Readonly<Record<string, string>> = {
  '/mnt/scripts': join(import.meta.dirname, 'scripts'),
  '/mnt/esbuild': join(import.meta.dirname, '../../node_modules/@esbuild/linux-x64/bin'),
};

/** The folder; making it takes some minutes and a gigabyte. */
export function ensureProgramRoot(): string {
  const folder = join(cacheFolder(), `programs-root-v${VERSION}`);
  if (existsSync(folder)) return folder;
  const partial = `${folder}.${process.pid}`;
  const [node, script] = k42Command;
  const words = [script, 'rootfs', 'build', 'debian', '--packages', PACKAGES.join(','), '-o', partial];
  const { status } = spawnSync(node, words, { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`building the root failed with status ${status}`);
  for (const place of Object.keys(VOLUMES)) mkdirSync(join(partial, place), { recursive: true });
  renameSync(partial, folder);
  return folder;
}
