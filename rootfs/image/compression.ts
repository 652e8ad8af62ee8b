/**
 * Compressed archives: unpacked once into the cache, then read in place like any other. gzip is Node's; xz, and zstd where Node is too
 * old for it, are done by the commands of that name.
 */
import { spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import { FileSource, type ByteSource } from '../byte-source.ts';
import { cacheFolder } from '../cache-folder.ts';

export class CompressionError extends Error {
  override name = 'CompressionError';
}

interface Format {
  readonly name: string;
  readonly magic: readonly number[];
}

/** Source: RFC 1952; xz-file-format 1.1; RFC 8878. */
const FORMATS: readonly Format[] = [
  { name: 'gzip', magic: [0x1f, 0x8b] },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00] },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd] },
];
const LONGEST_MAGIC = 6;
const COPY_SIZE = 1024 * 1024;

/** The bytes that a source holds when it is compressed, else the source itself. `key` names the content in the cache. */
export async function uncompressed(source: ByteSource, key: string): Promise<ByteSource> {
  const start = new Uint8Array(LONGEST_MAGIC);
  source.read(0, start);
  const format = FORMATS.find(({ magic }) => magic.every((byte, i) => start[i] === byte));
  if (format === undefined) return source;
  const folder = join(cacheFolder(), 'unpacked');
  const path = join(folder, key);
  if (!existsSync(path)) {
    await mkdir(folder, { recursive: true });
    await unpack(source, format, path);
  }
  return new FileSource(path);
}

/** Two who unpack the same at once do no harm: the last rename wins. */
async function unpack(source: ByteSource, format: Format, path: string): Promise<void> {
  const partial = `${path}.${process.pid}`;
  try {
    await pipeline(Readable.from(pieces(source)), decompressor(format), createWriteStream(partial));
    await rename(partial, path);
  } catch (failure) {
    throw new CompressionError(`can't unpack ${format.name} data: ${(failure as Error).message}`, { cause: failure });
  } finally {
    await rm(partial, { force: true });
  }
}

function* pieces(source: ByteSource): Generator<Uint8Array> {
  for (let done = 0; done < source.sizeBytes;) {
    const piece = new Uint8Array(Math.min(COPY_SIZE, source.sizeBytes - done));
    const count = source.read(done, piece);
    if (count === 0) return;
    yield piece.subarray(0, count);
    done += count;
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
