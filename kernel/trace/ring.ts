/**
 * A trace ring: preallocated memory, one writer, the oldest records overwritten. A record is a header (event index and
 * length), a time, and the fields, all doubles; records do not wrap: the rest of the ring is filled by a filler record.
 */
const HEADER_WORDS = 2;
const FILLER = 0xffff;
/** header = event * LENGTH_SPAN + length in words */
const LENGTH_SPAN = 16;

export interface TraceRecord {
  readonly event: number;
  readonly timeNs: number;
  readonly fields: readonly number[];
}

export class TraceRing {
  readonly #words: Float64Array;
  /** Where the next record goes. */
  #head = 0;
  /** The oldest record still whole. */
  #tail = 0;
  #used = 0;
  #overwritten = 0;

  constructor(sizeWords: number) {
    if (sizeWords < 2 * LENGTH_SPAN) throw new RangeError('trace ring too small');
    this.#words = new Float64Array(sizeWords);
  }

  /** Records lost to newer ones. */
  get overwritten(): number {
    return this.#overwritten;
  }

  /** Opens a record for `count` fields; the caller stores them at the index returned, with `set`. */
  begin(event: number, timeNs: number, count: number): number {
    const length = HEADER_WORDS + count;
    const words = this.#words;
    const room = words.length - this.#head;
    if (room < length) {
      this.#makeRoom(room);
      words[this.#head] = FILLER * LENGTH_SPAN;
      this.#used += room;
      this.#head = 0;
    }
    this.#makeRoom(length);
    const at = this.#head;
    words[at] = event * LENGTH_SPAN + length;
    words[at + 1] = timeNs;
    this.#used += length;
    this.#head = at + length === words.length ? 0 : at + length;
    return at + HEADER_WORDS;
  }

  set(index: number, value: number): void {
    this.#words[index] = value;
  }

  /** Oldest first. */
  records(): TraceRecord[] {
    const found: TraceRecord[] = [];
    let at = this.#tail;
    for (let left = this.#used; left > 0;) {
      const length = this.#lengthAt(at);
      const event = Math.floor(this.#words[at]! / LENGTH_SPAN);
      if (event !== FILLER) {
        const fields = [...this.#words.subarray(at + HEADER_WORDS, at + length)];
        found.push({ event, timeNs: this.#words[at + 1]!, fields });
      }
      left -= length;
      at = at + length >= this.#words.length ? 0 : at + length;
    }
    return found;
  }

  clear(): void {
    this.#head = 0;
    this.#tail = 0;
    this.#used = 0;
    this.#overwritten = 0;
  }

  #lengthAt(at: number): number {
    const header = this.#words[at]!;
    return header === FILLER * LENGTH_SPAN ? this.#words.length - at : header % LENGTH_SPAN;
  }

  #makeRoom(length: number): void {
    while (this.#words.length - this.#used < length) {
      const oldest = this.#lengthAt(this.#tail);
      if (this.#words[this.#tail] !== FILLER * LENGTH_SPAN) this.#overwritten++;
      this.#used -= oldest;
      this.#tail = this.#tail + oldest >= this.#words.length ? 0 : this.#tail + oldest;
    }
  }
}
