/** A stream that keeps the boundaries of writes: each read takes one packet, and what does not fit the reader is lost. */
import type { Stream } from './stream.ts';

/** Longest packet; longer writes become several. A packet takes this much of the capacity whatever its length. */
export const PACKET_LIMIT = 4096;

export class PacketStream implements Stream {
  readonly #packets: Uint8Array[] = [];
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
    const packet = this.#packets.shift();
    if (packet !== undefined) this.#length -= packet.length;
    return count;
  }

  peek(into: Uint8Array): number {
    const packet = this.#packets[0];
    if (packet === undefined) return 0;
    const count = Math.min(into.length, packet.length);
    into.set(packet.subarray(0, count));
    return count;
  }

  write(from: Uint8Array, atLeast: number): number {
    if (this.room() < atLeast) return 0;
    let written = 0;
    while (written < from.length && this.room() > 0) {
      const packet = from.slice(written, written + PACKET_LIMIT);
      this.#packets.push(packet);
      this.#length += packet.length;
      written += packet.length;
    }
    return written;
  }

  room(): number {
    return this.#capacityBytes - this.#packets.length * PACKET_LIMIT;
  }

  setCapacity(bytes: number): boolean {
    if (bytes < this.#packets.length * PACKET_LIMIT) return false;
    this.#capacityBytes = bytes;
    return true;
  }
}
