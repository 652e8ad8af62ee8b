/** Unpacks a compressed archive into the cache. gzip is Node's; xz, and zstd where Node is too old for it, are done by the commands of that name. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import type { ByteSource } from '../byte-source.ts';
import { FileSource } from '../host/file-source.ts';
import { cacheFolder } from '../cache-folder.ts';
import type { Progress } from '../progress.ts';
import type { Format } from './compression.ts';

export class CompressionError extends Error {
  override name = 'CompressionError';
}

const COPY_SIZE = 1024 * 1024;

export async function unpacked(
  source: ByteSource,
  format: Format,
  identity: string,
  progress: Progress,
): Promise<ByteSource> {
  const folder = join(cacheFolder(), 'unpacked');
  const path = join(folder, createHash('sha256').update(identity).digest('hex'));
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    await unpack(source, format, path, progress);
  }
  return new FileSource(path);
}

/** Two who unpack the same at once do no harm: the last rename wins. */
async function unpack(source: ByteSource, format: Format, path: string, progress: Progress): Promise<void> {
  const partial = `${path}.${process.pid}`;
  try {
    await pipeline(
      Readable.from(pieces(source, (done) => progress(`unpacking ${format.name} data`, done, source.sizeBytes))),
      decompressor(format),
      createWriteStream(partial),
    );
    await rename(partial, path);
  } catch (failure) {
    throw new CompressionError(`can't unpack ${format.name} data: ${(failure as Error).message}`, { cause: failure });
  } finally {
    await rm(partial, { force: true });
  }
}

function* pieces(source: ByteSource, progress: (doneBytes: number) => void): Generator<Uint8Array> {
  for (let done = 0; done < source.sizeBytes;) {
    const piece = new Uint8Array(Math.min(COPY_SIZE, source.sizeBytes - done));
    const count = source.read(done, piece);
    if (count === 0) return;
    yield piece.subarray(0, count);
    done += count;
    progress(done);
  }
}

function decompressor(format: Format): Duplex | ((input: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>) {
  if (format.name === 'gzip') return zlib.createGunzip();
  const zstd = (zlib as { createZstdDecompress?: () => Duplex }).createZstdDecompress;
  if (format.name === 'zstd' && zstd !== undefined) return zstd();
  return (input) => throughCommand(format.name, input);
}

async function* throughCommand(name: string, input: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const child = spawn(name, ['-dc'], { stdio: ['pipe', 'pipe', 'pipe'] });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', () => reject(new Error(`the command ${name} is not on this machine`)));
    child.on('close', resolve);
  });
  // The command's own word about a broken pipe counts, not ours.
  const fed = pipeline(Readable.from(input), child.stdin).catch(() => undefined);
  const output = child.stdout[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([output.next(), ended.then(() => output.next())]);
    if (next.done === true) break;
    yield next.value as Uint8Array;
  }
  await fed;
  if ((await ended) !== 0) throw new Error(complaint.trim() || `${name} failed`);
}
