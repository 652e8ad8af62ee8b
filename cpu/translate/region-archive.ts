/**
 * Compiled regions as bytes, so that the next start of k42 takes hot code from here instead of making it again: a program of a second spends a
 * quarter of its time on that. Holds for the build and the processor level that made it; the guest's code is compared before a region is used.
 *
 * Little-endian 32-bit words: magic, number of regions n, number of entries m; then m entry addresses, ascending, and the region of each, older
 * ones first; n + 1 places of regions, in words; the regions. A region is its start; counts of entries, blocks, stretches, instructions,
 * bytes of Wasm and of machine code; entries; blocks; address and length of each stretch; then the bytes of the stretches, of the module and of its machine code, padded to words.
 */
import { wordsAt, type ArchiveSource } from '../archive-source.ts';
import type { CompiledRegion, Stretch } from './compiled-region.ts';

const MAGIC = 0x6733346b;
const HEADER_WORDS = 3;
const REGION_WORDS = 7;

const NOTHING = new Uint8Array();

export class RegionArchive {
  readonly count: number;
  readonly #source: ArchiveSource;
  readonly #entries: Uint32Array;
  readonly #regionOfEntry: Uint32Array;
  /** In words; one more than there are regions. */
  readonly #places: Uint32Array;
  readonly #read: (CompiledRegion | undefined)[] = [];

  private constructor(source: ArchiveSource, index: Uint32Array, count: number) {
    const entries = (index.length - count - 1) / 2;
    this.count = count;
    this.#source = source;
    this.#entries = index.subarray(0, entries);
    this.#regionOfEntry = index.subarray(entries, 2 * entries);
    this.#places = index.subarray(2 * entries);
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  /** Undefined when it is no archive, or not a whole one. */
  static open(source: ArchiveSource): RegionArchive | undefined {
    const [magic, count = 0, entries = 0] = wordsAt(source, 0, HEADER_WORDS) ?? [];
    if (magic !== MAGIC) return undefined;
    const index = wordsAt(source, 4 * HEADER_WORDS, 2 * entries + count + 1);
    const isWhole = index !== undefined && 4 * index.at(-1)! === source.sizeBytes;
    return isWhole ? new RegionArchive(source, index, count) : undefined;
  }

  /** `regions`: oldest first. */
  static encode(regions: readonly CompiledRegion[]): Uint8Array<ArrayBuffer> {
    const entries = regions
      .flatMap((region, index) => region.entries.map((address) => ({ address, index })))
      .sort((a, b) => a.address - b.address || a.index - b.index);
    const from = HEADER_WORDS + 2 * entries.length + regions.length + 1;
    const words = new Uint32Array(regions.reduce((sum, region) => sum + wordsOf(region), from));
    words.set([MAGIC, regions.length, entries.length]);
    for (const [i, { address, index }] of entries.entries()) {
      words[HEADER_WORDS + i] = address;
      words[HEADER_WORDS + entries.length + i] = index;
    }
    let place = from;
    for (const [i, region] of regions.entries()) {
      words[HEADER_WORDS + 2 * entries.length + i] = place;
      place = writeRegion(words, place, region);
    }
    words[from - 1] = place;
    return new Uint8Array(words.buffer);
  }

  /** Regions that can be entered at an address, the newest first. */
  *at(address: number): Generator<CompiledRegion> {
    for (let i = this.#after(address) - 1; i >= 0 && this.#entries[i] === address; i--) {
      const region = this.#region(this.#regionOfEntry[i]!);
      if (region) yield region;
    }
  }

  /** Oldest first. */
  *[Symbol.iterator](): Generator<CompiledRegion> {
    for (let index = 0; index < this.count; index++) {
      const region = this.#region(index);
      if (region) yield region;
    }
  }

  #region(index: number): CompiledRegion | undefined {
    return (this.#read[index] ??= this.#readRegion(index));
  }

  #readRegion(index: number): CompiledRegion | undefined {
    const place = this.#places[index]!;
    const words = wordsAt(this.#source, 4 * place, this.#places[index + 1]! - place);
    return words && readRegion(words);
  }

  /** The first place behind all entries at this address or before. */
  #after(address: number): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#entries[middle]! <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function codeBytesOf({ stretches }: CompiledRegion): number {
  return stretches.reduce((sum, { bytes }) => sum + bytes.length, 0);
}

function wordsOf(region: CompiledRegion): number {
  const { entries, blocks, stretches, wasm, machineCode = NOTHING } = region;
  const lists = entries.length + blocks.size + 2 * stretches.length;
  return REGION_WORDS + lists + Math.ceil((codeBytesOf(region) + wasm.length + machineCode.length) / 4);
}

/** Answers the place behind it. */
function writeRegion(words: Uint32Array, place: number, region: CompiledRegion): number {
  const { start, entries, blocks, stretches, instructions, wasm, machineCode = NOTHING } = region;
  let at = place;
  const put = (values: readonly number[]): void => {
    words.set(values, at);
    at += values.length;
  };
  put([start, entries.length, blocks.size, stretches.length, instructions, wasm.length, machineCode.length]);
  put(entries);
  put([...blocks]);
  put(stretches.flatMap(({ address, bytes }) => [address, bytes.length]));
  const bytes = new Uint8Array(words.buffer);
  let to = at * 4;
  for (const part of [...stretches.map((stretch) => stretch.bytes), wasm, machineCode]) {
    bytes.set(part, to);
    to += part.length;
  }
  return place + wordsOf(region);
}

/** Undefined when its parts don't make up the whole. */
function readRegion(words: Uint32Array<ArrayBuffer>): CompiledRegion | undefined {
  const [start = 0, entryCount = 0, blockCount = 0, stretchCount = 0] = words;
  const [instructions = 0, wasmLength = 0, codeLength = 0] = words.subarray(4);
  let at = REGION_WORDS;
  const take = (length: number): Uint32Array => words.subarray(at, (at += length));
  const entries = [...take(entryCount)];
  const blocks = new Set(take(blockCount));
  const ranges = take(2 * stretchCount);
  let codeBytes = 0;
  for (let i = 1; i < ranges.length; i += 2) codeBytes += ranges[i]!;
  if (at + Math.ceil((codeBytes + wasmLength + codeLength) / 4) !== words.length) return undefined;
  let from = words.byteOffset + at * 4;
  const bytes = (length: number): Uint8Array<ArrayBuffer> => {
    const part = new Uint8Array(words.buffer, from, length);
    from += length;
    return part;
  };
  const stretches: Stretch[] = [];
  for (let i = 0; i < ranges.length; i += 2) stretches.push({ address: ranges[i]!, bytes: bytes(ranges[i + 1]!) });
  const region = { start, entries, blocks, instructions, stretches, wasm: bytes(wasmLength) };
  return codeLength > 0 ? { ...region, machineCode: bytes(codeLength) } : region;
}
