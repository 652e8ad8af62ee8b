/**
 * Debian packages by the system's own client: apt-get resolves and downloads, dpkg-deb unpacks into tar streams. The client checks
 * signatures and knows where packages come from; this code names no host.
 */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FileSource } from '../host/file-source.ts';
import { cacheFolder } from '../cache-folder.ts';
import { noProgress, type Progress } from '../progress.ts';
import type { TarEntry } from '../tar/tar-format.ts';
import { readTar } from '../tar/tar-reader.ts';

export class PackageError extends Error {
  override name = 'PackageError';
}

/** The two archives inside a package: what maintains it, and what it installs. */
export interface PackageContents {
  readonly control: readonly TarEntry[];
  readonly data: readonly TarEntry[];
}

/** Which other packages come along with those asked for. */
export type Closure = 'none' | 'dependencies';

/** Works in `folder`, which must exist and be there as long as contents are read. */
export class PackageClient {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Contents of the packages in the order in which they can be installed. Downloads are kept in the cache. */
  async fetch(
    packages: readonly string[],
    closure: Closure,
    progress: Progress = noProgress,
  ): Promise<PackageContents[]> {
    const archives = join(cacheFolder(), 'debian');
    await mkdir(join(archives, 'partial'), { recursive: true });
    const paths = closure === 'none' ? await this.#download(packages) : await this.#downloadAll(packages, archives);
    const contents: PackageContents[] = [];
    for (const path of paths) {
      contents.push(await this.#open(path, contents.length));
      progress(`unpacking ${basename(path)}`, contents.length, paths.length);
    }
    return contents;
  }

  async #download(packages: readonly string[]): Promise<string[]> {
    const folder = await mkdtemp(join(this.#folder, 'download-'));
    // apt-get drops its privileges for downloads and still must write here.
    await chmod(folder, 0o777);
    await chmod(this.#folder, 0o755);
    // amd64 by name: the host may be another architecture.
    const words = ['download', '-q', ...packages.map((name) => `${name}:amd64`)];
    await withPackageLists(() => output('apt-get', words, folder));
    const names = await output('ls', [], folder);
    return names.split('\n').flatMap((name) => (name.endsWith('.deb') ? [join(folder, name)] : []));
  }

  /** As for an empty system: what apt would install there. */
  async #downloadAll(packages: readonly string[], archives: string): Promise<string[]> {
    const status = join(this.#folder, 'status');
    await writeFile(status, '');
    await mkdir(join(this.#folder, 'none', 'partial'), { recursive: true });
    const settings = {
      'Dir::State::status': status,
      'APT::Architecture': 'amd64',
      'APT::Install-Recommends': 'false',
      'APT::Sandbox::User': '',
      'Debug::NoLocking': '1',
    };
    const apt = (cache: string, ...words: string[]): Promise<string> => {
      const all = { ...settings, 'Dir::Cache::archives': cache };
      const options = Object.entries(all).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
      return output('apt-get', ['-qq', '-y', ...options, ...words, 'install', ...packages], this.#folder);
    };
    // With an empty cache the list is complete: 'URI' NAME SIZE HASH.
    const list = await withPackageLists(() => apt(join(this.#folder, 'none'), '--print-uris'));
    await apt(archives, '--download-only');
    return list.split('\n').flatMap((line) => {
      const name = /^'[^']*' (\S+\.deb) /.exec(line)?.[1];
      return name === undefined ? [] : [join(archives, name)];
    });
  }

  async #open(path: string, index: number): Promise<PackageContents> {
    const member = async (option: string): Promise<TarEntry[]> => {
      const archive = join(this.#folder, `${index}${option}`);
      await run('dpkg-deb', [option, path], this.#folder, archive);
      return [...readTar(new FileSource(archive))];
    };
    return { control: await member('--ctrl-tarfile'), data: await member('--fsys-tarfile') };
  }
}

/** Runs `work` with a client in a folder of its own, which goes afterwards. */
export async function withPackageClient<T>(work: (client: PackageClient, folder: string) => Promise<T>): Promise<T> {
  const base = cacheFolder();
  await mkdir(base, { recursive: true });
  const folder = await mkdtemp(join(base, 'making-'));
  try {
    return await work(new PackageClient(folder), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A fresh machine has no package lists yet: once more after fetching them. */
async function withPackageLists<T>(attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch {
    await output('apt-get', ['update', '-q'], '.').catch(() => undefined);
    return attempt();
  }
}

/** Standard output of a command; rejects with its words and the end of its standard error. */
function output(program: string, args: readonly string[], cwd: string): Promise<string> {
  return run(program, args, cwd, undefined);
}

async function run(program: string, args: readonly string[], cwd: string, file: string | undefined): Promise<string> {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  const parts: Buffer[] = [];
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', () => reject(new PackageError(`${program} is not on this machine`)));
    child.on('close', resolve);
  });
  if (file === undefined) child.stdout.on('data', (chunk: Buffer) => parts.push(chunk));
  const [status] = await Promise.all([
    ended,
    file === undefined ? undefined : pipeline(child.stdout, createWriteStream(file)),
  ]);
  if (status !== 0) {
    throw new PackageError(`${program} ${args.join(' ')} failed (status ${status}): ${complaint.trim()}`);
  }
  return Buffer.concat(parts).toString();
}
