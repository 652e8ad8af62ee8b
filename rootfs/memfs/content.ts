/**
 * The bytes of a regular file in memory. Small files lie in the memfs inode's own buffer; that buffer doubles as it grows and
 * has no holes, so a file that outgrows SMALL_LIMIT moves to a list of chunks: appending is linear, nothing is
 * copied twice, holes cost nothing, and a file of a tebibyte with one byte at its end is possible.
 */
import { Status } from '../../kernel/status.ts';
import type { CoreNode } from './core.ts';
import type { Storage } from './storage.ts';

export const SMALL_LIMIT = 64 * 1024;
const CHUNK_SIZE = 256 * 1024;
/** Largest file: beyond it positions are no longer exact in a chunk list of sane length. */
export const SIZE_LIMIT = 2 ** 43;

/** What a content can be read through to before its first change: the same file in a lower layer. */
export interface BaseContent {
  read(position: number, into: Uint8Array): number;
}

export class Content {
  readonly #core: CoreNode;
  readonly #storage: Storage;
  #base: BaseContent | undefined;
  #chunks: Map<number, Uint8Array> | undefined;
  #sizeBytes: number;
  #allocatedBytes = 0;
  #returned = false;

  constructor(core: CoreNode, storage: Storage, base: BaseContent | undefined, sizeBytes: number) {
    this.#core = core;
    this.#storage = storage;
    this.#base = base;
    this.#sizeBytes = sizeBytes;
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  get blocks512(): number {
    if (this.#base !== undefined) return Math.ceil(this.#sizeBytes / 4096) * 8;
    return this.#chunks === undefined ? Math.ceil(this.#sizeBytes / 4096) * 8 : Math.ceil(this.#allocatedBytes / 512);
  }

  read(position: number, into: Uint8Array): number {
    const count = Math.min(into.length, this.#sizeBytes - position);
    if (count <= 0) return 0;
    if (this.#base !== undefined)
      return this.#base.read(position, count === into.length ? into : into.subarray(0, count));
    if (this.#chunks === undefined) {
      into.set(this.#core.buf.subarray(position, position + count));
      return count;
    }
    this.#eachChunk(position, count, (index, from, to, offset) => {
      const chunk = this.#chunks!.get(index);
      if (chunk === undefined) into.fill(0, offset, offset + to - from);
      else into.set(chunk.subarray(from, to), offset);
    });
    return count;
  }

  /** Bytes written: fewer than asked when the storage ends, NoSpace when nothing fits. */
  write(position: number, from: Uint8Array): number {
    if (from.length === 0) return 0;
    if (position >= SIZE_LIMIT) return Status.TooLarge;
    const length = Math.min(from.length, SIZE_LIMIT - position);
    if (!this.#ownBytes()) return Status.NoSpace;
    const end = position + length;
    if (this.#chunks === undefined) {
      if (end <= SMALL_LIMIT) return this.#writeSmall(position, from);
      if (!this.#moveToChunks()) return Status.NoSpace;
    }
    const written = this.#writeChunks(position, length === from.length ? from : from.subarray(0, length));
    if (written === 0) return Status.NoSpace;
    this.#sizeBytes = Math.max(this.#sizeBytes, position + written);
    return written;
  }

  resize(sizeBytes: number): Status {
    if (sizeBytes === this.#sizeBytes) return Status.Ok;
    if (sizeBytes > SIZE_LIMIT) return Status.TooLarge;
    if (sizeBytes === 0) this.#empty();
    else if (!this.#ownBytes()) return Status.NoSpace;
    else if (this.#chunks === undefined && sizeBytes <= SMALL_LIMIT) {
      if (!this.#allocateSmall(sizeBytes)) return Status.NoSpace;
      this.#core.truncate(sizeBytes);
    } else {
      if (this.#chunks === undefined && !this.#moveToChunks()) return Status.NoSpace;
      if (sizeBytes < this.#sizeBytes) this.#cutChunks(sizeBytes);
    }
    this.#sizeBytes = sizeBytes;
    return Status.Ok;
  }

  /** The file is gone (no name, no holder): its storage counts no more. */
  returnStorage(): void {
    if (!this.#returned) this.#storage.giveBack(this.#allocatedBytes);
    this.#returned = true;
  }

  #account(bytes: number): boolean {
    if (bytes > 0 && !this.#returned && !this.#storage.take(bytes)) return false;
    if (bytes < 0 && !this.#returned) this.#storage.giveBack(-bytes);
    this.#allocatedBytes += bytes;
    return true;
  }

  #allocateSmall(sizeBytes: number): boolean {
    return (
      sizeBytes <= this.#allocatedBytes || this.#account(Math.ceil(sizeBytes / 4096) * 4096 - this.#allocatedBytes)
    );
  }

  #writeSmall(position: number, from: Uint8Array): number {
    const end = position + from.length;
    if (!this.#allocateSmall(end)) return Status.NoSpace;
    this.#core.write(Buffer.from(from.buffer, from.byteOffset, from.length), 0, from.length, position);
    this.#sizeBytes = Math.max(this.#sizeBytes, end);
    return from.length;
  }

  #empty(): void {
    this.#base = undefined;
    this.#chunks = undefined;
    this.#core.truncate(0);
    this.#account(-this.#allocatedBytes);
  }

  /** Copies up from the lower layer before the first change. */
  #ownBytes(): boolean {
    const base = this.#base;
    if (base === undefined) return true;
    const size = this.#sizeBytes;
    if (size > this.#storage.limitBytes - this.#storage.usedBytes) return false;
    this.#base = undefined;
    this.#sizeBytes = 0;
    const buffer = new Uint8Array(Math.min(size, CHUNK_SIZE));
    for (let position = 0; position < size;) {
      const count = base.read(position, buffer.subarray(0, Math.min(buffer.length, size - position)));
      if (count <= 0) break;
      this.write(position, buffer.subarray(0, count));
      position += count;
    }
    return true;
  }

  #moveToChunks(): boolean {
    const size = this.#sizeBytes;
    const bytes = Uint8Array.from(this.#core.buf.subarray(0, size));
    this.#account(-this.#allocatedBytes);
    this.#chunks = new Map();
    if (size > 0 && this.#writeChunks(0, bytes) < size) {
      this.#chunks = undefined;
      this.#account(Math.ceil(size / 4096) * 4096);
      return false;
    }
    this.#core.truncate(0);
    return true;
  }

  #writeChunks(position: number, from: Uint8Array): number {
    let written = 0;
    while (written < from.length) {
      const at = position + written;
      const index = Math.floor(at / CHUNK_SIZE);
      const offset = at - index * CHUNK_SIZE;
      const chunk = this.#chunkAt(index);
      if (chunk === undefined) break;
      const count = Math.min(CHUNK_SIZE - offset, from.length - written);
      chunk.set(from.subarray(written, written + count), offset);
      written += count;
    }
    return written;
  }

  #chunkAt(index: number): Uint8Array | undefined {
    let chunk = this.#chunks!.get(index);
    if (chunk !== undefined) return chunk;
    if (!this.#account(CHUNK_SIZE)) return undefined;
    chunk = new Uint8Array(CHUNK_SIZE);
    this.#chunks!.set(index, chunk);
    return chunk;
  }

  #cutChunks(sizeBytes: number): void {
    const last = Math.ceil(sizeBytes / CHUNK_SIZE);
    for (const index of this.#chunks!.keys()) {
      if (index < last) continue;
      this.#chunks!.delete(index);
      this.#account(-CHUNK_SIZE);
    }
    this.#chunks!.get(last - 1)?.fill(0, sizeBytes - (last - 1) * CHUNK_SIZE);
  }

  #eachChunk(
    position: number,
    count: number,
    visit: (index: number, from: number, to: number, offset: number) => void,
  ): void {
    for (let done = 0; done < count;) {
      const index = Math.floor((position + done) / CHUNK_SIZE);
      const from = position + done - index * CHUNK_SIZE;
      const to = Math.min(CHUNK_SIZE, from + count - done);
      visit(index, from, to, done);
      done += to - from;
    }
  }
}
