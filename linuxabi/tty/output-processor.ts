/**
 * Output side of the line discipline (OPOST): what a program writes → what the device gets, with the cursor column that
 * erasing on the input side needs. Source: termios(3) c_oflag; do_output_char in drivers/tty/n_tty.c.
 */
import * as abi from '../abi/termios.ts';
import { BACKSPACE, isContinuation, isControl, NEWLINE, RETURN, SPACE, TAB, toUpper } from './characters.ts';
import type { Termios } from './termios.ts';

const TAB_STOP = 8;

export class OutputProcessor {
  column = 0;
  /** Where the line being edited began. */
  lineColumn = 0;

  /** The cursor goes back by one column. */
  moveBack(): void {
    if (this.column > 0) this.column--;
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
