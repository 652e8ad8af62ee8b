/**
 * The bytes of a large or sparse file, in chunks. A chunk knows of each of its pages whether it was written, is only reserved
 * (counted as storage, reads as zeros), or is a hole: that is what SEEK_HOLE and a file's block count show.
 */
import type { StorageAccount } from './storage.ts';

export const PAGE = 4096;
const CHUNK_PAGES = 64;
const CHUNK_SIZE = CHUNK_PAGES * PAGE;

const PageState = { Hole: 0, Reserved: 1, Written: 2 } as const;

class Chunk {
  readonly bytes = new Uint8Array(CHUNK_SIZE);
  readonly states = new Uint8Array(CHUNK_PAGES);
}

/** Called for the part of each chunk that a range covers; offsets inside the chunk, and from the range's start. */
type Visit = (index: number, from: number, to: number, offset: number) => boolean | void;

export class SparseBytes {
  readonly #chunks = new Map<number, Chunk>();
  readonly #account: StorageAccount;
  #pages = 0;

  constructor(account: StorageAccount) {
    this.#account = account;
  }

  get allocatedBytes(): number {
    return this.#pages * PAGE;
  }

  read(position: number, into: Uint8Array): void {
    eachChunk(position, into.length, (index, from, to, offset) => {
      const chunk = this.#chunks.get(index);
      if (chunk === undefined) into.fill(0, offset, offset + to - from);
      else into.set(chunk.bytes.subarray(from, to), offset);
    });
  }

  /** Bytes written: fewer than given when the storage ends. */
  write(position: number, from: Uint8Array): number {
    let written = 0;
    eachChunk(position, from.length, (index, start, end, offset) => {
      const chunk = this.#chunkAt(index);
      const allowed = this.#mark(chunk, start, end, PageState.Written);
      const to = Math.min(end, allowed);
      if (to > start) chunk.bytes.set(from.subarray(offset, offset + to - start), start);
      written += Math.max(0, to - start);
      return to === end;
    });
    return written;
  }

  /** Sees to it that the range can be written; false when the storage ends, with a part of it reserved. */
  reserve(position: number, length: number): boolean {
    return eachChunk(position, length, (index, from, to) => {
      return this.#mark(this.#chunkAt(index), from, to, PageState.Reserved) >= to;
    });
  }

  /** The range reads as zeros from now on; storage of whole pages goes. */
  punch(position: number, length: number): void {
    eachChunk(position, length, (index, from, to) => {
      const chunk = this.#chunks.get(index);
      if (chunk === undefined) return;
      chunk.bytes.fill(0, from, to);
      const last = Math.floor(to / PAGE);
      for (let page = Math.ceil(from / PAGE); page < last; page++) this.#free(chunk, page);
      if (chunk.states.every((state) => state === PageState.Hole)) this.#chunks.delete(index);
    });
  }

  /** The file ends here now: everything behind goes. */
  cut(sizeBytes: number): void {
    const keep = sizeBytes / CHUNK_SIZE;
    for (const [index, chunk] of this.#chunks) {
      if (index + 1 <= keep) continue;
      const from = Math.max(0, sizeBytes - index * CHUNK_SIZE);
      chunk.bytes.fill(0, from);
      for (let page = Math.ceil(from / PAGE); page < CHUNK_PAGES; page++) this.#free(chunk, page);
      if (from === 0) this.#chunks.delete(index);
    }
  }

  /** First written byte from `position` on, or Infinity. */
  nextData(position: number): number {
    const indexes = [...this.#chunks.keys()].filter((index) => (index + 1) * CHUNK_SIZE > position);
    for (const index of indexes.toSorted((a, b) => a - b)) {
      const { states } = this.#chunks.get(index)!;
      const first = Math.max(0, Math.floor(position / PAGE) - index * CHUNK_PAGES);
      const page = states.indexOf(PageState.Written, first);
      if (page >= 0) return Math.max(position, (index * CHUNK_PAGES + page) * PAGE);
    }
    return Infinity;
  }

  /** First byte from `position` on that was never written. */
  nextHole(position: number): number {
    for (let page = Math.floor(position / PAGE); ; page++) {
      const chunk = this.#chunks.get(Math.floor(page / CHUNK_PAGES));
      if (chunk?.states[page % CHUNK_PAGES] !== PageState.Written) return Math.max(position, page * PAGE);
    }
  }

  #chunkAt(index: number): Chunk {
    let chunk = this.#chunks.get(index);
    if (chunk === undefined) {
      chunk = new Chunk();
      this.#chunks.set(index, chunk);
    }
    return chunk;
  }

  /** Gives pages a state, storage first; answers where in the chunk the storage ended. */
  #mark(chunk: Chunk, from: number, to: number, state: number): number {
    const end = Math.ceil(to / PAGE);
    for (let page = Math.floor(from / PAGE); page < end; page++) {
      const before = chunk.states[page]!;
      if (before >= state) continue;
      if (before === PageState.Hole) {
        if (!this.#account.take(PAGE)) return page * PAGE;
        this.#pages++;
      }
      chunk.states[page] = state;
    }
    return CHUNK_SIZE;
  }

  #free(chunk: Chunk, page: number): void {
    if (chunk.states[page] === PageState.Hole) return;
    chunk.states[page] = PageState.Hole;
    this.#pages--;
    this.#account.giveBack(PAGE);
  }
}

/** False when a visit answered false, which ends it. */
function eachChunk(position: number, length: number, visit: Visit): boolean {
  for (let done = 0; done < length;) {
    const index = Math.floor((position + done) / CHUNK_SIZE);
    const from = position + done - index * CHUNK_SIZE;
    const to = Math.min(CHUNK_SIZE, from + length - done);
    if (visit(index, from, to, done) === false) return false;
    done += to - from;
  }
  return true;
}
