/**
 * One read(2) of a terminal. Bytes are taken as they come, so that a signal, or a descriptor that does not wait, answers those that are there although
 * VMIN asks for more. Source: termios(3), "Canonical and noncanonical mode"; drivers/tty/n_tty.c, n_tty_read.
 */
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { EAGAIN, EFAULT, EIO } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { IN_ACCESS } from '../abi/inotify.ts';
import { SIGTTIN } from '../abi/signal.ts';
import { ICANON, VMIN, VTIME } from '../abi/termios.ts';
import { block, Restart, WAIT, type Wait } from '../blocking.ts';
import type { Description } from '../fs/description.ts';
import { scatter, totalLength, type Segment } from '../fs/transfer.ts';
import type { LinuxThread } from '../process/thread.ts';
import { checkBackground } from './job-control.ts';
import type { TerminalFile } from './terminal-file.ts';

const DECISECOND_NS = 100_000_000;

export function readTerminal(
  thread: LinuxThread,
  file: TerminalFile,
  description: Description,
  segments: readonly Segment[],
): number {
  if (file.hungUp) return 0;
  const refused = checkBackground(thread, file.terminal, SIGTTIN);
  if (refused < 0) return refused;
  return block(thread, new TerminalRead(thread, file, description, segments));
}

class TerminalRead implements Wait {
  readonly restart = Restart.Sys;
  readonly queues: readonly WaitQueue[];
  /** When waiting ends: from the start of the read where MIN is 0, from the latest byte where it is not. */
  deadlineNs: number | undefined;
  readonly #thread: LinuxThread;
  readonly #file: TerminalFile;
  readonly #description: Description;
  readonly #segments: readonly Segment[];
  readonly #total: number;
  /** Bytes that are enough. Canonical mode has enough with whatever a line is. */
  readonly #enough: number;
  readonly #betweenBytesNs: number;
  #done = 0;

  constructor(thread: LinuxThread, file: TerminalFile, description: Description, segments: readonly Segment[]) {
    this.#thread = thread;
    this.#file = file;
    this.#description = description;
    this.#segments = segments;
    this.#total = totalLength(segments);
    this.queues = [file.waitQueue];
    const { termios } = file.terminal;
    const timeNs = termios.cc[VTIME]! * DECISECOND_NS;
    const minimum = termios.cc[VMIN]!;
    const isRaw = !termios.local(ICANON);
    this.#enough = isRaw ? Math.max(minimum, 1) : 0;
    this.#betweenBytesNs = isRaw && minimum > 0 ? timeNs : 0;
    if (isRaw && minimum === 0) this.deadlineNs = thread.machine.nowNs() + timeNs;
  }

  attempt(): number {
    if (this.#total === 0) return 0;
    const before = this.#done;
    const result = this.#take();
    if (this.#done > before) this.#description.notify(IN_ACCESS);
    return result === WAIT ? WAIT : this.#finish(result);
  }

  onTimeout(): number {
    return this.#finish(this.#done);
  }

  onInterrupt(): number | undefined {
    return this.#done > 0 ? this.#finish(this.#done) : undefined;
  }

  #finish(result: number): number {
    const { usage } = this.#thread;
    usage.reads++;
    if (result > 0) usage.readBytes += result;
    return result;
  }

  /** Takes what is there: the call's result, or WAIT. */
  #take(): number {
    const { terminal } = this.#file;
    for (;;) {
      if (this.#file.hungUp) return terminal.dead && this.#done === 0 ? -EIO : this.#done;
      if (terminal.discipline.available() === 0) return this.#nothingThere();
      const stored = this.#takeOnce();
      if (stored < 0) return this.#done > 0 ? this.#done : stored;
      if (this.#done >= this.#enough || this.#done === this.#total) return this.#done;
      if (this.#betweenBytesNs > 0) this.deadlineNs = this.#thread.machine.nowNs() + this.#betweenBytesNs;
    }
  }

  #nothingThere(): number {
    const late = this.deadlineNs !== undefined && this.deadlineNs <= this.#thread.machine.nowNs();
    if (late) return this.#done;
    if ((this.#description.flags & O_NONBLOCK) === 0) return WAIT;
    return this.#done > 0 ? this.#done : -EAGAIN;
  }

  /** A line, or the raw bytes that are there; 0, or −EFAULT where they could not be stored. */
  #takeOnce(): number {
    const { transfer } = this.#thread.process.fs.system;
    const piece = transfer.subarray(0, Math.min(transfer.length, this.#total - this.#done));
    const count = this.#file.terminal.read(piece);
    const stored = scatter(this.#thread, this.#segments, this.#done, piece.subarray(0, count));
    this.#done += stored;
    return stored < count ? -EFAULT : 0;
  }
}
