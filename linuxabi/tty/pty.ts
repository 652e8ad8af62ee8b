/**
 * Pseudo-terminals: opening /dev/ptmx makes a pair, the master an OpenFile here, the slave a Terminal under /dev/pts.
 * What is written to the master is typed at the slave; what programs write to the slave is read from the master.
 * Source: pty(7), pts(4); drivers/tty/pty.c.
 */
import { ByteQueue } from '../../kernel/byte-queue.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import type { LinuxThread } from '../process/thread.ts';
import { masterIoctl } from './master-ioctl.ts';
import type { Terminal } from './terminal.ts';

const MASTER_BUFFER = 65536;

export class PtyMaster extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly raisesSignals = true;
  readonly terminal: Terminal;
  readonly index: number;
  /** TIOCSPTLCK: the slave can't be opened. */
  locked = true;
  readonly #onClose: () => void;
  readonly #output = new ByteQueue();
  #slaveGone = false;

  constructor(index: number, terminal: Terminal, onClose: () => void) {
    super();
    this.index = index;
    this.terminal = terminal;
    this.#onClose = onClose;
    this.terminal.attach({
      write: (bytes) => this.#takeOutput(bytes),
      inputRoom: () => void this.waitQueue.wake(),
      discardOutput: () => this.#output.clear(),
      firstOpened: () => void (this.#slaveGone = false),
      lastClosed: () => this.#lastClosed(),
    });
    // Linux starts a pty slave without a size; the emulator that owns the master sets one.
    this.terminal.window = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 };
  }

  // --- the slave's output ----------------------------------------------------------------------------------------------

  #takeOutput(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, MASTER_BUFFER - this.#output.length);
    if (count <= 0) return 0;
    this.#output.push(bytes.slice(0, count));
    this.waitQueue.wake();
    return count;
  }

  #lastClosed(): void {
    this.#slaveGone = true;
    this.waitQueue.wake();
  }

  // --- OpenFile: the master's descriptor -----------------------------------------------------------------------------

  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    if (this.#output.length === 0) return this.#slaveGone ? Status.InputOutput : Status.WouldBlock;
    const done = this.#output.take(into);
    this.terminal.deviceReady();
    return done;
  }

  /** Types at the slave. */
  write(from: Uint8Array): number {
    if (from.length === 0) return 0;
    const taken = this.terminal.input(from);
    return taken > 0 ? taken : Status.WouldBlock;
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    return masterIoctl(thread, this, request, argument);
  }

  /** Bytes a reader could get at once (FIONREAD). */
  get available(): number {
    return this.#output.length;
  }

  readiness(): number {
    let ready = Ready.Writable as number;
    if (this.#output.length > 0) ready |= Ready.Readable;
    if (this.#slaveGone) ready |= Ready.HangUp;
    return ready;
  }

  override release(): void {
    this.terminal.hangUp();
    this.#onClose();
  }
}
