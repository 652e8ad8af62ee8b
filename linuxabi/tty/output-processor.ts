/**
 * Output side of the line discipline (OPOST): what a program writes → what the device gets, with the cursor column that
 * erasing on the input side needs. Source: termios(3) c_oflag; do_output_char in drivers/tty/n_tty.c.
 */
import * as abi from '../abi/termios.ts';
import { BACKSPACE, isContinuation, isControl, NEWLINE, RETURN, SPACE, TAB, toUpper } from './characters.ts';
import type { Termios } from './termios.ts';

const TAB_STOP = 8;
/** Of one byte: a tab of spaces. */
const LONGEST_FORM = TAB_STOP;

export class OutputProcessor {
  column = 0;
  /** Where the line being edited began. */
  lineColumn = 0;
  /** The form of one byte, in `process`. */
  readonly #form: number[] = [];
  #scratch = new Uint8Array(0);

  /** The cursor goes back by one column. */
  moveBack(): void {
    if (this.column > 0) this.column--;
  }

  /** The processed form of `bytes`, an array of its own. */
  process(termios: Termios, bytes: Uint8Array): Uint8Array {
    if (this.#scratch.length < bytes.length * LONGEST_FORM) this.#scratch = new Uint8Array(bytes.length * LONGEST_FORM);
    const out = this.#scratch;
    const asTheyAre = !termios.output(abi.OLCUC);
    const isUtf8 = termios.input(abi.IUTF8);
    let length = 0;
    let columns = 0;
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      // What moves the cursor otherwise than by a column is RETURN or below.
      if (asTheyAre && byte > RETURN) {
        out[length++] = byte;
        if (!isControl(byte) && !(isUtf8 && isContinuation(byte))) columns++;
        continue;
      }
      this.column += columns;
      columns = 0;
      this.put(termios, byte, this.#form);
      for (const part of this.#form) out[length++] = part;
      this.#form.length = 0;
    }
    this.column += columns;
    return out.slice(0, length);
  }

  /** Appends the processed form of `byte` to `out`. */
  put(termios: Termios, byte: number, out: number[]): void {
    if (!termios.output(abi.OPOST)) {
      out.push(byte);
      return;
    }
    switch (byte) {
      case NEWLINE:
        this.#newline(termios, out);
        return;
      case RETURN:
        this.#carriageReturn(termios, out);
        return;
      case TAB:
        this.#tab(termios, out);
        return;
      case BACKSPACE:
        this.moveBack();
        out.push(byte);
        return;
      default:
        this.#printable(termios, byte, out);
    }
  }

  #newline(termios: Termios, out: number[]): void {
    if (termios.output(abi.ONLRET)) this.column = 0;
    if (termios.output(abi.ONLCR)) {
      this.column = 0;
      out.push(RETURN);
    }
    this.lineColumn = this.column;
    out.push(NEWLINE);
  }

  #carriageReturn(termios: Termios, out: number[]): void {
    if (termios.output(abi.ONOCR) && this.column === 0) return;
    if (!termios.output(abi.OCRNL)) {
      this.column = this.lineColumn = 0;
      out.push(RETURN);
      return;
    }
    if (termios.output(abi.ONLRET)) this.column = this.lineColumn = 0;
    out.push(NEWLINE);
  }

  #tab(termios: Termios, out: number[]): void {
    const spaces = TAB_STOP - (this.column % TAB_STOP);
    this.column += spaces;
    if ((termios.oflag & abi.TABDLY) !== abi.XTABS) {
      out.push(TAB);
      return;
    }
    for (let i = 0; i < spaces; i++) out.push(SPACE);
  }

  #printable(termios: Termios, byte: number, out: number[]): void {
    const shown = termios.output(abi.OLCUC) ? toUpper(byte) : byte;
    if (!isControl(shown) && !(termios.input(abi.IUTF8) && isContinuation(shown))) this.column++;
    out.push(shown);
  }
}
