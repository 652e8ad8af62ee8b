/**
 * Bytes that need not be in memory: an archive, a member of it, a layer inside an image. Reading is synchronous, since file servers
 * are; a host file is read by windows that are kept, so that what programs ask for again and again costs one call of the host.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface ByteSource {
  readonly sizeBytes: number;
  /** Bytes copied from `position` on: fewer than asked only at the end. Throws when the host fails. */
  read(position: number, into: Uint8Array): number;
}

const WINDOW_SIZE = 64 * 1024;
/** 8 MiB a file: the programs of a shell session. */
const MAX_WINDOWS = 128;

export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get sizeBytes(): number {
    return this.#bytes.length;
  }

  read(position: number, into: Uint8Array): number {
    const part = this.#bytes.subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }
}

export const EMPTY_SOURCE: ByteSource = new MemorySource(new Uint8Array(0));

/** A host file, open until `close` or the end of the process. */
export class FileSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #descriptor: number;
  /** By number; the one used longest ago comes first. */
  readonly #windows = new Map<number, Uint8Array>();

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
    this.sizeBytes = fstatSync(this.#descriptor).size;
  }

  read(position: number, into: Uint8Array): number {
    if (into.length > WINDOW_SIZE) return this.#readHost(position, into);
    let done = 0;
    while (done < into.length) {
      const at = position + done;
      const inWindow = at % WINDOW_SIZE;
      const part = this.#window((at - inWindow) / WINDOW_SIZE).subarray(inWindow, inWindow + into.length - done);
      if (part.length === 0) break;
      into.set(part, done);
      done += part.length;
    }
    return done;
  }

  #window(number: number): Uint8Array {
    let window = this.#windows.get(number);
    if (window === undefined) {
      window = new Uint8Array(WINDOW_SIZE);
      window = window.subarray(0, this.#readHost(number * WINDOW_SIZE, window));
      if (this.#windows.size >= MAX_WINDOWS) this.#windows.delete(this.#windows.keys().next().value!);
    } else {
      this.#windows.delete(number);
    }
    this.#windows.set(number, window);
    return window;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #readHost(position: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const count = readSync(this.#descriptor, into, done, into.length - done, position + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }
}

/** A stretch of another source. */
export class PartSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #whole: ByteSource;
  readonly #start: number;

  constructor(whole: ByteSource, start: number, sizeBytes: number) {
    this.#whole = whole;
    this.#start = start;
    this.sizeBytes = sizeBytes;
  }

  read(position: number, into: Uint8Array): number {
    const count = Math.max(0, Math.min(into.length, this.sizeBytes - position));
    return this.#whole.read(this.#start + position, count === into.length ? into : into.subarray(0, count));
  }
}

/** All of it, in memory. */
export function bytesOf(source: ByteSource): Uint8Array {
  const bytes = new Uint8Array(source.sizeBytes);
  return bytes.subarray(0, source.read(0, bytes));
}
