/**
 * The input side of a terminal, Linux's N_TTY: bytes from the device → lines or raw bytes for readers, with echo, editing (line-editor.ts) and
 * signal characters. It knows no processes: signals and echoed bytes leave through `LineEvents`.
 * Source: termios(3); drivers/tty/n_tty.c for the corner cases.
 */
import * as abi from '../abi/termios.ts';
import { Status } from '../../kernel/status.ts';
import { BACKSPACE, CARET, NEWLINE, RETURN, toLower } from './characters.ts';
import { Echo } from './echo.ts';
import { LineBuffer, Mark } from './line-buffer.ts';
import { LineEditor } from './line-editor.ts';
import { OutputFlow, type FlowState } from './output-flow.ts';
import { OutputProcessor } from './output-processor.ts';
import { Termios } from './termios.ts';

const MARKED_BYTE = 0xff;
/** Echo that is shown before the input is worked off. */
const ECHO_LIMIT = 256;

/** Which of the three signal characters was typed. */
export type SignalCharacter = 'interrupt' | 'quit' | 'suspend';

export interface LineEvents {
  /** Echo: goes to the device, never waits. */
  echo(bytes: readonly number[]): void;
  signal(character: SignalCharacter): void;
  /** Readers may have something now. */
  readable(): void;
  /** Output stops or goes on: XON/XOFF typed by the user, or tcflow. */
  flow(state: FlowState): void;
  /** Input was thrown away because of a signal character: pending output goes too. */
  flushed(): void;
}

export class LineDiscipline {
  readonly output = new OutputProcessor();
  readonly flow: OutputFlow;
  readonly #events: LineEvents;
  readonly #buffer = new LineBuffer();
  readonly #echo = new Echo(this.output);
  readonly #editor = new LineEditor(this.#buffer, this.#echo);
  #termios = new Termios();
  #special = this.#termios.specialBytes();
  #literalNext = false;

  constructor(events: LineEvents) {
    this.#events = events;
    this.flow = new OutputFlow((state) => events.flow(state));
  }

  get termios(): Termios {
    return this.#termios;
  }

  /** Takes bytes from the device; returns how many. The rest must be offered again once a reader has made room. */
  receive(bytes: Uint8Array): number {
    const taken = this.#termios.isRaw ? this.#buffer.putAll(bytes) : this.#receiveEach(bytes);
    this.#showEcho();
    if (this.available() > 0) this.#events.readable();
    return taken;
  }

  #receiveEach(bytes: Uint8Array): number {
    let taken = 0;
    while (taken < bytes.length && this.#makeRoom()) {
      this.#receiveByte(bytes[taken++]!);
      if (this.#echo.length >= ECHO_LIMIT) this.#showEcho();
    }
    return taken;
  }

  /**
   * A full buffer stops the device. Not so while one unfinished line fills it: then each byte takes the last one's place, because only an editing
   * or signal character, or the line's end, can get the line moving again.
   */
  #makeRoom(): boolean {
    const { room } = this.#buffer;
    if (room > 0) return true;
    if (!this.#canonical() || this.#buffer.lineLength > 0) return false;
    if (room < 0) this.#buffer.truncateLine(this.#buffer.editedLength - 1);
    return true;
  }

  /** Bytes a reader could get at once, ends of file counted with them. */
  available(): number {
    return this.#readsLines() ? this.#buffer.lineLength : this.#buffer.length;
  }

  /** Bytes a reader could get at once (FIONREAD). */
  get readableLength(): number {
    return this.#readsLines() ? this.#buffer.readableLength : this.#buffer.length;
  }

  /**
   * Canonical mode: up to one line. Raw mode: whatever is there. WouldBlock when there is nothing; whether fewer than
   * VMIN bytes are enough is the caller's business (terminal-read.ts).
   */
  read(into: Uint8Array): number {
    if (this.available() === 0) return Status.WouldBlock;
    return this.#readsLines() ? this.#buffer.takeLine(into) : this.#buffer.takeRaw(into);
  }

  flushInput(): void {
    this.#buffer.clear();
    this.#echo.forgetErasing();
  }

  /** New modes; type-ahead survives a change between canonical and raw mode as it does on Linux. */
  setTermios(next: Termios): void {
    const before = this.#termios;
    this.#termios = next;
    this.#special = next.specialBytes();
    if (((before.lflag ^ next.lflag) & (abi.ICANON | abi.EXTPROC)) !== 0) this.#switchMode();
    if (before.input(abi.IXON) && !next.input(abi.IXON)) this.flow.start();
    this.#events.readable();
  }

  /** As it was when it was made (hang-up). */
  reset(): void {
    this.#buffer.clear();
    this.#echo.discard();
    this.#literalNext = false;
    this.flow.reset();
    this.setTermios(new Termios());
  }

  #switchMode(): void {
    this.#literalNext = false;
    this.#echo.forgetErasing();
    if (this.#canonical()) this.#buffer.becomeLines();
    else this.#buffer.becomeRaw();
  }

