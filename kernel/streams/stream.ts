/** Writes up to this size are never split or mixed with others. Source: pipe(7), PIPE_BUF. */
export const ATOMIC_WRITE = 4096;
export const DEFAULT_CAPACITY = 65536;

/**
 * Bytes on their way from writers to readers. A Stream only holds them; who is at its ends, and who waits, is the
 * business of Pipe (pipe.ts) or of a socket. Implementations: ring (a byte stream), packet (boundaries are kept).
 */
export interface Stream {
  /** Bytes that can be read. */
  readonly length: number;
  readonly capacityBytes: number;
  /** Takes up to `into.length` bytes (ring) or one packet, the rest of which is lost (packet). 0 when empty. */
  read(into: Uint8Array): number;
  /** Copies like `read` and takes nothing. */
  peek(into: Uint8Array): number;
  /** Takes bytes in; fewer than offered when it fills up. With `atLeast`, none at all unless so many fit. */
  write(from: Uint8Array, atLeast: number): number;
  /** Room for a write that must not be split, in bytes. */
  room(): number;
  /** A new capacity; false when more than that is held now. */
  setCapacity(bytes: number): boolean;
}
