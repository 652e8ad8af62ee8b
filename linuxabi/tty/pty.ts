/**
 * Pseudo-terminals: opening /dev/ptmx makes a pair, the master an OpenFile here, the slave a Terminal under /dev/pts.
 * What is written to the master is typed at the slave; what programs write to the slave is read from the master.
 * Source: pty(7), pts(4); drivers/tty/pty.c.
 */
import { Ready, type OpenFile } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import type { LinuxThread } from '../process/thread.ts';
import { masterIoctl } from './master-ioctl.ts';
import type { Terminal } from './terminal.ts';

const MASTER_BUFFER = 65536;

export class PtyMaster implements OpenFile {
  readonly node = undefined;
  readonly waitQueue = new WaitQueue();
  readonly terminal: Terminal;
  readonly index: number;
  /** TIOCSPTLCK: the slave can't be opened. */
  locked = true;
  readonly #onClose: () => void;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #references = 1;
  #slaveGone = false;

  constructor(index: number, terminal: Terminal, onClose: () => void) {
    this.index = index;
    this.terminal = terminal;
    this.#onClose = onClose;
    this.terminal.attach({
      write: (bytes) => this.#takeOutput(bytes),
      inputRoom: () => void this.waitQueue.wake(),
      discardOutput: () => this.#discardOutput(),
      firstOpened: () => void (this.#slaveGone = false),
      lastClosed: () => this.#lastClosed(),
    });
    // Linux starts a pty slave without a size; the emulator that owns the master sets one.
    this.terminal.window = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 };
  }

  // --- the slave's output ----------------------------------------------------------------------------------------------

  #takeOutput(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, MASTER_BUFFER - this.#buffered);
    if (count <= 0) return 0;
    this.#chunks.push(bytes.slice(0, count));
    this.#buffered += count;
    this.waitQueue.wake();
    return count;
  }

  #discardOutput(): void {
    this.#chunks = [];
    this.#buffered = 0;
  }

  #lastClosed(): void {
    this.#slaveGone = true;
    this.waitQueue.wake();
  }

  // --- OpenFile: the master's descriptor -----------------------------------------------------------------------------

  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    if (this.#buffered === 0) return this.#slaveGone ? Status.InputOutput : Status.WouldBlock;
    let done = 0;
    while (done < into.length && this.#chunks.length > 0) {
      const first = this.#chunks[0]!;
      const part = first.subarray(0, into.length - done);
      into.set(part, done);
      done += part.length;
      if (part.length === first.length) this.#chunks.shift();
      else this.#chunks[0] = first.subarray(part.length);
    }
    this.#buffered -= done;
    this.terminal.deviceReady();
    return done;
  }

  /** Types at the slave. */
  write(from: Uint8Array): number {
    if (from.length === 0) return 0;
    const taken = this.terminal.input(from);
    return taken > 0 ? taken : Status.WouldBlock;
  }

  readAt(): number {
    return Status.NotSeekable;
  }

  writeAt(): number {
    return Status.NotSeekable;
  }

  seek(): number {
    return Status.NotSeekable;
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    return masterIoctl(thread, this, request, argument);
  }

  /** Bytes a reader could get at once (FIONREAD). */
  get available(): number {
    return this.#buffered;
  }

  readiness(): number {
    let ready = Ready.Writable as number;
    if (this.#buffered > 0) ready |= Ready.Readable;
    if (this.#slaveGone) ready |= Ready.HangUp;
    return ready;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references > 0) return;
    this.terminal.hangUp();
    this.#onClose();
  }
}
