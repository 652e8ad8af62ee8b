/**
 * What the line discipline shows of the keys: bytes for the device, control characters as ^X, moves that erase. It collects them until the
 * discipline has dealt with all of its input. Source: drivers/tty/n_tty.c, echo_char and __process_echoes.
 */
import * as abi from '../abi/termios.ts';
import { BACKSLASH, BACKSPACE, CARET, isControl, SLASH, SPACE, TAB } from './characters.ts';
import type { OutputProcessor } from './output-processor.ts';
import type { Termios } from './termios.ts';

const CONTROL_BIT = 0x40;
const TAB_STOP = 8;

export class Echo {
  readonly #output: OutputProcessor;
  #bytes: number[] = [];
  /** ECHOPRT: erased characters are being printed, after a backslash. */
  #erasing = false;

  constructor(output: OutputProcessor) {
    this.#output = output;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** All that is to be shown. */
  take(): number[] {
    const bytes = this.#bytes;
    this.#bytes = [];
    return bytes;
  }

  /** Nothing of it is to be shown. */
  discard(): void {
    this.#bytes = [];
  }

  /** Through output processing, as a program's byte. */
  plain(termios: Termios, byte: number): void {
    this.#output.put(termios, byte, this.#bytes);
  }

  /** A control character is shown as ^X, where ECHOCTL asks for it. */
  character(termios: Termios, byte: number): void {
    if (!termios.local(abi.ECHOCTL) || !isControl(byte) || byte === TAB) {
      this.plain(termios, byte);
      return;
    }
    this.#bytes.push(CARET, byte ^ CONTROL_BIT);
    this.#output.column += 2;
  }

  /** A line begins where the cursor stands. */
  beginLine(): void {
    this.#output.lineColumn = this.#output.column;
  }

  /** Wipes the column before the cursor. */
  eraseColumn(termios: Termios): void {
    this.plain(termios, BACKSPACE);
    this.plain(termios, SPACE);
    this.plain(termios, BACKSPACE);
  }

  /** Back over a tab that stands `columns` behind the start of the line, or behind an earlier tab. */
  eraseTab(columns: number, behind: 'tab' | 'line start'): void {
    const from = behind === 'tab' ? columns : columns + this.#output.lineColumn;
    for (let left = TAB_STOP - (from % TAB_STOP); left > 0; left--) {
      this.#bytes.push(BACKSPACE);
      this.#output.moveBack();
    }
  }

  /** ECHOPRT: an erased character, the bytes of its UTF-8 form behind the first in one column. */
  erased(termios: Termios, first: number, rest: readonly number[]): void {
    if (!this.#erasing) this.plain(termios, BACKSLASH);
    this.#erasing = true;
    this.character(termios, first);
    for (const byte of rest) {
      this.plain(termios, byte);
      this.#output.moveBack();
    }
  }

  /** ECHOPRT: no more is erased for now. */
  finishErasing(termios: Termios): void {
    if (this.#erasing) this.plain(termios, SLASH);
    this.#erasing = false;
  }

  forgetErasing(): void {
    this.#erasing = false;
  }
}
