/**
 * Floods: of megabytes of plain text the screen keeps the last lines, so the rest need not be parsed. What is left out changes nothing: it is
 * plain (no sequence begins or goes on in it, no character set is switched), it begins and ends where a line does, and behind it
 * come as many lines as the screen and its history hold.
 */
const ESCAPE = 0x1b;
const BELL = 0x07;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SHIFTS = [0x0e, 0x0f];
/** First byte in UTF-8 of U+0080 to U+00BF; the C1 controls among them stand for ESC and a letter. */
const C1_LEAD = 0xc2;
/** No sequence is longer, but for strings. */
const LONGEST_SEQUENCE = 256;

/** Whether a string (DCS, OSC, …) may be going on: an OSC ends at a bell, all of them at ST, which begins with ESC. */
type StringState = 'none' | 'osc' | 'other';

/** By the letter behind ESC. Source: ECMA-48, 8.3. */
const STRING_OF: Readonly<Record<number, StringState>> = {
  0x50: 'other', // DCS
  0x58: 'other', // SOS
  0x5d: 'osc',
  0x5e: 'other', // PM
  0x5f: 'other', // APC
};

export class Flood {
  readonly #scrollbackLines: number;
  #string: StringState = 'none';
  #sinceSequence = LONGEST_SEQUENCE;

  constructor(scrollbackLines: number) {
    this.#scrollbackLines = scrollbackLines;
  }

  /** To be told of all that is parsed, in order. */
  parsed(bytes: Uint8Array): void {
    const at = lastSequence(bytes);
    this.#string = stringAfter(this.#string, bytes, at);
    this.#sinceSequence = at < 0 ? this.#sinceSequence + bytes.length : bytes.length - at;
  }

  /** What waits to be parsed, without what makes no difference. */
  thin(chunks: readonly Uint8Array[], rows: number): Uint8Array[] {
    const all = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
    const sequence = lastSequence(all);
    if (stringAfter(this.#string, all, sequence) !== 'none') return [all];
    const behindSequence = sequence < 0 ? LONGEST_SEQUENCE - this.#sinceSequence : sequence + LONGEST_SEQUENCE;
    const behindShift = Math.max(...SHIFTS.map((byte) => all.lastIndexOf(byte))) + 1;
    const from = lineStart(all, Math.max(0, behindSequence, behindShift));
    const to = startOfLastLines(all, this.#scrollbackLines + rows);
    return from < 0 || to <= from ? [all] : [all.subarray(0, from), all.subarray(to)];
  }
}

/** Where the last sequence begins; −1: there is none. */
function lastSequence(bytes: Uint8Array): number {
  const escape = bytes.lastIndexOf(ESCAPE);
  for (let at = bytes.lastIndexOf(C1_LEAD); at > escape; at = bytes.lastIndexOf(C1_LEAD, at - 1)) {
    const second = bytes[at + 1];
    if (second === undefined || (second >= 0x80 && second < 0xa0)) return at;
    if (at === 0) break;
  }
  return escape;
}

/** `at`: where the last sequence of `bytes` begins. */
function stringAfter(before: StringState, bytes: Uint8Array, at: number): StringState {
  let state = before;
  if (at >= 0) {
    const second = bytes[at + 1];
    // Cut off behind its first byte, it may be anything.
    if (second === undefined) return 'other';
    state = STRING_OF[bytes[at] === ESCAPE ? second : second - 0x40] ?? 'none';
  }
  return state === 'osc' && bytes.includes(BELL, Math.max(at, 0)) ? 'none' : state;
}

/** The first place at `from` or behind it where a line begins in column 0; −1: none. */
function lineStart(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(NEWLINE, from); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) {
    if (bytes[at - 1] === RETURN) return at + 1;
  }
  return -1;
}

/** The last place where a line begins in column 0 and `count` line ends follow; −1: none. */
function startOfLastLines(bytes: Uint8Array, count: number): number {
  let at = bytes.length;
  for (let left = count + 1; left > 0 && at >= 0; left--) at = lastNewline(bytes, at);
  while (at > 0 && bytes[at - 1] !== RETURN) at = lastNewline(bytes, at);
  return at > 0 ? at + 1 : -1;
}

function lastNewline(bytes: Uint8Array, before: number): number {
  return before <= 0 ? -1 : bytes.lastIndexOf(NEWLINE, before - 1);
}
