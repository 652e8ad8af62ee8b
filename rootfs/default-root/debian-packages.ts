/**
 * Debian packages by the system's own client: `apt-get download` into a folder, unpacked by `dpkg-deb` into a tar stream.
 * The client checks signatures and knows where packages come from; this code names no host.
 */
import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MemorySource } from '../byte-source.ts';
import { readTar } from '../tar/tar-reader.ts';
import type { TarEntry } from '../tar/tar-format.ts';

export class PackageError extends Error {
  override name = 'PackageError';
}

/** The members of the packages' data archives, in order. `folder` must exist; it receives the downloads. */
export async function fetchPackages(packages: readonly string[], folder: string): Promise<TarEntry[]> {
  // amd64 by name: the host may be another architecture.
  const qualified = packages.map((name) => `${name}:amd64`);
  const first = await tryDownload(qualified, folder);
  if (first !== undefined) {
    // A fresh machine has no package lists yet.
    await run('apt-get', ['update', '-q'], folder).catch(() => undefined);
    const second = await tryDownload(qualified, folder);
    if (second !== undefined) throw second;
  }
  const archives = (await readdir(folder)).filter((name) => name.endsWith('.deb')).toSorted();
  const entries: TarEntry[] = [];
  for (const archive of archives) {
    const data = await run('dpkg-deb', ['--fsys-tarfile', join(folder, archive)], folder);
    entries.push(...readTar(new MemorySource(data)));
  }
  return entries;
}

async function tryDownload(packages: readonly string[], folder: string): Promise<Error | undefined> {
  try {
    await run('apt-get', ['download', '-q', ...packages], folder);
    return undefined;
  } catch (failure) {
    return failure as Error;
  }
}

/** Standard output of a command; rejects with its words and the end of its standard error. */
function run(program: string, args: readonly string[], cwd: string): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(-2000)));
    child.on('error', () => reject(new PackageError(`${program} is not on this machine`)));
    child.on('close', (status) => {
      if (status === 0) resolve(Buffer.concat(output));
      else reject(new PackageError(`${program} ${args.join(' ')} failed (status ${status}): ${complaint.trim()}`));
    });
  });
}
