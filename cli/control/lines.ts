/** Bytes of a socket → lines, with a limit: a peer that never ends its line must not fill memory. */
const NEWLINE = 10;

export class LineSplitter {
  readonly #limit: number;
  readonly #line: (text: string) => void;
  #parts: Buffer[] = [];
  #length = 0;

  constructor(limit: number, line: (text: string) => void) {
    this.#limit = limit;
    this.#line = line;
  }

  /** False when a line is longer than the limit: nothing more is read. */
  push(chunk: Buffer): boolean {
    let rest = chunk;
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      if (this.#length + end > this.#limit) return false;
      const text = Buffer.concat([...this.#parts, rest.subarray(0, end)]).toString('utf8');
      this.#parts = [];
      this.#length = 0;
      rest = rest.subarray(end + 1);
      if (text.trim() !== '') this.#line(text);
    }
    this.#length += rest.length;
    if (rest.length > 0) this.#parts.push(rest);
    return this.#length <= this.#limit;
  }
}
