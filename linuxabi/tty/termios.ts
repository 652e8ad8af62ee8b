/**
 * Terminal modes of one terminal, and their form in guest memory.
 * Source: termios(3), ioctl_tty(2); defaults as Linux's tty_std_termios (drivers/tty/tty_io.c).
 */
import * as abi from '../abi/termios.ts';
import { NEWLINE, RETURN } from './characters.ts';

const BAUD_38400 = 38400;
/** By the low bits of CBAUD; those from 15 on have CBAUDEX set. Source: drivers/tty/tty_baudrate.c. */
const BAUD_RATES: readonly number[] = [
  0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400, 57600, 115200, 230400, 460800,
  500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000, 4000000,
];
/** Modes in which the line discipline looks at each byte. */
const EDITS_INPUT = abi.ISTRIP | abi.IUCLC | abi.IGNCR | abi.ICRNL | abi.INLCR | abi.IXON | abi.PARMRK;
const LOW_HALF = 0xffff;
const EDITS_LOCAL = abi.ICANON | abi.ISIG | abi.ECHO;

export class Termios {
  iflag = abi.ICRNL | abi.IXON;
  oflag = abi.OPOST | abi.ONLCR;
  cflag = abi.B38400 | abi.CS8 | abi.CREAD;
  lflag = abi.ISIG | abi.ICANON | abi.ECHO | abi.ECHOE | abi.ECHOK | abi.ECHOCTL | abi.ECHOKE | abi.IEXTEN;
  line = 0;
  readonly cc = new Uint8Array(abi.NCCS);
  inputSpeed = BAUD_38400;
  outputSpeed = BAUD_38400;

