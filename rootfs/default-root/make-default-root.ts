/**
 * The default root: Debian's busybox-static and bash-static, an applet link for every name busybox knows, and the base files.
 * Made once, as one tar archive in a cache outside the repository; two makers at once do no harm, the last rename wins.
 */
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesOf } from '../byte-source.ts';
import { PackageError, withPackageClient } from '../debian/package-client.ts';
import type { TarEntry } from '../tar/tar-format.ts';
import { writeTarFile } from '../host/tar-file.ts';
import { baseEntries, makeEntry } from './base-files.ts';
import { appletNames } from './busybox-applets.ts';

const PACKAGES = ['busybox-static', 'bash-static'];

/** Writes the archive; `note` hears of the long steps. */
export async function makeDefaultRoot(archive: string, note: (text: string) => void): Promise<void> {
  try {
    note(`fetching ${PACKAGES.join(' and ')} with the system's package client …`);
    await withPackageClient(async (client, work) => {
      const packages = await client.fetch(PACKAGES, 'none');
      const made = join(work, 'root.tar');
      writeTarFile(made, rootEntries(packages.flatMap(({ data }) => data)));
      await rename(made, archive);
    });
  } catch (failure) {
    if (!(failure instanceof PackageError)) throw failure;
    throw new Error(
      `the default root needs Debian's packages ${PACKAGES.join(' and ')}: ${failure.message}\n` +
        'Give a root file system of your own instead: --rootfs DIR or --rootfs ARCHIVE.tar',
      { cause: failure },
    );
  }
}

/** Base files, what the packages put under /bin, and the links. */
export function rootEntries(packaged: readonly TarEntry[]): TarEntry[] {
  const programs = packaged.filter((entry) => entry.kind !== 'directory' && /^(usr\/)?bin\//.test(entry.path));
  const binaries = programs.map((entry) => ({ ...entry, path: entry.path.replace(/^usr\//, ''), owner: 0, group: 0 }));
  const busybox = binaries.find((entry) => entry.path === 'bin/busybox');
  if (busybox === undefined) throw new PackageError('the package busybox-static has no bin/busybox');
  const taken = new Set(binaries.map((entry) => entry.path));
  const links: TarEntry[] = [];
  const link = (path: string, target: string): void => {
    if (taken.has(path)) return;
    taken.add(path);
    links.push(makeEntry('symlink', path, { target }));
  };
  link('bin/bash', 'bash-static');
  for (const applet of appletNames(bytesOf(busybox.content))) link(`bin/${applet}`, 'busybox');
  link('usr/bin/env', '../../bin/busybox');
  return [...baseEntries(), ...binaries, ...links];
}
