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
import { TIOCPKT_DATA } from '../abi/termios.ts';
import { masterIoctl } from './master-ioctl.ts';
import { OutputFlow } from './output-flow.ts';
import type { Terminal } from './terminal.ts';

/** Output of the slave that waits for the master's reader. */
const OUTPUT_LIMIT = 65536;
/** Of which this much has arrived for good: a flush of the slave's output does not take it back. */
const ARRIVED = 4095;
/** Typed bytes that wait for room in the line discipline. Source: drivers/tty/pty.c, tty_buffer_set_limit. */
const TYPED_LIMIT = 8192;

export class PtyMaster extends UnseekableFile {
  readonly waitQueue = new WaitQueue();
  readonly raisesSignals = true;
  readonly terminal: Terminal;
  readonly index: number;
  /** TIOCSPTLCK: the slave can't be opened. */
  locked = true;
  /** tcflow on the master holds back what it writes. */
  readonly flow = new OutputFlow(() => void this.waitQueue.wake());
  readonly #onFree: () => void;
  readonly #onClose: () => void;
  readonly #output = new ByteQueue();
  #typed: Uint8Array = new Uint8Array(0);
  #slaveGone = false;
  #closed = false;

  /** `onClose`: the slave can't be opened any more; `onFree`: nobody has the slave open either. */
  constructor(index: number, terminal: Terminal, { onClose, onFree }: { onClose(): void; onFree(): void }) {
    super();
    this.index = index;
    this.terminal = terminal;
    this.#onClose = onClose;
    this.#onFree = onFree;
    this.terminal.attach({
      write: (bytes) => this.#takeOutput(bytes),
      inputRoom: () => this.#offerTyped(),
      discardInput: () => this.discardTyped(),
      discardOutput: () => this.#output.truncate(ARRIVED),
      firstOpened: () => void (this.#slaveGone = false),
      lastClosed: () => this.#lastClosed(),
      statusChanged: () => void this.waitQueue.wake(),
    });
    // Linux starts a pty slave without a size; the emulator that owns the master sets one.
    this.terminal.window = { rows: 0, columns: 0, xPixels: 0, yPixels: 0 };
  }

  // --- the slave's side ------------------------------------------------------------------------------------------------

  #takeOutput(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, OUTPUT_LIMIT - this.#output.length);
    if (count <= 0) return 0;
    this.#output.push(bytes.slice(0, count));
    this.waitQueue.wake();
    return count;
  }

  #lastClosed(): void {
    this.#slaveGone = true;
    this.waitQueue.wake();
    if (this.#closed) this.#onFree();
  }

  /** The line discipline may have room again. */
  #offerTyped(): void {
    if (this.#typed.length > 0) this.#typed = this.#typed.subarray(this.terminal.input(this.#typed));
    this.waitQueue.wake();
  }

  discardTyped(): void {
    this.#typed = new Uint8Array(0);
    this.waitQueue.wake();
  }

  discardOutput(): void {
    this.#output.clear();
    this.terminal.deviceReady();
  }

  // --- OpenFile: the master's descriptor -----------------------------------------------------------------------------

  read(into: Uint8Array): number {
    if (into.length === 0) return 0;
    const { packets } = this.terminal;
    if (packets.pending !== 0) {
      into[0] = packets.take();
      return 1;
    }
    if (this.#output.length === 0) return this.#slaveGone ? Status.InputOutput : Status.WouldBlock;
    let done = 0;
    if (packets.enabled) into[done++] = TIOCPKT_DATA;
    done += this.#output.take(into.subarray(done));
    this.terminal.deviceReady();
    return done;
  }

  /** Types at the slave. */
  write(from: Uint8Array): number {
    if (from.length === 0) return 0;
    if (this.flow.stopped) return Status.WouldBlock;
    const taken = this.#typed.length > 0 ? 0 : this.terminal.input(from);
    const held = from.subarray(taken, taken + TYPED_LIMIT - this.#typed.length);
    if (held.length > 0) this.#typed = Uint8Array.of(...this.#typed, ...held);
    return taken + held.length > 0 ? taken + held.length : Status.WouldBlock;
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    return masterIoctl(thread, this, request, argument);
  }

  /** Bytes a reader could get at once (FIONREAD). */
  get available(): number {
    return this.#output.length;
  }

  readiness(): number {
    let ready = !this.flow.stopped && this.#typed.length < TYPED_LIMIT ? Ready.Writable : 0;
    if (this.#output.length > 0) ready |= Ready.Readable;
    if (this.terminal.packets.pending !== 0) ready |= Ready.Readable | Ready.Priority;
    if (this.#slaveGone) ready |= Ready.HangUp;
    return ready;
  }

  override release(): void {
    this.#closed = true;
    this.terminal.hangUp();
    this.#onClose();
    if (!this.terminal.isOpen) this.#onFree();
  }
}
