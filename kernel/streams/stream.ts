/** Writes up to this size are never split or mixed with others. Source: pipe(7), PIPE_BUF. */
export const ATOMIC_WRITE = 4096;
export const DEFAULT_CAPACITY = 65536;

/** Whether the reader is to see where a write began and ended. */
export const Framing = { Bytes: 0, Packet: 1 } as const;
export type Framing = (typeof Framing)[keyof typeof Framing];

/**
 * Bytes on their way from writers to readers. A Stream only holds them; who is at its ends, and who waits, is the
 * business of Pipe (pipe.ts) or of a socket. Implementations: ring (a byte stream), packet (boundaries are kept). They take
 * each other's place while in use (stream-factories.ts).
 */
export interface Stream {
  /** Bytes that can be read. */
  readonly length: number;
  readonly capacityBytes: number;
  /** Whether packets can be written. */
  readonly keepsBoundaries: boolean;
  /** Takes up to `into.length` bytes, at most to the end of a packet, the rest of which is lost. 0 when empty. */
  read(into: Uint8Array): number;
  /** Copies like `read` and takes nothing. */
  peek(into: Uint8Array): number;
  /** Takes bytes in; fewer than offered when it fills up. With `atLeast`, none at all unless so many fit. */
  write(from: Uint8Array, atLeast: number, framing: Framing): number;
  /** Room for a write that must not be split, in bytes. */
  room(): number;
  /** A new capacity; false when more than that is held now. */
  setCapacity(bytes: number): boolean;
}

/** What streams hand over when one takes another's place: the bytes it holds, without boundaries. */
export const BYTES_FORMAT = 'stream-bytes-1';
/** The same, in pieces of which some are packets. */
export const PIECES_FORMAT = 'stream-pieces-1';

export interface Piece {
  readonly bytes: Uint8Array;
  readonly framing: Framing;
}

export interface StreamState {
  readonly pieces: readonly Piece[];
  readonly capacityBytes: number;
}

export function streamState(state: unknown): StreamState {
  const { pieces, capacityBytes } = state as Partial<StreamState>;
  if (pieces === undefined || capacityBytes === undefined) throw new Error('not the state of a stream');
  return { pieces, capacityBytes };
}
