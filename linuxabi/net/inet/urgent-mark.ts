/**
 * Urgent data of a TCP connection: one byte, and its place in the stream. Only the latest counts.
 * Source: tcp(7), recv(2) MSG_OOB, sockatmark(3); net/ipv4/tcp.c, tcp_recv_urg.
 */
import { MSG_PEEK } from '../../abi/socket.ts';

export class UrgentMark {
  /** Bytes of the stream before the urgent one; undefined without a mark ahead. */
  distance: number | undefined;
  #byte: number | undefined;
  /** The byte has been read with MSG_OOB. */
  #isTaken = false;

  /** A byte that MSG_OOB would get. */
  get isPending(): boolean {
    return this.#byte !== undefined && !this.#isTaken;
  }

  set(distance: number, byte: number): void {
    this.distance = distance;
    this.#byte = byte;
    this.#isTaken = false;
  }

  /** The byte, once. */
  take(flags: number): number | undefined {
    if (!this.isPending) return undefined;
    if ((flags & MSG_PEEK) === 0) this.#isTaken = true;
    return this.#byte;
  }

  /** Bytes that one read may take from `length` bytes: it does not cross the mark. */
  bytesBefore(length: number): number {
    return this.distance === undefined || this.distance === 0 ? length : Math.min(length, this.distance);
  }

  /** Bytes of the stream have been read. */
  advance(count: number): void {
    if (this.distance === undefined || count === 0) return;
    if (count > this.distance) this.clear();
    else this.distance -= count;
  }

  /** The mark is behind us. */
  clear(): void {
    this.distance = undefined;
    this.#byte = undefined;
  }
}
