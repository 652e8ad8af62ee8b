/**
 * A descriptor's view of a terminal: the program side. Adds to Terminal what depends on who calls, job control and ioctls, and what depends on when
 * it was opened: a hang-up cuts off the descriptors of its time.
 */
import type { GuestAddress } from '../../cpu/address.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { Ready } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { SIGTTOU } from '../abi/signal.ts';
import { TOSTOP } from '../abi/termios.ts';
import type { Description } from '../fs/description.ts';
import type { Segment } from '../fs/transfer.ts';
import type { LinuxThread } from '../process/thread.ts';
import { checkBackground } from './job-control.ts';
import { terminalIoctl } from './terminal-ioctl.ts';
import { readTerminal } from './terminal-read.ts';
import type { Terminal } from './terminal.ts';

export class TerminalFile extends UnseekableFile {
  readonly terminal: Terminal;
  readonly raisesSignals = true;
  readonly #node: FileNode | undefined;
  readonly #hangUpsBefore: number;

  constructor(terminal: Terminal, node: FileNode | undefined) {
    super();
    this.terminal = terminal;
    this.#node = node;
    this.#hangUpsBefore = terminal.hangUps;
    terminal.opened();
  }

  override get node(): FileNode | undefined {
    return this.#node;
  }

  get waitQueue(): WaitQueue {
    return this.terminal.waitQueue;
  }

  /** Nothing goes through this descriptor any more. */
  get hungUp(): boolean {
    return this.terminal.hangUps !== this.#hangUpsBefore;
  }

  /** Whether the caller may write now: 0, or −errno after the background group has been signalled. Reading is in `transferIn`. */
  checkTransfer(thread: LinuxThread, direction: 'read' | 'write'): number {
    if (direction === 'read' || this.hungUp || !this.terminal.termios.local(TOSTOP)) return 0;
    return checkBackground(thread, this.terminal, SIGTTOU);
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    return terminalIoctl(thread, this, request, argument);
  }

  transferIn(thread: LinuxThread, description: Description, segments: readonly Segment[]): number {
    return readTerminal(thread, this, description, segments);
  }

  read(into: Uint8Array): number {
    return this.hungUp ? 0 : this.terminal.read(into);
  }

  write(from: Uint8Array): number {
    return this.hungUp ? Status.InputOutput : this.terminal.write(from);
  }

  readiness(): number {
    const { terminal } = this;
    if (this.hungUp) return Ready.Readable | Ready.Writable | Ready.HangUp | Ready.Error;
    return (terminal.readable ? Ready.Readable : 0) | (terminal.writable ? Ready.Writable : 0);
  }

  override release(): void {
    this.terminal.closed();
  }
}
