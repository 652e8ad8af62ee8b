/**
 * A stream that keeps the boundaries of packets: a read takes at most one, and what does not fit the reader is lost.
 * Plain bytes may be among them. Source: pipe(2), O_DIRECT; fs/pipe.c, PIPE_BUF_FLAG_PACKET.
 */
import type { Transferable } from '../transfer.ts';
import { BYTES_FORMAT, Framing, PIECES_FORMAT, streamState } from './stream.ts';
import type { Piece, Stream, StreamState } from './stream.ts';

/** Longest packet; longer writes become several. A piece takes this much of the capacity whatever its length. */
export const PACKET_LIMIT = 4096;

export class PacketStream implements Stream, Transferable {
  readonly importFormats = [PIECES_FORMAT, BYTES_FORMAT];
  readonly keepsBoundaries = true;
  readonly #pieces: Piece[] = [];
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

  /** Only packets that were all read can be forgotten: no one who keeps no boundaries takes over before. */
  get exportFormats(): readonly string[] {
    const plain = this.#pieces.every(({ framing }) => framing === Framing.Bytes);
    return plain ? [PIECES_FORMAT, BYTES_FORMAT] : [PIECES_FORMAT];
  }

  read(into: Uint8Array): number {
    let count = 0;
    for (let piece = this.#pieces[0]; piece !== undefined && count < into.length; piece = this.#pieces[0]) {
      const part = piece.bytes.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      const taken = piece.framing === Framing.Packet ? piece.bytes.length : part.length;
      this.#length -= taken;
      if (taken === piece.bytes.length) this.#pieces.shift();
      else this.#pieces[0] = { ...piece, bytes: piece.bytes.subarray(taken) };
      if (piece.framing === Framing.Packet) break;
    }
    return count;
  }

  peek(into: Uint8Array): number {
    let count = 0;
    for (const { bytes, framing } of this.#pieces) {
      const part = bytes.subarray(0, into.length - count);
      into.set(part, count);
      count += part.length;
      if (framing === Framing.Packet || count === into.length) break;
    }
    return count;
  }

  write(from: Uint8Array, atLeast: number, framing: Framing): number {
    if (this.#append(from)) return from.length;
    if (this.room() < atLeast) return 0;
    let written = 0;
    while (written < from.length && this.room() > 0) {
      const bytes = from.slice(written, written + PACKET_LIMIT);
      this.#add({ bytes, framing });
      written += bytes.length;
    }
    return written;
  }

  room(): number {
    return this.#capacityBytes - this.#pieces.length * PACKET_LIMIT;
  }

  setCapacity(bytes: number): boolean {
    if (bytes < this.#pieces.length * PACKET_LIMIT) return false;
    this.#capacityBytes = bytes;
    return true;
  }

  exportState(): StreamState {
    return { pieces: [...this.#pieces], capacityBytes: this.#capacityBytes };
  }

  importState(_format: string, state: unknown): void {
    const { pieces, capacityBytes } = streamState(state);
    this.#capacityBytes = capacityBytes;
    for (const { bytes, framing } of pieces) {
      // Bytes of a ring come in one piece.
      for (let at = 0; at < bytes.length; at += PACKET_LIMIT)
        this.#add({ bytes: bytes.slice(at, at + PACKET_LIMIT), framing });
    }
    if (this.room() < 0) throw new Error('more pieces than the stream can hold');
  }

  /** What follows plain bytes and fits goes into their piece, packet or not. Source: fs/pipe.c, PIPE_BUF_FLAG_CAN_MERGE. */
  #append(from: Uint8Array): boolean {
    const last = this.#pieces.at(-1);
    if (last?.framing !== Framing.Bytes || last.bytes.length + from.length > PACKET_LIMIT) return false;
    const bytes = new Uint8Array(last.bytes.length + from.length);
    bytes.set(last.bytes);
    bytes.set(from, last.bytes.length);
    this.#pieces[this.#pieces.length - 1] = { bytes, framing: Framing.Bytes };
    this.#length += from.length;
    return true;
  }

  #add(piece: Piece): void {
    this.#pieces.push(piece);
    this.#length += piece.bytes.length;
  }
}
