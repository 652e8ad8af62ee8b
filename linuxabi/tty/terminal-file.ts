/**
 * A descriptor's view of a terminal: the program side. Adds to Terminal what depends on who calls: job control and ioctls.
 */
import type { GuestAddress } from '../../cpu/address.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { Ready } from '../../kernel/open-file.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import type { LinuxThread } from '../process/thread.ts';
import { checkBackground } from './job-control.ts';
import { terminalIoctl } from './terminal-ioctl.ts';
import type { Terminal } from './terminal.ts';
import { TOSTOP } from '../abi/termios.ts';
import { SIGTTIN, SIGTTOU } from '../abi/signal.ts';

export class TerminalFile extends UnseekableFile {
  readonly terminal: Terminal;
  readonly raisesSignals = true;
  readonly #node: FileNode | undefined;

  constructor(terminal: Terminal, node: FileNode | undefined) {
    super();
    this.terminal = terminal;
    this.#node = node;
    terminal.opened();
  }

  override get node(): FileNode | undefined {
    return this.#node;
  }

  get waitQueue(): WaitQueue {
    return this.terminal.waitQueue;
  }

  /** Whether the caller may transfer now: 0, or −errno after the background group has been signalled. */
  checkTransfer(thread: LinuxThread, direction: 'read' | 'write'): number {
    if (direction === 'read') return checkBackground(thread, this.terminal, SIGTTIN);
    return this.terminal.termios.local(TOSTOP) ? checkBackground(thread, this.terminal, SIGTTOU) : 0;
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    return terminalIoctl(thread, this.terminal, request, argument);
  }

  read(into: Uint8Array): number {
    return this.terminal.read(into);
  }

  write(from: Uint8Array): number {
    return this.terminal.write(from);
  }

  readiness(): number {
    const { terminal } = this;
    if (terminal.hungUp) return Ready.Readable | Ready.Writable | Ready.HangUp | Ready.Error;
    return (terminal.readable ? Ready.Readable : 0) | (terminal.writable ? Ready.Writable : 0);
  }

  override release(): void {
    this.terminal.closed();
  }
}
