/**
 * An open description: what a file descriptor leads to, independent of any descriptor. Implementations: regular files (exclusive, shared,
 * small read-only), directories, stream ends, terminals, devices, event objects. Results: counts ≥ 0 or a negative Status. Nothing waits
 * inside: WouldBlock, then `waitQueue`.
 */
import type { FileNode } from './file-server.ts';
import type { WaitQueue } from './wait-queue.ts';

/** Readiness bits. */
export const Ready = { Readable: 1, Writable: 2, HangUp: 4, Error: 8, Priority: 16, ReadHangUp: 32 } as const;

export const Whence = { Start: 0, Current: 1, End: 2, Data: 3, Hole: 4 } as const;
export type Whence = (typeof Whence)[keyof typeof Whence];

export interface OpenFile {
  /** The file behind it, where there is one (a pipe made by pipe() has none in any tree). */
  readonly node: FileNode | undefined;
  /** Woken whenever readiness may have changed. */
  readonly waitQueue: WaitQueue;
  /** Reads at and moves the cursor (or takes from the stream). */
  read(into: Uint8Array): number;
  write(from: Uint8Array): number;
  /** Positioned; the cursor stays. NotSeekable for streams. */
  readAt(position: number, into: Uint8Array): number;
  writeAt(position: number, from: Uint8Array): number;
  /** New cursor position, or a Status. */
  seek(offset: number, whence: Whence): number;
  readiness(): number;
  /** One more descriptor (or mapping) leads here. */
  retain(): void;
  /** One fewer; at zero the object closes. */
  release(): void;
  /** Bytes that could be read now, where the object knows (FIONREAD); regular files are answered from their size. */
  availableBytes?(): number;
}
