/** A file beside the build that earlier starts left. It stays the same one while it is open, whatever other processes put in its place. */
import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs';
import { MemoryArchive, type ArchiveSource } from '../cpu/archive-source.ts';

/** Open until `close`, or the end of the process. */
export class KeptFile implements ArchiveSource {
  readonly sizeBytes: number;
  readonly #descriptor: number;

  private constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.sizeBytes = fstatSync(descriptor).size;
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

  close(): void {
    closeSync(this.#descriptor);
  }
}

/** All of it at once; undefined when there is none. */
export function readKept(path: string): MemoryArchive | undefined {
  try {
    return new MemoryArchive(new Uint8Array(readFileSync(path)));
  } catch {
    return undefined;
  }
}
