/** `k42 rootfs build debian`: a root from Debian's packages, configured by their own scripts inside k42. */
import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeAt } from '../linuxabi/fs/mount.ts';
import { withPackageClient } from '../rootfs/debian/package-client.ts';
import { belongsToRoot, configureCommand, configureEnvironment, debianEntries } from '../rootfs/debian/debian-root.ts';
import { unpackTree } from '../rootfs/host/unpack-tree.ts';
import type { TarEntry } from '../rootfs/tar/tar-format.ts';
import { writeTarFile } from '../rootfs/host/tar-file.ts';
import { treeEntries } from '../rootfs/tar/tree-entries.ts';
import { parseOptions, UsageError, type OptionRule } from './options.ts';
import { parseRun } from './run-options.ts';
import { openRoot } from './host-trees.ts';
import { note } from './note.ts';
import { progressBar } from './progress-bar.ts';
import { Session } from './session.ts';

export const rootfsRules: readonly OptionRule[] = [
  {
    long: 'packages',
    value: 'A,B,C',
    repeatable: true,
    help: 'packages, with what they depend on, besides the essential ones',
  },
  { long: 'output', short: 'o', value: 'DIR|TAR', help: 'where to make it: a new folder, or a name that ends in .tar' },
  { long: 'unconfigured', help: 'do not run the packages’ scripts' },
];

export async function rootfs(words: readonly string[]): Promise<number> {
  const [action, kind, ...rest] = words;
  if (action?.startsWith('-')) parseOptions(rootfsRules, words);
  if (action !== 'build' || kind !== 'debian')
    throw new UsageError('usage: k42 rootfs build debian [--packages A,B] -o DIR|TAR');
  const parsed = parseOptions(rootfsRules, rest);
  const output = parsed.value('output');
  if (output === undefined || parsed.rest.length > 0)
    throw new UsageError('say where to make it: -o DIR or -o NAME.tar');
  if (existsSync(output)) throw new UsageError(`${output} is already there`);
  const packages = parsed.values('packages').flatMap((list) => list.split(',').filter((name) => name !== ''));
  return withPackageClient(async (client, folder) => {
    note('fetching packages with the system’s package client …');
    const unconfigured = join(folder, 'unconfigured.tar');
    writeTarFile(unconfigured, await debianEntries(client, packages, progressBar()));
    if (!parsed.has('unconfigured')) return configure(unconfigured, output);
    const { system } = await openRoot(unconfigured, note);
    await write(treeEntries(nodeAt(system.root)), output);
    return 0;
  });
}

/** Boots the root, lets dpkg configure its packages, and writes what came of it. */
async function configure(archive: string, output: string): Promise<number> {
  note('configuring packages …');
  const { session: options } = parseRun(['--no-tty', '-w', '/']);
  const { system } = await openRoot(archive, note);
  const session = await Session.open(options, system);
  const status = await session.run({
    name: '/usr/bin/dpkg',
    argv: configureCommand,
    environment: configureEnvironment,
  });
  if (status !== 0) note(`dpkg ended with status ${status}: some packages are not configured`);
  await write(treeEntries(nodeAt(system.root)), output);
  return status;
}

async function write(tree: Iterable<TarEntry>, output: string): Promise<void> {
  note(`writing ${output} …`);
  const wanted = Array.from(tree).filter(({ path }) => belongsToRoot(path));
  if (!output.endsWith('.tar')) return unpackTree(wanted, output);
  const partial = `${output}.partial`;
  writeTarFile(partial, wanted);
  await rename(partial, output);
}
