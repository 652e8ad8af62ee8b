/** What earlier starts left, read piece by piece: a start needs little of it. */
export interface ArchiveSource {
  readonly sizeBytes: number;
  /** A copy at a multiple of four of its buffer; shorter where the source ends or can't be read. */
  read(position: number, lengthBytes: number): Uint8Array<ArrayBuffer>;
}

/** Little-endian words from there on; undefined when they are not all there. */
export function wordsAt(source: ArchiveSource, position: number, count: number): Uint32Array<ArrayBuffer> | undefined {
  const bytes = source.read(position, 4 * count);
  return bytes.length === 4 * count ? new Uint32Array(bytes.buffer, bytes.byteOffset, count) : undefined;
}
