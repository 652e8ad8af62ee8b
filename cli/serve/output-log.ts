/** What a terminal has shown, as bytes: the last of it, for `k42 logs`. Readers take it at their own pace; a slow one may find the oldest gone. */
const LIMIT = 1024 * 1024;
/** Small pieces are gathered, or a million of single bytes would be kept as a million arrays. */
const PIECE = 16 * 1024;
const NEWLINE = 0x0a;

export class OutputLog {
  /** Called when bytes are added and when it ends. */
  readonly listeners = new Set<() => void>();
  ended = false;
  readonly #pieces: Uint8Array[] = [];
  #begin = 0;
  #end = 0;
  /** Bytes in use of the last piece, when that is one to be filled. */
  #filled = PIECE;

  /** Position of the oldest byte that is kept, counted from the terminal's first. */
  get begin(): number {
    return this.#begin;
  }

  /** Position behind the newest. */
  get end(): number {
    return this.#end;
  }

  /** The array is kept: its owner writes nothing into it any more. */
  append(bytes: Uint8Array): void {
    if (bytes.length >= PIECE) this.#add(bytes);
    else this.#gather(bytes);
    this.#end += bytes.length;
    while (this.#end - this.#begin > LIMIT && this.#pieces.length > 1) this.#begin += this.#pieces.shift()!.length;
    for (const listener of this.listeners) listener();
  }

  finish(): void {
    this.ended = true;
    for (const listener of this.listeners) listener();
  }

  /** Bytes from a position on, at most `limit`; from the oldest when that is later. */
  read(position: number, limit: number): Uint8Array {
    const parts: Uint8Array[] = [];
    let left = limit;
    let at = this.#begin;
    for (const piece of this.#kept()) {
      const part = piece.subarray(Math.max(0, position - at)).subarray(0, left);
      at += piece.length;
      if (part.length > 0) parts.push(part);
      left -= part.length;
      if (left === 0) break;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** Where the last `count` lines begin. An end of line at the very end belongs to the line before it. */
  startOfLastLines(count: number): number {
    const all = this.read(this.#begin, LIMIT);
    let at = all.at(-1) === NEWLINE ? all.length - 1 : all.length;
    if (count === 0) return this.#end;
    for (let left = count; left > 0 && at >= 0; left--) at = at <= 0 ? -1 : all.lastIndexOf(NEWLINE, at - 1);
    return this.#begin + at + 1;
  }

  #add(piece: Uint8Array): void {
    this.#closeLast();
    this.#pieces.push(piece);
  }

  #gather(bytes: Uint8Array): void {
    if (this.#filled + bytes.length > PIECE) {
      this.#closeLast();
      this.#pieces.push(new Uint8Array(PIECE));
      this.#filled = 0;
    }
    this.#pieces.at(-1)!.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  #closeLast(): void {
    const last = this.#pieces.at(-1);
    if (last !== undefined && this.#filled < PIECE)
      this.#pieces[this.#pieces.length - 1] = last.subarray(0, this.#filled);
    this.#filled = PIECE;
  }

  /** The pieces as far as they are in use. */
  #kept(): Uint8Array[] {
    const last = this.#pieces.at(-1);
    if (last === undefined || this.#filled === PIECE) return this.#pieces;
    return [...this.#pieces.slice(0, -1), last.subarray(0, this.#filled)];
  }
}
