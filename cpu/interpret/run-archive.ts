/**
 * Decoded runs as bytes, so that the next start of k42 copies records instead of decoding: a short command spends a third of its time there.
 * Holds for the build that made it: records name handlers by number.
 *
 * Little-endian 32-bit words: magic, number of runs n, words of records r; then n addresses, ascending; n + 1 places of records, in words; n + 1 places of
 * bytes, the top bit set in those of runs that end; r words of records; the bytes.
 */
import type { DecodedRun } from './decoded-runs.ts';

const MAGIC = 0x7232346b;
const HEADER_WORDS = 3;
const ENDS = 0x8000_0000;

export class RunArchive {
  readonly count: number;
  readonly #addresses: Uint32Array;
  readonly #recordsAt: Uint32Array;
  readonly #bytesAt: Uint32Array;
  readonly #records: Uint32Array;
  readonly #bytes: Uint8Array;

  private constructor(words: Uint32Array, count: number, recordWords: number) {
    let at = HEADER_WORDS;
    const take = (length: number): Uint32Array => words.subarray(at, (at += length));
    this.count = count;
    this.#addresses = take(count);
    this.#recordsAt = take(count + 1);
    this.#bytesAt = take(count + 1);
    this.#records = take(recordWords);
    this.#bytes = new Uint8Array(words.buffer, words.byteOffset + at * 4);
  }

  /** Undefined when the bytes are not a whole archive. They must start at a multiple of four. */
  static open(bytes: Uint8Array): RunArchive | undefined {
    if (bytes.length < HEADER_WORDS * 4) return undefined;
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
    const [magic, count = 0, recordWords = 0] = words;
    const fixedBytes = (HEADER_WORDS + 3 * count + 2 + recordWords) * 4;
    if (magic !== MAGIC || bytes.length < fixedBytes) return undefined;
    const codeBytes = words[HEADER_WORDS + 3 * count + 1]! & ~ENDS;
    return bytes.length - fixedBytes >= codeBytes ? new RunArchive(words, count, recordWords) : undefined;
  }

  static encode(runs: ReadonlyMap<number, DecodedRun>): Uint8Array {
    const sorted = [...runs].sort(([a], [b]) => a - b);
    const count = sorted.length;
    const recordWords = sorted.reduce((sum, [, run]) => sum + run.records.length, 0);
    const codeBytes = sorted.reduce((sum, [, run]) => sum + run.bytes.length, 0);
    const recordsFrom = HEADER_WORDS + 3 * count + 2;
    const bytesFrom = (recordsFrom + recordWords) * 4;
    const encoded = new Uint8Array(Math.ceil((bytesFrom + codeBytes) / 4) * 4);
    const words = new Uint32Array(encoded.buffer);
    words.set([MAGIC, count, recordWords]);
    let records = 0;
    let bytes = 0;
    for (const [index, [address, run]] of sorted.entries()) {
      words[HEADER_WORDS + index] = address;
      words[HEADER_WORDS + count + index] = records;
      words[HEADER_WORDS + 2 * count + 1 + index] = bytes | (run.ends ? ENDS : 0);
      words.set(run.records, recordsFrom + records);
      encoded.set(run.bytes, bytesFrom + bytes);
      records += run.records.length;
      bytes += run.bytes.length;
    }
    words[HEADER_WORDS + 2 * count] = records;
    words[HEADER_WORDS + 3 * count + 1] = bytes;
    return encoded;
  }

  find(address: number): DecodedRun | undefined {
    const index = this.#indexOf(address);
    return index < 0 ? undefined : this.#run(index);
  }

  *[Symbol.iterator](): Generator<readonly [address: number, run: DecodedRun]> {
    for (const [index, address] of this.#addresses.entries()) yield [address, this.#run(index)];
  }

  #run(index: number): DecodedRun {
    const place = this.#bytesAt[index]!;
    return {
      bytes: this.#bytes.subarray(place & ~ENDS, this.#bytesAt[index + 1]! & ~ENDS),
      records: this.#records.subarray(this.#recordsAt[index], this.#recordsAt[index + 1]),
      ends: (place & ENDS) !== 0,
    };
  }

  #indexOf(address: number): number {
    const addresses = this.#addresses;
    let low = 0;
    let high = addresses.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const found = addresses[middle]!;
      if (found === address) return middle;
      if (found < address) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }
}
