/**
 * A terminal: line discipline, output queue, window size, and the session it controls. Programs reach it through
 * TerminalFile (terminal-file.ts); behind it stands a TerminalDevice: a host console or the master side of a pty.
 * Source: tty_ioctl(4), credentials(7) "Sessions", setsid(2); drivers/tty/tty_jobctrl.c.
 */
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGWINCH } from '../abi/signal.ts';
import { ICANON, OPOST, VMIN, VTIME } from '../abi/termios.ts';
import { LineDiscipline, type SignalCharacter } from './line-discipline.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { ControllingTerminal, ProcessGroup, Session } from '../process/session.ts';
import type { Termios } from './termios.ts';

/** What is behind a terminal. */
export interface TerminalDevice {
  /** Takes output; returns how many bytes. Fewer than offered: it calls `Terminal.deviceReady` when it can take more. */
  write(bytes: Uint8Array): number;
  /** Input that the terminal had no room for can be offered again. */
  inputRoom(): void;
  /** Output not yet shown is to be thrown away (TCFLSH, signal characters). */
  discardOutput(): void;
  /** The program side went from closed to open, and back. */
  firstOpened?(): void;
  lastClosed?(): void;
}

/** What a terminal needs of the machine. */
export interface TerminalServices {
  nowNs(): number;
  /** Calls back at a monotonic time; the answer cancels. */
  at(deadlineNs: number, callback: () => void): () => void;
  signalGroup(group: ProcessGroup, signal: number): void;
  signalProcess(process: LinuxProcess, signal: number): void;
}

export interface WindowSize {
  rows: number;
  columns: number;
  xPixels: number;
  yPixels: number;
}

const SIGNAL_OF: Record<SignalCharacter, number> = { interrupt: SIGINT, quit: SIGQUIT, suspend: SIGTSTP };
const OUTPUT_CHUNK = 4096;
/** Processed bytes held for a slow device before writers must wait. */
const OUTPUT_LIMIT = 16384;
const DECISECOND_NS = 100_000_000;

export class Terminal implements ControllingTerminal {
  readonly name: string;
  readonly device: { major: number; minor: number };
  readonly waitQueue = new WaitQueue();
  readonly discipline: LineDiscipline;
  window: WindowSize = { rows: 24, columns: 80, xPixels: 0, yPixels: 0 };
  /** The session this terminal controls. */
  session: Session | undefined;
  foregroundGroup: ProcessGroup | undefined;
  /** TIOCEXCL: further opens are refused. */
  exclusive = false;
  hungUp = false;
  readonly #services: TerminalServices;
  #behind: TerminalDevice | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #readTimer: (() => void) | undefined;
  #readTimedOut = false;
  #readSeen = 0;
  #openCount = 0;

  constructor(name: string, device: { major: number; minor: number }, services: TerminalServices) {
    this.name = name;
    this.device = device;
    this.#services = services;
    this.discipline = new LineDiscipline({
      echo: (bytes) => this.#emit(Uint8Array.from(bytes)),
      signal: (character) => this.signalForeground(SIGNAL_OF[character]),
      readable: () => void this.waitQueue.wake(),
      outputStopped: () => this.deviceReady(),
      flushOutput: () => this.flushOutput(),
    });
  }

  get termios(): Termios {
    return this.discipline.termios;
  }

  attach(device: TerminalDevice): void {
    this.#behind = device;
  }

  signalForeground(signal: number): void {
    if (this.foregroundGroup !== undefined) this.#services.signalGroup(this.foregroundGroup, signal);
  }

  // --- device side ---------------------------------------------------------------------------------------------------

  /** Input from the device; returns how many bytes were taken (see TerminalDevice.inputRoom for the rest). */
  input(bytes: Uint8Array): number {
    if (this.hungUp) return bytes.length;
    return this.discipline.receive(bytes);
  }

