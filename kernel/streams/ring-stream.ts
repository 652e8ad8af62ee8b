/** A byte stream in a ring that grows with its use, from nothing to its capacity. */
import type { Stream } from './stream.ts';

const FIRST_SIZE = 4096;

export class RingStream implements Stream {
  #bytes = new Uint8Array(0);
  #start = 0;
  #length = 0;
  #capacityBytes: number;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  get length(): number {
    return this.#length;
  }

  get capacityBytes(): number {
    return this.#capacityBytes;
  }

  read(into: Uint8Array): number {
    const count = this.peek(into);
    this.#length -= count;
    // An empty ring starts over at 0: the next write is one copy.
    this.#start = this.#length === 0 ? 0 : (this.#start + count) % this.#bytes.length;
    return count;
  }

  peek(into: Uint8Array): number {
    const count = Math.min(into.length, this.#length);
    const first = Math.min(count, this.#bytes.length - this.#start);
    into.set(this.#bytes.subarray(this.#start, this.#start + first));
    if (count > first) into.set(this.#bytes.subarray(0, count - first), first);
    return count;
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
