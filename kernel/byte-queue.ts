/** Bytes on their way, in the chunks they came in: first in, first out, nothing copied before it is taken. */
export class ByteQueue {
  readonly #chunks: Uint8Array[] = [];
  #length = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#length;
  }

  /** Keeps the chunk itself: the caller must not change it afterwards. */
  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** Moves what there is, as much as fits; returns the count. */
  take(into: Uint8Array): number {
    let done = 0;
    while (done < into.length && this.#chunks.length > 0) {
      const first = this.#chunks[0]!;
      const part = first.subarray(0, into.length - done);
      into.set(part, done);
      done += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#length -= done;
    return done;
  }

  /** Keeps the first `length` bytes. */
  truncate(length: number): void {
    let kept = 0;
    for (const [index, chunk] of this.#chunks.entries()) {
      if (kept + chunk.length >= length) {
        this.#chunks[index] = chunk.subarray(0, length - kept);
        this.#chunks.length = index + 1;
        this.#length = length;
        return;
      }
      kept += chunk.length;
    }
  }

  clear(): void {
    this.#chunks.length = 0;
    this.#length = 0;
  }
}
