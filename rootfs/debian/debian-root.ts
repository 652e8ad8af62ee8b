/**
 * A Debian root from packages: their files, /usr merged, and dpkg's database in the state "unpacked". Maintainer scripts have not
 * run; `configureCommand` is the guest command that makes dpkg run them, inside k42.
 */
import { bytesOf } from '../byte-source.ts';
import { noProgress, type Progress } from '../progress.ts';
import type { TarEntry } from '../tar/tar-format.ts';
import { makeEntry } from '../default-root/base-files.ts';
import { databaseEntries } from './package-database.ts';
import type { PackageClient, PackageContents } from './package-client.ts';

/** What every Debian system has, and the mark of a merged /usr where it is a package. Source: apt-patterns(7). */
const BASE = ['?essential', '?exact-name(usr-is-merged)'];
const MERGED = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];
const USER_ID = 1000;
const POLICY = 'usr/sbin/policy-rc.d';

/** The system accounts that base-passwd keeps, as its package ships them. */
const ACCOUNT_FILES = ['passwd', 'group'] as const;
const USER_LINES = { passwd: 'user:x:1000:1000:user:/home/user:/bin/bash\n', group: 'user:x:1000:\n' };

/** Members for one archive; of two with the same path the later counts. Their contents are read from `client`'s folder. */
export async function debianEntries(
  client: PackageClient,
  packages: readonly string[],
  progress: Progress = noProgress,
): Promise<TarEntry[]> {
  return rootEntries(await client.fetch([...BASE, ...packages], 'dependencies', progress));
}

export function rootEntries(packages: readonly PackageContents[]): TarEntry[] {
  return [...skeleton(), ...unpacked(packages), ...awk(packages), ...accounts(packages), ...databaseEntries(packages)];
}

/** Runs in the guest as root; ends with status 0 when every package is configured. */
export const configureCommand: readonly string[] = ['dpkg', '--configure', '-a', '--force-confold'];

export const configureEnvironment: Readonly<Record<string, string>> = {
  DEBIAN_FRONTEND: 'noninteractive',
  DEBCONF_NONINTERACTIVE_SEEN: 'true',
  LC_ALL: 'C.UTF-8',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
};

/** Whether a file belongs into the finished root: not what only configuring needed. */
export function belongsToRoot(path: string): boolean {
  return path !== POLICY && !path.endsWith('.dpkg-old') && !/^var\/(cache|log)\/.*[^/]\.(log|bin)$/.test(path);
}

function skeleton(): TarEntry[] {
  return [
    ...MERGED.flatMap((name) => [
      makeEntry('directory', `usr/${name}`),
      makeEntry('symlink', name, { target: `usr/${name}` }),
    ]),
    ...['dev', 'proc', 'sys', 'run', 'mnt'].map((name) => makeEntry('directory', name)),
    makeEntry('directory', 'tmp', { permissions: 0o1777 }),
    makeEntry('directory', 'home/user', { owner: USER_ID }),
    makeEntry('file', 'etc/hostname', { content: 'k42\n' }),
    makeEntry('file', 'etc/hosts', { content: '127.0.0.1\tlocalhost k42\n::1\tlocalhost ip6-localhost\n' }),
    makeEntry('file', 'etc/resolv.conf'),
    // No service is started while packages are configured. Source: invoke-rc.d(8), policy-rc.d.
    makeEntry('file', POLICY, { content: '#!/bin/sh\nexit 101\n', permissions: 0o755 }),
  ];
}

function unpacked(packages: readonly PackageContents[]): TarEntry[] {
  return packages.flatMap(({ data }) => data.flatMap((entry) => mergedEntry(entry)));
}

/** `bin/x` is `usr/bin/x`; the directory `bin` itself is the link of the skeleton. */
function mergedEntry(entry: TarEntry): TarEntry[] {
  const path = mergedPath(entry.path);
  if (MERGED.includes(entry.path)) return [];
  return [{ ...entry, path, target: entry.kind === 'hardlink' ? mergedPath(entry.target) : entry.target }];
}

function mergedPath(path: string): string {
  return MERGED.includes(path.slice(0, path.indexOf('/'))) ? `usr/${path}` : path;
}

/** Scripts take it for granted, in whatever order packages are configured: its package makes the proper link then, as an alternative. */
function awk(packages: readonly PackageContents[]): TarEntry[] {
  const programs = packages.flatMap(({ data }) => data.map(({ path }) => /^usr\/bin\/([gm]awk)$/.exec(path)?.[1]));
  const target = programs.find((name) => name !== undefined);
  return target === undefined ? [] : [makeEntry('symlink', 'usr/bin/awk', { target })];
}

function accounts(packages: readonly PackageContents[]): TarEntry[] {
  const files = new Map(packages.flatMap(({ data }) => data.map((entry) => [entry.path, entry])));
  return ACCOUNT_FILES.flatMap((name) => {
    const master = files.get(`usr/share/base-passwd/${name}.master`);
    if (master === undefined) return [];
    const text = Buffer.from(bytesOf(master.content)).toString('latin1');
    return [makeEntry('file', `etc/${name}`, { content: text + USER_LINES[name] })];
  });
}