  /** The device can take output again. */
  deviceReady(): void {
    this.#drain();
    if (this.#pendingBytes < OUTPUT_LIMIT) this.waitQueue.wake();
  }

  /**
   * The line went dead: readers see the end of file, writers an error, and the session's leader gets SIGHUP and SIGCONT. The
   * foreground group hears of it when the leader exits.
   */
  hangUp(): void {
    if (this.hungUp) return;
    this.hungUp = true;
    this.flushOutput();
    const leader = this.session?.leader;
    if (leader !== undefined) {
      this.#services.signalProcess(leader, SIGHUP);
      this.#services.signalProcess(leader, SIGCONT);
    }
    this.waitQueue.wake();
  }

  /** Becomes the controlling terminal of a session without one. Source: tty_ioctl(4), TIOCSCTTY. */
  adopt(session: Session, group: ProcessGroup): void {
    this.session = session;
    this.foregroundGroup = group;
    session.controllingTerminal = this;
  }

  /** The session gives the terminal up (TIOCNOTTY of its leader): its foreground group gets SIGHUP and SIGCONT. */
  disassociate(session: Session): void {
    this.signalForeground(SIGHUP);
    this.signalForeground(SIGCONT);
    this.sessionEnded(session);
  }

  sessionEnded(session: Session): void {
    if (this.session !== session) return;
    this.session = undefined;
    this.foregroundGroup = undefined;
    session.controllingTerminal = undefined;
  }

  /** A program opened or closed it; the device hears of the first and the last. */
  opened(): void {
    if (this.#openCount++ === 0) this.#behind?.firstOpened?.();
  }

  closed(): void {
    if (--this.#openCount === 0) this.#behind?.lastClosed?.();
  }

  resize(window: WindowSize): void {
    const old = this.window;
    const same =
      old.rows === window.rows &&
      old.columns === window.columns &&
      old.xPixels === window.xPixels &&
      old.yPixels === window.yPixels;
    if (same) return;
    this.window = { ...window };
    this.signalForeground(SIGWINCH);
  }

  // --- program side --------------------------------------------------------------------------------------------------

  /** Count, 0 at the end of file, or WouldBlock. */
  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    const ready = this.#readReady(into.length);
    if (ready === 'wait') return this.hungUp ? 0 : Status.WouldBlock;
    this.#clearReadTimer();
    if (ready === 'nothing') return 0;
    const count = this.discipline.read(into);
    if (count >= 0) this.#behind?.inputRoom();
    return count;
  }

  /** Whether a read of `wanted` bytes may finish now. Source: termios(3), "Canonical and noncanonical mode". */
  #readReady(wanted: number): 'take' | 'nothing' | 'wait' {
    const available = this.discipline.available();
    if (this.termios.local(ICANON)) return available > 0 ? 'take' : 'wait';
    const minimum = Math.min(this.termios.cc[VMIN]!, wanted);
    const timeNs = this.termios.cc[VTIME]! * DECISECOND_NS;
    if (timeNs === 0) return available >= Math.max(minimum, 1) ? 'take' : minimum === 0 ? 'nothing' : 'wait';
    if (minimum === 0 ? available > 0 : available >= minimum) return 'take';
    if (this.#readTimedOut) return available > 0 ? 'take' : minimum === 0 ? 'nothing' : 'wait';
    // MIN > 0: the timer runs between bytes, from the first one on. MIN = 0: from the start of the read.
    if (minimum === 0 || available > 0) this.#startReadTimer(timeNs, available);
    return 'wait';
  }

  #startReadTimer(timeNs: number, available: number): void {
    if (this.#readTimer !== undefined && available === this.#readSeen) return;
    this.#clearReadTimer();
    this.#readSeen = available;
    this.#readTimer = this.#services.at(this.#services.nowNs() + timeNs, () => {
      this.#readTimer = undefined;
      this.#readTimedOut = true;
      this.waitQueue.wake();
    });
  }

  #clearReadTimer(): void {
    this.#readTimer?.();
    this.#readTimer = undefined;
    this.#readTimedOut = false;
  }

  /** Count, WouldBlock, or InputOutput after a hang-up. */
  write(from: Uint8Array): number {
    if (this.hungUp) return Status.InputOutput;
    let done = 0;
    while (done < from.length && !this.discipline.stopped && this.#pendingBytes < OUTPUT_LIMIT) {
      const chunk = from.subarray(done, done + OUTPUT_CHUNK);
      this.#emit(this.termios.output(OPOST) ? this.#process(chunk) : chunk.slice());
      done += chunk.length;
    }
    return done > 0 || from.length === 0 ? done : Status.WouldBlock;
  }

  #process(chunk: Uint8Array): Uint8Array {
    const out: number[] = [];
    for (const byte of chunk) this.discipline.output.put(this.termios, byte, out);
    return Uint8Array.from(out);
  }

  /** Queues processed bytes and pushes what the device takes. */
  #emit(bytes: Uint8Array): void {
    if (this.hungUp || bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#drain();
  }

  #drain(): void {
    while (this.#pending.length > 0 && !this.discipline.stopped) {
      const first = this.#pending[0]!;
      const taken = this.#behind === undefined ? first.length : this.#behind.write(first);
      this.#pendingBytes -= taken;
      if (taken === first.length) this.#pending.shift();
      else {
        this.#pending[0] = first.subarray(taken);
        return;
      }
    }
  }

  /** Bytes written but not yet taken by the device (TIOCOUTQ). */
  get pendingOutput(): number {
    return this.#pendingBytes;
  }

  flushInput(): void {
    this.discipline.flushInput();
    this.#behind?.inputRoom();
  }

  flushOutput(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#behind?.discardOutput();
    this.waitQueue.wake();
  }

  /** Readable bytes as poll sees them: MIN counts only where TIME is 0. */
  get readable(): boolean {
    const available = this.discipline.available();
    if (this.termios.local(ICANON) || this.termios.cc[VTIME]! > 0) return available > 0;
    return available >= Math.max(1, this.termios.cc[VMIN]!);
  }

  get writable(): boolean {
    return !this.discipline.stopped && this.#pendingBytes < OUTPUT_LIMIT;
  }
}
