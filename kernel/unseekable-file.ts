/** What open descriptions without positions have in common: streams, terminals, event objects. */
import type { FileNode } from './file-server.ts';
import type { OpenFile } from './open-file.ts';
import { Status } from './status.ts';
import type { WaitQueue } from './wait-queue.ts';

export abstract class UnseekableFile implements OpenFile {
  abstract readonly waitQueue: WaitQueue;

  abstract read(into: Uint8Array): number;
  abstract write(from: Uint8Array): number;
  abstract readiness(): number;

  /** Most are in no tree. */
  get node(): FileNode | undefined {
    return undefined;
  }

  readAt(_position: number, _into: Uint8Array): number {
    return Status.NotSeekable;
  }

  writeAt(_position: number, _from: Uint8Array): number {
    return Status.NotSeekable;
  }

  seek(): number {
    return Status.NotSeekable;
  }

  /** Holders are counted by the reference that leads here; `release` is called once, by its last. */
  retain(): void {}

  release(): void {}
}
