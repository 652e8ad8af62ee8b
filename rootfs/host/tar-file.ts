/** Writes a tar archive into a file of the host. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { TarEntry } from '../tar/tar-format.ts';
import { archiveParts } from '../tar/tar-writer.ts';

/** As writeTar, a piece at a time. */
export function writeTarFile(path: string, entries: Iterable<TarEntry>): void {
  const descriptor = openSync(path, 'w');
  try {
    for (const part of archiveParts(entries)) writeFully(descriptor, part);
  } finally {
    closeSync(descriptor);
  }
}

function writeFully(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}