  constructor() {
    // INIT_C_CC: ^C ^\ DEL ^U ^D, TIME 0, MIN 1, no SWTC, ^Q ^S ^Z, no EOL, ^R ^O ^W ^V, no EOL2.
    this.cc.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22, 0]);
  }

  input(flag: number): boolean {
    return (this.iflag & flag) !== 0;
  }

  output(flag: number): boolean {
    return (this.oflag & flag) !== 0;
  }

  local(flag: number): boolean {
    return (this.lflag & flag) !== 0;
  }

  /** Whether `byte` is the special character `which` (a V… index); a disabled character matches nothing. */
  isChar(which: number, byte: number): boolean {
    const special = this.cc[which]!;
    return special !== abi.DISABLED_CHAR && special === byte;
  }

  /** Nothing is done to input but keeping it. */
  get isRaw(): boolean {
    return (this.iflag & EDITS_INPUT) === 0 && (this.lflag & EDITS_LOCAL) === 0;
  }

  /** The signal character that a byte is. */
  signalOf(byte: number): 'interrupt' | 'quit' | 'suspend' | undefined {
    if (this.isChar(abi.VINTR, byte)) return 'interrupt';
    if (this.isChar(abi.VQUIT, byte)) return 'quit';
    return this.isChar(abi.VSUSP, byte) ? 'suspend' : undefined;
  }

  /** For each byte whether it is more than a character in these modes. Source: drivers/tty/n_tty.c, n_tty_set_termios. */
  specialBytes(): Uint8Array {
    const special = new Uint8Array(256);
    const mark = (...which: number[]): void => {
      for (const index of which) special[this.cc[index]!] = 1;
    };
    if (this.input(abi.IGNCR | abi.ICRNL)) special[RETURN] = 1;
    if (this.input(abi.INLCR) || this.local(abi.ICANON)) special[NEWLINE] = 1;
    if (this.local(abi.ICANON)) {
      mark(abi.VERASE, abi.VKILL, abi.VEOF, abi.VEOL);
      if (this.local(abi.IEXTEN)) mark(abi.VWERASE, abi.VLNEXT, abi.VEOL2, abi.VREPRINT);
    }
    if (this.input(abi.IXON)) mark(abi.VSTART, abi.VSTOP);
    if (this.local(abi.ISIG)) mark(abi.VINTR, abi.VQUIT, abi.VSUSP);
    special[abi.DISABLED_CHAR] = 0;
    return special;
  }

  /** A pseudo-terminal has eight bits without parity, and the speeds that c_cflag says. Source: drivers/tty/pty.c, pty_set_termios. */
  settle(): void {
    this.outputSpeed = speedOf(this.cflag & abi.CBAUD, this.outputSpeed);
    const input = (this.cflag >>> abi.IBSHIFT) & abi.CBAUD;
    this.inputSpeed = input === abi.B0 ? this.outputSpeed : speedOf(input, this.inputSpeed);
    this.cflag = ((this.cflag & ~(abi.CSIZE | abi.PARENB | abi.ADDRB)) | abi.CS8 | abi.CREAD) >>> 0;
  }

  /** Takes flags and characters that are locked from the modes before. Source: TIOCSLCKTRMIOS in ioctl_tty(2). */
  keepLocked(before: Termios, locked: Termios): void {
    this.iflag = ((this.iflag & ~locked.iflag) | (before.iflag & locked.iflag)) >>> 0;
    this.oflag = ((this.oflag & ~locked.oflag) | (before.oflag & locked.oflag)) >>> 0;
    this.cflag = ((this.cflag & ~locked.cflag) | (before.cflag & locked.cflag)) >>> 0;
    this.lflag = ((this.lflag & ~locked.lflag) | (before.lflag & locked.lflag)) >>> 0;
    if (locked.line !== 0) this.line = before.line;
    for (const [index, lock] of locked.cc.entries()) if (lock !== 0) this.cc[index] = before.cc[index]!;
  }

  /** struct termios (36 bytes) or termios2 (44 bytes), by the length of `into`. */
  encode(into: Uint8Array): void {
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    view.setUint32(0, this.iflag, true);
    view.setUint32(4, this.oflag, true);
    view.setUint32(8, this.cflag, true);
    view.setUint32(12, this.lflag, true);
    view.setUint8(16, this.line);
    into.set(this.cc, 17);
    if (into.length < abi.TERMIOS2_SIZE) return;
    view.setUint32(36, this.inputSpeed, true);
    view.setUint32(40, this.outputSpeed, true);
  }

  decode(from: Uint8Array): void {
    const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
    this.iflag = view.getUint32(0, true);
    this.oflag = view.getUint32(4, true);
    this.cflag = view.getUint32(8, true);
    this.lflag = view.getUint32(12, true);
    this.line = view.getUint8(16);
    this.cc.set(from.subarray(17, 17 + abi.NCCS));
    if (from.length < abi.TERMIOS2_SIZE) return;
    this.inputSpeed = view.getUint32(36, true);
    this.outputSpeed = view.getUint32(40, true);
  }

  /** struct termio (18 bytes): the low halves of the flags, and the first eight characters. */
  encodeOld(into: Uint8Array): void {
    const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
    for (const [index, flags] of [this.iflag, this.oflag, this.cflag, this.lflag].entries())
      view.setUint16(index * 2, flags & LOW_HALF, true);
    view.setUint8(8, this.line);
    into.set(this.cc.subarray(0, abi.NCC), 9);
  }

  decodeOld(from: Uint8Array): void {
    const view = new DataView(from.buffer, from.byteOffset, from.byteLength);
    const joined = (flags: number, at: number): number => ((flags & ~LOW_HALF) | view.getUint16(at, true)) >>> 0;
    this.iflag = joined(this.iflag, 0);
    this.oflag = joined(this.oflag, 2);
    this.cflag = joined(this.cflag, 4);
    this.lflag = joined(this.lflag, 6);
    this.line = view.getUint8(8);
    this.cc.set(from.subarray(9, 9 + abi.NCC));
  }

  copy(): Termios {
    const other = new Termios();
    const bytes = new Uint8Array(abi.TERMIOS2_SIZE);
    this.encode(bytes);
    other.decode(bytes);
    return other;
  }
}

/** Bits per second of a CBAUD value; BOTHER stands for the number given with it. */
function speedOf(baud: number, other: number): number {
  if (baud === abi.BOTHER) return other;
  const index = (baud & abi.CBAUDEX) === 0 ? baud : (baud & ~abi.CBAUDEX) + 15;
  return BAUD_RATES[index] ?? 0;
}
