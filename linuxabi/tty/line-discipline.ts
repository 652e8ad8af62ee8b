/**
 * The input side of a terminal, Linux's N_TTY: bytes from the device → lines or raw bytes for readers, with echo,
 * editing and signal characters. It knows no processes: signals and echoed bytes leave through `LineEvents`.
 * Source: termios(3); drivers/tty/n_tty.c for the corner cases.
 *
 * One ring of BUFFER_SIZE bytes, counters that only grow:
 *
 *     tail ≤ canonHead ≤ head        [tail, canonHead) complete lines   [canonHead, head) the line being edited
 *
 * In raw mode (ICANON off) everything up to head is readable and canonHead is meaningless.
 */
import * as abi from '../abi/termios.ts';
import { Status } from '../../kernel/status.ts';
import { isContinuation, isControl, OutputProcessor } from './output-processor.ts';
import { Termios } from './termios.ts';

const BUFFER_SIZE = 4096;
const MASK = BUFFER_SIZE - 1;

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const TAB = 0x09;
const BELL = 0x07;
const BACKSPACE = 0x08;
const SPACE = 0x20;
const CARET = 0x5e;

/** Marks in the ring beside each byte. */
const Mark = { None: 0, LineEnd: 1, EndOfFile: 2 } as const;

/** Which of the three signal characters was typed. */
export type SignalCharacter = 'interrupt' | 'quit' | 'suspend';

export interface LineEvents {
  /** Echo: goes to the device, never waits. */
  echo(bytes: readonly number[]): void;
  signal(character: SignalCharacter): void;
  /** Readers may have something now. */
  readable(): void;
  /** XON/XOFF typed by the user: output stops or goes on. */
  outputStopped(state: 'stopped' | 'running'): void;
  /** Input is thrown away because of a signal character: pending output goes too. */
  flushOutput(): void;
}

export class LineDiscipline {
  termios = new Termios();
  readonly output = new OutputProcessor();
  readonly #events: LineEvents;
  readonly #ring = new Uint8Array(BUFFER_SIZE);
  readonly #marks = new Uint8Array(BUFFER_SIZE);
  #head = 0;
  #canonHead = 0;
  #tail = 0;
  #literalNext = false;
  #outputStopped = false;
  /** Column where the line being edited began: erasing a tab recomputes from here. */
  #lineColumn = 0;
  #echoes: number[] = [];

  constructor(events: LineEvents) {
    this.#events = events;
  }

  get stopped(): boolean {
    return this.#outputStopped;
  }

