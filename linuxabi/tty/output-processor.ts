/**
 * Output side of the line discipline (OPOST): what a program writes → what the device gets, with the cursor column that
 * erasing on the input side needs. Source: termios(3) c_oflag; do_output_char in drivers/tty/n_tty.c.
 */
import * as abi from '../abi/termios.ts';
import type { Termios } from './termios.ts';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;
const BACKSPACE = 0x08;
const SPACE = 0x20;
const TAB_STOP = 8;

/** No input byte grows to more than this many output bytes. */
export const LARGEST_EXPANSION = 8;

export class OutputProcessor {
  column = 0;

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
        if (this.column > 0) this.column--;
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
    out.push(NEWLINE);
  }

  #carriageReturn(termios: Termios, out: number[]): void {
    if (termios.output(abi.ONOCR) && this.column === 0) return;
    if (!termios.output(abi.OCRNL)) {
      this.column = 0;
      out.push(RETURN);
      return;
    }
    if (termios.output(abi.ONLRET)) this.column = 0;
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
    let shown = byte;
    if (termios.output(abi.OLCUC) && byte >= 0x61 && byte <= 0x7a) shown = byte - 0x20;
    if (!isControl(byte) && !(termios.input(abi.IUTF8) && isContinuation(byte))) this.column++;
    out.push(shown);
  }
}

export function isControl(byte: number): boolean {
  return byte < 0x20 || byte === 0x7f;
}

/** Second and later bytes of a UTF-8 sequence take no column of their own. */
export function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}
