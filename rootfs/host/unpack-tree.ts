/**
 * Members of an archive as files of a new host folder. Names are those that readTar or a tree gave: none leads out of the folder. What
 * only root may do (owners, device nodes) is left out for others.
 */
import * as fs from 'node:fs';
import type { ByteSource } from '../byte-source.ts';
import type { TarEntry } from '../tar/tar-format.ts';
import { hostPath, hostTarget, type HostPath } from './host-path.ts';

const COPY_SIZE = 1024 * 1024;

export function unpackTree(entries: readonly TarEntry[], folder: string): void {
  fs.mkdirSync(folder);
  for (const entry of entries) unpack(entry, folder);
  // A folder's time changes with what is put into it: times come last.
  for (const entry of entries.toReversed()) if (entry.kind === 'directory') setTime(pathOf(entry, folder), entry);
}

function unpack(entry: TarEntry, folder: string): void {
  const path = pathOf(entry, folder);
  switch (entry.kind) {
    case 'directory':
      if (entry.path !== '') fs.mkdirSync(path);
      break;
    case 'symlink':
      fs.symlinkSync(hostTarget(entry.target), path);
      break;
    case 'hardlink':
      fs.linkSync(hostPath(folder, entry.target.split('/')), path);
      return;
    case 'file':
      copy(entry.content, path);
      break;
    default:
      // Node can't make device nodes and FIFOs; programs inside find theirs in /dev.
      return;
  }
  setOwner(path, entry);
  if (entry.kind === 'symlink') return;
  fs.chmodSync(path, entry.permissions);
  if (entry.kind === 'file') setTime(path, entry);
}

function copy(content: ByteSource, path: HostPath): void {
  const descriptor = fs.openSync(path, 'wx');
  try {
    const buffer = new Uint8Array(Math.min(COPY_SIZE, content.sizeBytes));
    for (let done = 0; done < content.sizeBytes;) {
      const count = content.read(done, buffer);
      if (count === 0) break;
      fs.writeSync(descriptor, buffer, 0, count);
      done += count;
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

function setOwner(path: HostPath, { owner, group }: TarEntry): void {
  if (process.getuid?.() === 0) fs.lchownSync(path, owner, group);
}

function setTime(path: HostPath, { modifiedNs }: TarEntry): void {
  const seconds = Number(modifiedNs) / 1e9;
  fs.utimesSync(path, seconds, seconds);
}

function pathOf({ path }: TarEntry, folder: string): HostPath {
  return hostPath(folder, path === '' ? [] : path.split('/'));
}