  /** Takes bytes from the device; returns how many. The rest must be offered again once a reader has made room. */
  receive(bytes: Uint8Array): number {
    const before = this.available();
    let taken = 0;
    while (taken < bytes.length && this.#hasRoom()) this.#receiveByte(bytes[taken++]!);
    this.#flushEchoes();
    if (this.available() !== before || this.available() > 0) this.#events.readable();
    return taken;
  }

  /**
   * A full buffer stops the device. Not so while one unfinished line fills it: then bytes still come in, to be
   * dropped with a bell, because only an editing or signal character can get the line moving again.
   */
  #hasRoom(): boolean {
    if (this.#head - this.#tail < BUFFER_SIZE - 1) return true;
    return this.#canonical() && this.#canonHead === this.#tail;
  }

  /** Bytes a reader could get at once (FIONREAD, readiness). */
  available(): number {
    if (!this.#canonical()) return this.#head - this.#tail;
    return this.#canonHead - this.#tail;
  }

  /**
   * Canonical mode: up to one line. Raw mode: whatever is there. WouldBlock when there is nothing; whether fewer than
   * VMIN bytes are enough is the caller's business (terminal.ts).
   */
  read(into: Uint8Array): number {
    if (this.available() === 0) return Status.WouldBlock;
    return this.#canonical() ? this.#readLine(into) : this.#readRaw(into);
  }

  #readRaw(into: Uint8Array): number {
    const count = Math.min(into.length, this.#head - this.#tail);
    for (let i = 0; i < count; i++) into[i] = this.#ring[this.#tail++ & MASK]!;
    this.#canonHead = Math.max(this.#canonHead, this.#tail);
    return count;
  }

  #readLine(into: Uint8Array): number {
    let count = 0;
    while (this.#tail < this.#canonHead) {
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

  flushInput(): void {
    this.#head = this.#canonHead = this.#tail;
    this.#literalNext = false;
  }

  /** New modes; type-ahead survives a change between canonical and raw mode as it does on Linux. */
  setTermios(next: Termios): void {
    const wasCanonical = this.#canonical();
    this.termios = next;
    if (this.#canonical() !== wasCanonical) this.#switchMode();
    if (!next.input(abi.IXON) && this.#outputStopped) this.setOutputStopped('running');
    this.#events.readable();
  }

  #switchMode(): void {
    this.#literalNext = false;
    if (!this.#canonical()) {
      this.#canonHead = this.#tail;
      return;
    }
    // Raw bytes nobody has read yet become one readable chunk.
    for (let at = this.#tail; at < this.#head; at++) this.#marks[at & MASK] = Mark.None;
    if (this.#head > this.#tail) this.#marks[(this.#head - 1) & MASK] = Mark.LineEnd;
    this.#canonHead = this.#head;
    this.#lineColumn = this.output.column;
  }

  setOutputStopped(state: 'stopped' | 'running'): void {
    this.#outputStopped = state === 'stopped';
    this.#events.outputStopped(state);
  }

  #canonical(): boolean {
    return this.termios.local(abi.ICANON);
  }

  // --- one byte of input ---------------------------------------------------------------------------------------------

  #receiveByte(raw: number): void {
    const termios = this.termios;
    let byte = raw;
    if (termios.input(abi.ISTRIP)) byte &= 0x7f;
    if (termios.input(abi.IUCLC) && termios.local(abi.IEXTEN) && byte >= 0x41 && byte <= 0x5a) byte += 0x20;
    if (this.#literalNext) {
      this.#literalNext = false;
      this.#addChar(byte);
      return;
    }
    if (this.#flowControl(byte) || this.#signalCharacter(byte)) return;
    if (this.#outputStopped && termios.input(abi.IXON) && termios.input(abi.IXANY)) this.setOutputStopped('running');
    if (byte === RETURN) {
      if (termios.input(abi.IGNCR)) return;
      if (termios.input(abi.ICRNL)) byte = NEWLINE;
    } else if (byte === NEWLINE && termios.input(abi.INLCR)) {
      byte = RETURN;
    }
    if (this.#canonical() && this.#edit(byte)) return;
    this.#addChar(byte);
  }

  #flowControl(byte: number): boolean {
    const termios = this.termios;
    if (!termios.input(abi.IXON)) return false;
    if (termios.isChar(abi.VSTART, byte)) {
      this.setOutputStopped('running');
      return true;
    }
    if (!termios.isChar(abi.VSTOP, byte)) return false;
    this.setOutputStopped('stopped');
    return true;
  }

  #signalCharacter(byte: number): boolean {
    const termios = this.termios;
    if (!termios.local(abi.ISIG)) return false;
    const character = termios.isChar(abi.VINTR, byte)
      ? 'interrupt'
      : termios.isChar(abi.VQUIT, byte)
        ? 'quit'
        : termios.isChar(abi.VSUSP, byte)
          ? 'suspend'
          : undefined;
    if (character === undefined) return false;
    if (!termios.local(abi.NOFLSH)) {
      this.flushInput();
      this.#events.flushOutput();
    }
    if (this.#outputStopped) this.setOutputStopped('running');
    if (termios.local(abi.ECHO)) {
      this.#echoControl(byte);
      this.#flushEchoes();
    }
    this.#events.signal(character);
    return true;
  }

  /** Editing and line-ending characters of canonical mode; true when the byte is used up. */
  #edit(byte: number): boolean {
    const termios = this.termios;
    const extended = termios.local(abi.IEXTEN);
    if (termios.isChar(abi.VERASE, byte)) this.#erase('character');
    else if (termios.isChar(abi.VKILL, byte)) this.#kill();
    else if (extended && termios.isChar(abi.VWERASE, byte)) this.#erase('word');
    else if (extended && termios.isChar(abi.VLNEXT, byte)) this.#beginLiteral();
    else if (extended && termios.local(abi.ECHO) && termios.isChar(abi.VREPRINT, byte)) this.#reprint(byte);
    else if (byte === NEWLINE) this.#endLine(byte, Mark.LineEnd);
    else if (termios.isChar(abi.VEOF, byte)) this.#endLine(byte, Mark.EndOfFile);
    else if (termios.isChar(abi.VEOL, byte) || (extended && termios.isChar(abi.VEOL2, byte)))
      this.#endLine(byte, Mark.LineEnd);
    else return false;
    return true;
  }

  #beginLiteral(): void {
    this.#literalNext = true;
    if (!this.termios.local(abi.ECHO) || !this.termios.local(abi.ECHOCTL)) return;
    this.#echoRaw(CARET);
    this.#echoRaw(BACKSPACE);
  }

  #endLine(byte: number, mark: number): void {
    const termios = this.termios;
    if (byte === NEWLINE) {
      if (termios.local(abi.ECHO) || termios.local(abi.ECHONL)) this.#echoByte(NEWLINE);
    } else if (mark === Mark.LineEnd && termios.local(abi.ECHO)) {
      this.#echoControl(byte);
    }
    this.#store(byte, mark);
    this.#canonHead = this.#head;
    this.#lineColumn = this.output.column;
  }

  #addChar(byte: number): void {
    if (this.#head - this.#tail >= BUFFER_SIZE - 1 && this.#canonical()) {
      if (this.termios.input(abi.IMAXBEL)) this.#echoRaw(BELL);
      return;
    }
    if (this.termios.local(abi.ECHO)) {
      if (this.#head === this.#canonHead) this.#lineColumn = this.output.column;
      if (byte === NEWLINE) this.#echoByte(NEWLINE);
      else this.#echoControl(byte);
    }
    // PARMRK doubles a real 0xff, so that it can't be taken for a mark.
    if (byte === 0xff && this.termios.input(abi.PARMRK)) this.#store(byte, Mark.None);
    this.#store(byte, Mark.None);
  }

  #store(byte: number, mark: number): void {
    this.#ring[this.#head & MASK] = byte;
    this.#marks[this.#head & MASK] = mark;
    this.#head++;
  }

  // --- editing -------------------------------------------------------------------------------------------------------

  #kill(): void {
    const termios = this.termios;
    if (this.#head === this.#canonHead) return;
    if (termios.local(abi.ECHO) && termios.local(abi.ECHOK) && termios.local(abi.ECHOKE) && termios.local(abi.ECHOE)) {
      while (this.#head > this.#canonHead) this.#eraseOne();
      return;
    }
    this.#head = this.#canonHead;
    if (!termios.local(abi.ECHO)) return;
    this.#echoControl(termios.cc[abi.VKILL]!);
    if (termios.local(abi.ECHOK)) this.#echoByte(NEWLINE);
  }

  #erase(what: 'character' | 'word'): void {
    if (what === 'character') {
      if (this.#head > this.#canonHead) this.#eraseOne();
      return;
    }
    let seenWord = false;
    while (this.#head > this.#canonHead) {
      const inWord = isWordByte(this.#ring[(this.#head - 1) & MASK]!);
      if (!inWord && seenWord) break;
      seenWord ||= inWord;
      this.#eraseOne();
    }
  }

  /** Takes the last character (with IUTF8 all its bytes) off the line and off the screen. */
  #eraseOne(): void {
    const termios = this.termios;
    let byte = this.#ring[--this.#head & MASK]!;
    while (termios.input(abi.IUTF8) && isContinuation(byte) && this.#head > this.#canonHead) {
      byte = this.#ring[--this.#head & MASK]!;
    }
    if (!termios.local(abi.ECHO)) return;
    if (!termios.local(abi.ECHOE)) {
      this.#echoControl(termios.cc[abi.VERASE]!);
      return;
    }
    for (let columns = this.#columnsOf(byte); columns > 0; columns--) {
      this.#echoRaw(BACKSPACE);
      if (byte !== TAB) {
        this.#echoRaw(SPACE);
        this.#echoRaw(BACKSPACE);
      }
      if (this.output.column > 0) this.output.column--;
    }
  }

  #columnsOf(byte: number): number {
    if (byte === TAB) return this.output.column - this.#columnBefore();
    if (!isControl(byte)) return 1;
    return this.termios.local(abi.ECHOCTL) ? 2 : 0;
  }

  /** Column at the end of the edited line as it stands. */
  #columnBefore(): number {
    let column = this.#lineColumn;
    for (let at = this.#canonHead; at < this.#head; at++) {
      const byte = this.#ring[at & MASK]!;
      if (byte === TAB) column += 8 - (column % 8);
      else if (isControl(byte)) column += this.termios.local(abi.ECHOCTL) ? 2 : 0;
      else if (!(this.termios.input(abi.IUTF8) && isContinuation(byte))) column++;
    }
    return column;
  }

  #reprint(byte: number): void {
    this.#echoControl(byte);
    this.#echoByte(NEWLINE);
    for (let at = this.#canonHead; at < this.#head; at++) this.#echoControl(this.#ring[at & MASK]!);
  }

  // --- echo ----------------------------------------------------------------------------------------------------------

  /** Echo through output processing. */
  #echoByte(byte: number): void {
    this.output.put(this.termios, byte, this.#echoes);
  }

  /** Echo with control characters shown as ^X, as ECHOCTL asks. */
  #echoControl(byte: number): void {
    if (!isControl(byte) || byte === TAB || !this.termios.local(abi.ECHOCTL)) {
      this.#echoByte(byte);
      return;
    }
    this.#echoByte(CARET);
    this.#echoByte(byte ^ 0x40);
  }

  /** Echo past output processing: moves that must not be counted as columns. */
  #echoRaw(byte: number): void {
    this.#echoes.push(byte);
  }

  #flushEchoes(): void {
    if (this.#echoes.length === 0) return;
    const bytes = this.#echoes;
    this.#echoes = [];
    this.#events.echo(bytes);
  }
}

function isWordByte(byte: number): boolean {
  const letter = byte | 0x20;
  return (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x7a) || byte === 0x5f || byte >= 0x80;
}
