/** Compressed archives: recognised here; unpacked once into the cache (unpack.ts), then read in place like any other. */
import type { ByteSource } from '../byte-source.ts';
import { noProgress, type Progress } from '../progress.ts';

export interface Format {
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

/** The bytes that a source holds when it is compressed, else the source itself. `identity` says which content it is, for the cache. */
export async function uncompressed(
  source: ByteSource,
  identity: string,
  progress: Progress = noProgress,
): Promise<ByteSource> {
  const start = new Uint8Array(LONGEST_MAGIC);
  source.read(0, start);
  const format = FORMATS.find(({ magic }) => magic.every((byte, i) => start[i] === byte));
  if (format === undefined) return source;
  const { unpacked } = await import('./unpack.ts');
  return unpacked(source, format, identity, progress);
}
