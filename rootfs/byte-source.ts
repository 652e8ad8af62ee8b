/**
 * Bytes that need not be in memory: an archive, a member of it, a layer inside an image. Reading is synchronous, since file servers are. A file
 * of the host: host/file-source.ts.
 */

export interface ByteSource {
  readonly sizeBytes: number;
  /** Bytes copied from `position` on: fewer than asked only at the end. Throws when the host fails. */
  read(position: number, into: Uint8Array): number;
}

export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  read(position: number, into: Uint8Array): number {
    const part = this.#bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }
}

export const EMPTY_SOURCE: ByteSource = new MemorySource(new Uint8Array(0));

/** A stretch of another source. */
export class PartSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #whole: ByteSource;
  readonly #start: number;

  constructor(whole: ByteSource, start: number, sizeBytes: number) {
    this.#whole = whole;
    this.#start = start;
    this.sizeBytes = sizeBytes;
  }

  read(position: number, into: Uint8Array): number {
    const count = Math.max(0, Math.min(into.length, this.sizeBytes - position));
    return this.#whole.read(this.#start + position, count === into.length ? into : into.subarray(0, count));
  }
}

/** All of it, in memory. */
export function bytesOf(source: ByteSource): Uint8Array {
  const bytes = new Uint8Array(source.sizeBytes);
  return bytes.subarray(0, source.read(0, bytes));
}
