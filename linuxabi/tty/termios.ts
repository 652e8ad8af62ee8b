/**
 * Terminal modes of one terminal, and their form in guest memory.
 * Source: termios(3), ioctl_tty(2); defaults as Linux's tty_std_termios (drivers/tty/tty_io.c).
 */
import * as abi from '../abi/termios.ts';

const BAUD_38400 = 38400;

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

  copy(): Termios {
    const other = new Termios();
    const bytes = new Uint8Array(abi.TERMIOS2_SIZE);
    this.encode(bytes);
    other.decode(bytes);
    return other;
  }
}
