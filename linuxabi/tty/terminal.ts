/**
 * A terminal: line discipline, output queue, window size, and the session it controls. Programs reach it through
 * TerminalFile (terminal-file.ts); behind it stands a TerminalDevice: a host console or the master side of a pty.
 * Source: tty_ioctl(4), credentials(7) "Sessions", setsid(2); drivers/tty/tty_jobctrl.c.
 */
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import { SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGWINCH } from '../abi/signal.ts';
import { EXTPROC, ICANON, OPOST, VMIN, VTIME } from '../abi/termios.ts';
import { LineDiscipline, type SignalCharacter } from './line-discipline.ts';
import { PacketStatus } from './packet-status.ts';
import type { LinuxProcess } from '../process/process.ts';
import type { ControllingTerminal, ProcessGroup, Session } from '../process/session.ts';
import { Termios } from './termios.ts';

/** What is behind a terminal. */
export interface TerminalDevice {
  /** Takes output; returns how many bytes. Fewer than offered: it calls `Terminal.deviceReady` when it can take more. */
  write(bytes: Uint8Array): number;
  /** Input that the terminal had no room for can be offered again. */
  inputRoom(): void;
  /** Input held until there is room is to be thrown away (TCFLSH). */
  discardInput?(): void;
  /** Output not yet shown is to be thrown away (TCFLSH, signal characters). */
  discardOutput(): void;
  /** The program side went from closed to open, and back. */
  firstOpened?(): void;
  lastClosed?(): void;
  /** There is a state to be told in packet mode. */
  statusChanged?(): void;
}