  #canonical(): boolean {
    return this.#termios.local(abi.ICANON);
  }

  /** With EXTPROC someone else has edited the lines already. */
  #readsLines(): boolean {
    return this.#canonical() && !this.#termios.local(abi.EXTPROC);
  }

  // --- one byte of input ---------------------------------------------------------------------------------------------

  #receiveByte(raw: number): void {
    const termios = this.#termios;
    let byte = raw;
    if (termios.input(abi.ISTRIP)) byte &= 0x7f;
    if (termios.input(abi.IUCLC) && termios.local(abi.IEXTEN)) byte = toLower(byte);
    if (termios.local(abi.EXTPROC)) this.#buffer.put(byte, Mark.None);
    else if (this.#literalNext) {
      this.#literalNext = false;
      this.#addCharacter(byte);
    } else if (this.#special[byte] === 1) this.#receiveSpecial(byte);
    else {
      this.#startByAnyCharacter();
      this.#addCharacter(byte);
    }
  }

  #receiveSpecial(special: number): void {
    const termios = this.#termios;
    if (this.#flowControl(special) || this.#signalCharacter(special)) return;
    this.#startByAnyCharacter();
    let byte = special;
    if (byte === RETURN) {
      if (termios.input(abi.IGNCR)) return;
      if (termios.input(abi.ICRNL)) byte = NEWLINE;
    } else if (byte === NEWLINE && termios.input(abi.INLCR)) {
      byte = RETURN;
    }
    if (this.#canonical() && this.#edit(byte)) return;
    if (byte === NEWLINE && termios.local(abi.ECHO)) {
      this.#echo.finishErasing(termios);
      this.#echo.plain(termios, NEWLINE);
      this.#store(byte);
    } else this.#addCharacter(byte);
  }

  #startByAnyCharacter(): void {
    if (this.#termios.input(abi.IXON) && this.#termios.input(abi.IXANY)) this.flow.start();
  }

  #flowControl(byte: number): boolean {
    const termios = this.#termios;
    if (!termios.input(abi.IXON)) return false;
    if (termios.isChar(abi.VSTART, byte)) this.flow.start();
    else if (termios.isChar(abi.VSTOP, byte)) this.flow.stop();
    else return false;
    return true;
  }

  #signalCharacter(byte: number): boolean {
    const termios = this.#termios;
    const character = termios.local(abi.ISIG) ? termios.signalOf(byte) : undefined;
    if (character === undefined) return false;
    this.#events.signal(character);
    if (!termios.local(abi.NOFLSH)) {
      this.#echo.discard();
      this.flushInput();
      this.#events.flushed();
    }
    if (termios.input(abi.IXON)) this.flow.start();
    if (termios.local(abi.ECHO)) {
      this.#echo.character(termios, byte);
      this.#showEcho();
    }
    return true;
  }

  /** Editing and line-ending characters of canonical mode; true when the byte is used up. */
  #edit(byte: number): boolean {
    const termios = this.#termios;
    const extended = termios.local(abi.IEXTEN);
    if (termios.isChar(abi.VERASE, byte)) this.#editor.erase(termios, 'character');
    else if (termios.isChar(abi.VKILL, byte)) this.#editor.erase(termios, 'line');
    else if (extended && termios.isChar(abi.VWERASE, byte)) this.#editor.erase(termios, 'word');
    else if (extended && termios.isChar(abi.VLNEXT, byte)) this.#beginLiteral();
    else if (extended && termios.local(abi.ECHO) && termios.isChar(abi.VREPRINT, byte))
      this.#editor.reprint(termios, byte);
    else if (byte === NEWLINE) this.#endLine(byte, Mark.LineEnd);
    else if (termios.isChar(abi.VEOF, byte)) this.#endLine(byte, Mark.EndOfFile);
    else if (termios.isChar(abi.VEOL, byte) || (extended && termios.isChar(abi.VEOL2, byte)))
      this.#endLine(byte, Mark.LineEnd);
    else return false;
    return true;
  }

  #beginLiteral(): void {
    this.#literalNext = true;
    if (!this.#termios.local(abi.ECHO)) return;
    this.#echo.finishErasing(this.#termios);
    if (!this.#termios.local(abi.ECHOCTL)) return;
    this.#echo.plain(this.#termios, CARET);
    this.#echo.plain(this.#termios, BACKSPACE);
  }

  #endLine(byte: number, mark: Mark): void {
    const termios = this.#termios;
    if (byte === NEWLINE) {
      if (termios.local(abi.ECHO) || termios.local(abi.ECHONL)) this.#echo.plain(termios, NEWLINE);
    } else if (mark === Mark.LineEnd) {
      if (termios.local(abi.ECHO)) this.#echoCharacter(byte);
      if (byte === MARKED_BYTE && termios.input(abi.PARMRK)) this.#buffer.put(byte, Mark.None);
    }
    this.#buffer.put(byte, mark);
    this.#buffer.endLine();
  }

  #addCharacter(byte: number): void {
    if (this.#termios.local(abi.ECHO)) {
      this.#echo.finishErasing(this.#termios);
      this.#echoCharacter(byte);
    }
    this.#store(byte);
  }

  #store(byte: number): void {
    // PARMRK doubles a real 0xff, so that it can't be taken for a mark.
    if (byte === MARKED_BYTE && this.#termios.input(abi.PARMRK)) this.#buffer.put(byte, Mark.None);
    this.#buffer.put(byte, Mark.None);
  }

  #echoCharacter(byte: number): void {
    if (this.#buffer.editedLength === 0) this.#echo.beginLine();
    this.#echo.character(this.#termios, byte);
  }

  #showEcho(): void {
    if (this.#echo.length > 0) this.#events.echo(this.#echo.take());
  }
}
