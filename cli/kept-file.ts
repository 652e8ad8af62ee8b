/**
 * A file beside the build that earlier starts left. It stays the same one while it is open, whatever other processes put in its place; and it is open as long
 * as an engine may read from it, which no engine knows the end of.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ArchiveSource } from '../cpu/archive-source.ts';

/** Closes the files of those that nobody has any more. */
const abandoned = new FinalizationRegistry<number>((descriptor) => closeSync(descriptor));

export class KeptFile implements ArchiveSource {
  readonly sizeBytes: number;
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.sizeBytes = fstatSync(descriptor).size;
    abandoned.register(this, descriptor);
  }

  /** Undefined when there is none. */
  static open(path: string): KeptFile | undefined {
    try {
      return new KeptFile(openSync(path, 'r'));
    } catch {
      return undefined;
    }
  }

  read(position: number, lengthBytes: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(lengthBytes, this.sizeBytes - position)));
    try {
      return bytes.subarray(0, readSync(this.#descriptor, bytes, 0, bytes.length, position));
    } catch {
      return bytes.subarray(0, 0);
    }
  }
}