/** What a terminal needs of the machine. */
export interface TerminalServices {
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
const OUTPUT_CHUNK = 16384;
/** Processed bytes held for a slow device before writers must wait. */
const OUTPUT_LIMIT = 16384;

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
  /** TIOCSLCKTRMIOS: flags and characters that can't be changed. */
  lockedModes = unlocked();
  /** The device is gone: nobody can open the terminal any more. */
  dead = false;
  readonly packets = new PacketStatus(() => this.#behind?.statusChanged?.());
  readonly #services: TerminalServices;
  #behind: TerminalDevice | undefined;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #openCount = 0;
  #hangUps = 0;

  constructor(name: string, device: { major: number; minor: number }, services: TerminalServices) {
    this.name = name;
    this.device = device;
    this.#services = services;
    this.discipline = new LineDiscipline({
      echo: (bytes) => this.#emit(Uint8Array.from(bytes)),
      signal: (character) => this.signalForeground(SIGNAL_OF[character]),
      readable: () => void this.waitQueue.wake(),
      flow: (state) => {
        this.packets.flow(state);
        this.deviceReady();
      },
      flushed: () => {
        this.packets.flushed('input');
        this.flushOutput();
      },
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
    if (this.dead) return bytes.length;
    return this.discipline.receive(bytes);
  }

  /** The device can take output again. */
  deviceReady(): void {
    this.#drain();
    if (this.#pendingBytes < OUTPUT_LIMIT) this.waitQueue.wake();
  }

  /** The line went dead. */
  hangUp(): void {
    if (this.dead) return;
    this.dead = true;
    this.revoke();
  }

  /**
   * Takes the terminal away from whoever has it (vhangup): open descriptors read an end of file and write nothing, the session's leader gets SIGHUP
   * and SIGCONT. The foreground group hears of it when the leader exits. Source: drivers/tty/tty_io.c, __tty_hangup.
   */
  revoke(): void {
    this.#hangUps++;
    const { session } = this;
    const leader = session?.leader;
    if (session !== undefined && leader !== undefined) {
      this.#services.signalProcess(leader, SIGHUP);
      this.#services.signalProcess(leader, SIGCONT);
      session.hungUpGroup = this.foregroundGroup;
    }
    if (session !== undefined) this.leave(session);
    this.discipline.reset();
    this.flushOutput();
    this.#behind?.inputRoom();
  }

  /** How often descriptors were cut off so far: one opened before the last time is. */
  get hangUps(): number {
    return this.#hangUps;
  }

  /** Becomes the controlling terminal of a session whose leader has none. Source: tty_ioctl(4), TIOCSCTTY. */
  adopt(session: Session, group: ProcessGroup): void {
    this.session = session;
    this.foregroundGroup = group;
    session.hungUpGroup = undefined;
    if (session.leader !== undefined) session.leader.controllingTerminal = this;
  }

  /** The session gives the terminal up (TIOCNOTTY of its leader): its foreground group gets SIGHUP and SIGCONT. */
  disassociate(session: Session): void {
    this.signalForeground(SIGHUP);
    this.signalForeground(SIGCONT);
    this.leave(session);
  }

  /** The foreground group gets SIGHUP, and the terminal is free for another session. Source: drivers/tty/tty_jobctrl.c, disassociate_ctty. */
  leaderExited(session: Session): void {
    if (this.session !== session) return;
    this.signalForeground(SIGHUP);
    this.leave(session);
  }

  /** It is the session's no more, as when another one takes it by force. */
  leave(session: Session): void {
    this.session = undefined;
    this.foregroundGroup = undefined;
    for (const process of session.members()) {
      if (process.controllingTerminal === this) process.controllingTerminal = undefined;
    }
  }

  /** A program opened or closed it; the device hears of the first and the last. */
  opened(): void {
    if (this.#openCount++ === 0) this.#behind?.firstOpened?.();
  }

  closed(): void {
    if (--this.#openCount === 0) this.#behind?.lastClosed?.();
  }

  get isOpen(): boolean {
    return this.#openCount > 0;
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

  /** Takes what is there, whatever VMIN says: count, or WouldBlock. */
  read(into: Uint8Array): number {
    const count = this.discipline.read(into);
    if (count >= 0) this.#behind?.inputRoom();
    return count;
  }

  /** Count, or WouldBlock. */
  write(from: Uint8Array): number {
    const { output } = this.discipline;
    let done = 0;
    while (done < from.length && !this.discipline.flow.stopped && this.#pendingBytes < OUTPUT_LIMIT) {
      const chunk = from.subarray(done, done + OUTPUT_CHUNK);
      this.#emit(this.termios.output(OPOST) ? output.process(this.termios, chunk) : chunk.slice());
      done += chunk.length;
    }
    return done > 0 || from.length === 0 ? done : Status.WouldBlock;
  }

  /** Queues processed bytes and pushes what the device takes. */
  #emit(bytes: Uint8Array): void {
    if (this.dead || bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
    this.#drain();
  }

  #drain(): void {
    while (this.#pending.length > 0 && !this.discipline.flow.stopped) {
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

  /** New modes, as far as they are not locked. */
  setTermios(wanted: Termios): void {
    const before = this.termios;
    wanted.keepLocked(before, this.lockedModes);
    wanted.settle();
    this.packets.modesChanged(before, wanted);
    this.discipline.setTermios(wanted);
  }

  /** All that was typed and not read, what the device still holds too (TCFLSH). */
  discardInput(): void {
    this.#behind?.discardInput?.();
    this.flushInput();
  }

  flushInput(): void {
    this.discipline.flushInput();
    this.packets.flushed('input');
    this.#behind?.inputRoom();
  }

  flushOutput(): void {
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#behind?.discardOutput();
    this.packets.flushed('output');
    this.waitQueue.wake();
  }

  /** Sends a flow control character to the other side, before what waits. Source: drivers/tty/tty_io.c, tty_send_xchar. */
  sendAtOnce(byte: number): void {
    const bytes = Uint8Array.of(byte);
    if (this.#behind?.write(bytes) !== 0) return;
    this.#pending.unshift(bytes);
    this.#pendingBytes += bytes.length;
  }

  /** Readable bytes as poll sees them: MIN counts only where TIME is 0. */
  get readable(): boolean {
    const available = this.discipline.available();
    const { cc } = this.termios;
    const readsLines = this.termios.local(ICANON) && !this.termios.local(EXTPROC);
    return available >= (readsLines || cc[VTIME]! > 0 ? 1 : Math.max(1, cc[VMIN]!));
  }

  get writable(): boolean {
    return !this.discipline.flow.stopped && this.#pendingBytes < OUTPUT_LIMIT;
  }
}

function unlocked(): Termios {
  const modes = new Termios();
  modes.iflag = modes.oflag = modes.cflag = modes.lflag = 0;
  modes.cc.fill(0);
  return modes;
}
