/**
 * A terminal's input between the line discipline and its readers: one ring, counters that only grow.
 *
 *     tail ≤ lineStart ≤ head        [tail, lineStart) complete lines   [lineStart, head) the line being edited
 *
 * In raw mode everything up to head is readable and lineStart is meaningless. Source: drivers/tty/n_tty.c, read_buf and read_flags.
 */
const SIZE = 4096;
const MASK = SIZE - 1;

/** Marks in the ring beside each byte. */
export const Mark = { None: 0, LineEnd: 1, EndOfFile: 2 } as const;
export type Mark = (typeof Mark)[keyof typeof Mark];

export class LineBuffer {
  readonly #ring = new Uint8Array(SIZE);
  readonly #marks = new Uint8Array(SIZE);
  #head = 0;
  #lineStart = 0;
  #tail = 0;

  /** Bytes held, read by nobody yet. */
  get length(): number {
    return this.#head - this.#tail;
  }

  /** Bytes of complete lines, marks of ends of file among them. */
  get lineLength(): number {
    return this.#lineStart - this.#tail;
  }

  /** Bytes of complete lines that a reader will get. */
  get readableLength(): number {
    let length = this.lineLength;
    for (let at = this.#tail; at < this.#lineStart; at++) if (this.#marks[at & MASK] === Mark.EndOfFile) length--;
    return length;
  }

  /** Bytes of the line being edited. */
  get editedLength(): number {
    return this.#head - this.#lineStart;
  }

  /** Byte `index` of the line being edited. */
  edited(index: number): number {
    return this.#ring[(this.#lineStart + index) & MASK]!;
  }

  /** Bytes that may still come: one stays free, for the end of a line. */
  get room(): number {
    return SIZE - 1 - this.length;
  }

  put(byte: number, mark: Mark): void {
    this.#ring[this.#head & MASK] = byte;
    this.#marks[this.#head & MASK] = mark;
    this.#head++;
  }

  /** As many as there is room for; the count. */
  putAll(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, this.room);
    for (let i = 0; i < count; i++) this.put(bytes[i]!, Mark.None);
    return count;
  }

  /** The edited line is `length` bytes long from now on. */
  truncateLine(length: number): void {
    this.#head = this.#lineStart + length;
  }

  /** What has been edited so far can be read. */
  endLine(): void {
    this.#lineStart = this.#head;
  }

  clear(): void {
    this.#head = this.#lineStart = this.#tail;
  }

  /** Canonical mode ends: nothing is held back any more. */
  becomeRaw(): void {
    this.#lineStart = this.#tail;
  }

  /** Canonical mode begins: raw bytes that nobody has read are one chunk that can be read. */
  becomeLines(): void {
    for (let at = this.#tail; at < this.#head; at++) this.#marks[at & MASK] = Mark.None;
    if (this.#head > this.#tail) this.#marks[(this.#head - 1) & MASK] = Mark.LineEnd;
    this.#lineStart = this.#head;
  }

  takeRaw(into: Uint8Array): number {
    const count = Math.min(into.length, this.length);
    for (let i = 0; i < count; i++) into[i] = this.#ring[this.#tail++ & MASK]!;
    this.#lineStart = Math.max(this.#lineStart, this.#tail);
    return count;
  }

  /** Up to one line. An end of file right behind what was taken goes with it. */
  takeLine(into: Uint8Array): number {
    let count = 0;
    while (this.#tail < this.#lineStart) {
      const mark = this.#marks[this.#tail & MASK]!;
      if (mark === Mark.EndOfFile) {
        this.#tail++;
        break;
      }
      if (count === into.length) break;
      into[count++] = this.#ring[this.#tail++ & MASK]!;
      if (mark === Mark.LineEnd) break;
    }
    return count;
  }
}
