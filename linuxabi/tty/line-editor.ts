/** Canonical mode's editing: takes characters, words and lines back, off the line and off the screen. Source: drivers/tty/n_tty.c, eraser. */
import * as abi from '../abi/termios.ts';
import { isContinuation, isControl, isWordByte, NEWLINE, TAB } from './characters.ts';
import type { Echo } from './echo.ts';
import type { LineBuffer } from './line-buffer.ts';
import type { Termios } from './termios.ts';

export type Erasure = 'character' | 'word' | 'line';

export class LineEditor {
  readonly #buffer: LineBuffer;
  readonly #echo: Echo;

  constructor(buffer: LineBuffer, echo: Echo) {
    this.#buffer = buffer;
    this.#echo = echo;
  }

  erase(termios: Termios, what: Erasure): void {
    if (this.#buffer.editedLength === 0) return;
    if (what === 'line' && !erasesVisibly(termios)) this.#dropLine(termios);
    else this.#eraseBack(termios, what);
  }

  /** Shows the line anew. */
  reprint(termios: Termios, byte: number): void {
    this.#echo.finishErasing(termios);
    this.#echo.character(termios, byte);
    this.#echo.plain(termios, NEWLINE);
    for (let i = 0; i < this.#buffer.editedLength; i++) this.#echo.character(termios, this.#buffer.edited(i));
  }

  #dropLine(termios: Termios): void {
    this.#buffer.truncateLine(0);
    if (!termios.local(abi.ECHO)) return;
    this.#echo.finishErasing(termios);
    this.#echo.character(termios, termios.cc[abi.VKILL]!);
    if (termios.local(abi.ECHOK)) this.#echo.plain(termios, NEWLINE);
  }

  #eraseBack(termios: Termios, what: Erasure): void {
    let wordSeen = false;
    while (this.#buffer.editedLength > 0) {
      const start = this.#lastCharacter(termios);
      if (start < 0) break;
      const first = this.#buffer.edited(start);
      if (what === 'word') {
        if (isWordByte(first)) wordSeen = true;
        else if (wordSeen) break;
      }
      this.#eraseFrom(termios, what, start);
      if (what === 'character') break;
    }
    if (this.#buffer.editedLength === 0 && termios.local(abi.ECHO)) this.#echo.finishErasing(termios);
  }

  /** Where the last character begins; −1 where only the rest of one is left, which can't be erased. */
  #lastCharacter(termios: Termios): number {
    const counts = !termios.input(abi.IUTF8);
    let at = this.#buffer.editedLength - 1;
    while (!counts && at > 0 && isContinuation(this.#buffer.edited(at))) at--;
    return !counts && isContinuation(this.#buffer.edited(at)) ? -1 : at;
  }

  #eraseFrom(termios: Termios, what: Erasure, start: number): void {
    const first = this.#buffer.edited(start);
    const rest: number[] = [];
    for (let i = start + 1; i < this.#buffer.editedLength; i++) rest.push(this.#buffer.edited(i));
    this.#buffer.truncateLine(start);
    if (!termios.local(abi.ECHO)) return;
    if (termios.local(abi.ECHOPRT)) this.#echo.erased(termios, first, rest);
    else if (what === 'character' && !termios.local(abi.ECHOE)) this.#echo.character(termios, termios.cc[abi.VERASE]!);
    else if (first === TAB) this.#eraseTab(termios);
    else this.#eraseColumns(termios, first);
  }

  #eraseColumns(termios: Termios, byte: number): void {
    const columns = !isControl(byte) ? 1 : termios.local(abi.ECHOCTL) ? 2 : 0;
    for (let i = 0; i < columns; i++) this.#echo.eraseColumn(termios);
  }

  #eraseTab(termios: Termios): void {
    let columns = 0;
    for (let i = this.#buffer.editedLength - 1; i >= 0; i--) {
      const byte = this.#buffer.edited(i);
      if (byte === TAB) {
        this.#echo.eraseTab(columns, 'tab');
        return;
      }
      if (isControl(byte)) columns += termios.local(abi.ECHOCTL) ? 2 : 0;
      else if (!(termios.input(abi.IUTF8) && isContinuation(byte))) columns++;
    }
    this.#echo.eraseTab(columns, 'line start');
  }
}

/** A killed line disappears from the screen. */
function erasesVisibly(termios: Termios): boolean {
  return termios.local(abi.ECHO) && termios.local(abi.ECHOK) && termios.local(abi.ECHOKE) && termios.local(abi.ECHOE);
}
