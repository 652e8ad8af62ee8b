/** A byte stream in a ring that grows with its use, from nothing to its capacity. */
import type { Transferable } from '../transfer.ts';
import { BYTES_FORMAT, Framing, PIECES_FORMAT, streamState } from './stream.ts';
import type { Stream, StreamState } from './stream.ts';

const FIRST_SIZE = 4096;

export class RingStream implements Stream, Transferable {
  readonly exportFormats = [BYTES_FORMAT, PIECES_FORMAT];
  readonly importFormats = [BYTES_FORMAT];
  readonly keepsBoundaries = false;
  /** Less it never takes over from another stream. */
  readonly #leastCapacityBytes: number;
  #bytes = new Uint8Array(0);
  #start = 0;
  #length = 0;
  #capacityBytes: number;

  constructor(capacityBytes: number, leastCapacityBytes = 0) {
    this.#capacityBytes = capacityBytes;
    this.#leastCapacityBytes = leastCapacityBytes;
  }

  get length(): number {
    return this.#length;
  }

  /** What it takes of the host's memory. */
  get heldBytes(): number {
    return this.#bytes.length;
  }

  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  read(into: Uint8Array): number {
    const count = this.peek(into);
    this.skip(count);
    return count;
  }

  /** Takes bytes without looking at them: at most as many as there are. */
  skip(count: number): void {
    this.#length -= count;
    // An empty ring starts over at 0: the next write is one copy.
    this.#start = this.#length === 0 ? 0 : (this.#start + count) % this.#bytes.length;
  }

  write(from: Uint8Array, atLeast: number): number {
    const count = Math.min(from.length, this.#capacityBytes - this.#length);
    if (count < atLeast || count <= 0) return 0;
    if (this.#length + count > this.#bytes.length) this.#grow(this.#length + count);
    const end = (this.#start + this.#length) % this.#bytes.length;
    const first = Math.min(count, this.#bytes.length - end);
    this.#bytes.set(from.subarray(0, first), end);
    if (count > first) this.#bytes.set(from.subarray(first, count));
    this.#length += count;
    return count;
  }

  room(): number {
    return this.#capacityBytes - this.#length;
  }

  setCapacity(bytes: number): boolean {
    if (bytes < this.#length) return false;
    this.#capacityBytes = bytes;
    if (this.#bytes.length > bytes) this.#move(bytes);
    return true;
  }

  exportState(): StreamState {
    const bytes = new Uint8Array(this.#length);
    this.peek(bytes);
    return { pieces: this.#length > 0 ? [{ bytes, framing: Framing.Bytes }] : [], capacityBytes: this.#capacityBytes };
  }

  importState(_format: string, state: unknown): void {
    const { pieces, capacityBytes } = streamState(state);
    this.#capacityBytes = Math.max(capacityBytes, this.#leastCapacityBytes);
    for (const { bytes } of pieces) {
      if (this.write(bytes, bytes.length) !== bytes.length) throw new Error('more bytes than the ring can hold');
    }
  }

  /** Copies like `read`, but from behind `skip` bytes, and takes nothing. */
  peek(into: Uint8Array, skip = 0): number {
    const count = Math.min(into.length, this.#length - skip);
    if (count <= 0) return 0;
    const start = (this.#start + skip) % this.#bytes.length;
    const first = Math.min(count, this.#bytes.length - start);
    into.set(this.#bytes.subarray(start, start + first));
    if (count > first) into.set(this.#bytes.subarray(0, count - first), first);
    return count;
  }

  #grow(needed: number): void {
    let size = Math.max(this.#bytes.length, FIRST_SIZE);
    while (size < needed) size *= 2;
    this.#move(Math.min(size, Math.max(this.#capacityBytes, needed)));
  }

  #move(size: number): void {
    const bytes = new Uint8Array(size);
    this.peek(bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#start = 0;
  }
}
