import type { ArchiveSource } from './archive-source.ts';

/** An archive as it was just made. */
export class MemoryArchive implements ArchiveSource {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  read(position: number, lengthBytes: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(position, position + lengthBytes);
  }
}
