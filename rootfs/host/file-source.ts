/**
 * A file of the host as bytes to be read. It is read by windows that are kept, so that what programs ask for again and again costs one call of
 * the host.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { ByteSource } from '../byte-source.ts';

/** Of a tar archive, which is read from header to header, little else than the headers gets into memory. */
const WINDOW_SIZE = 16 * 1024;
/** 8 MiB a file: the programs of a shell session. */
const MAX_WINDOWS = 512;

/** Open until `close` or the end of the process. */
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
