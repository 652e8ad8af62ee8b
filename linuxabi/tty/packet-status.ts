/** Packet mode: what the master of a pseudo-terminal is told besides data. Source: TIOCPKT in ioctl_tty(2); drivers/tty/pty.c. */
import * as abi from '../abi/termios.ts';
import type { FlowState } from './output-flow.ts';
import type { Termios } from './termios.ts';

export class PacketStatus {
  readonly #changed: () => void;
  #enabled = false;
  #bits = 0;

  /** `changed`: the master has something to read. */
  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  /** TIOCPKT_… bits that nobody has read yet. */
  get pending(): number {
    return this.#enabled ? this.#bits : 0;
  }

  enable(): void {
    if (!this.#enabled) this.#bits = 0;
    this.#enabled = true;
  }

  disable(): void {
    this.#enabled = false;
  }

  take(): number {
    const bits = this.#bits;
    this.#bits = 0;
    return bits;
  }

  flushed(what: 'input' | 'output'): void {
    this.#note(what === 'input' ? abi.TIOCPKT_FLUSHREAD : abi.TIOCPKT_FLUSHWRITE, 0);
  }

  flow(state: FlowState): void {
    if (state === 'stopped') this.#note(abi.TIOCPKT_STOP, abi.TIOCPKT_START);
    else this.#note(abi.TIOCPKT_START, abi.TIOCPKT_STOP);
  }

  modesChanged(before: Termios, after: Termios): void {
    const flows = stopsWithUsualCharacters(after);
    if (flows !== stopsWithUsualCharacters(before)) {
      if (flows) this.#note(abi.TIOCPKT_DOSTOP, abi.TIOCPKT_NOSTOP);
      else this.#note(abi.TIOCPKT_NOSTOP, abi.TIOCPKT_DOSTOP);
    }
    if (before.local(abi.EXTPROC) || after.local(abi.EXTPROC)) this.#note(abi.TIOCPKT_IOCTL, 0);
  }

  #note(set: number, cleared: number): void {
    if (!this.#enabled) return;
    this.#bits = (this.#bits & ~cleared) | set;
    this.#changed();
  }
}

const CONTROL_Q = 0o21;
const CONTROL_S = 0o23;

/** The master may do the flow control itself. */
function stopsWithUsualCharacters(modes: Termios): boolean {
  return modes.input(abi.IXON) && modes.cc[abi.VSTOP] === CONTROL_S && modes.cc[abi.VSTART] === CONTROL_Q;
}
