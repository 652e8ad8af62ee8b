/**
 * The user's own terminal as the device of a guest terminal: raw mode, input, output, window size.
 */
import type { ReadStream } from 'node:tty';
import type { Terminal } from '../../linuxabi/tty/terminal.ts';
import { HostLine } from './host-line.ts';
import { HostOutput } from './host-output.ts';
import { TerminalGuard } from './terminal-guard.ts';

export class TerminalConsole {
  readonly #terminal: Terminal;
  readonly #input: ReadStream;
  readonly #line: HostLine;
  readonly #output = new HostOutput(process.stdout.fd);
  readonly #guard: TerminalGuard;
  readonly #onResize = (): void => this.#resize();

  constructor(terminal: Terminal, input: ReadStream) {
    this.#terminal = terminal;
    this.#input = input;
    this.#line = new HostLine(terminal, input, this.#output);
    this.#guard = new TerminalGuard(input);
  }

  async open(): Promise<void> {
    this.#resize();
    await this.#guard.enterRaw();
    process.stdout.on('resize', this.#onResize);
    this.#line.open();
    // The terminal's other end is gone: what a modem's hang-up is to a real line.
    this.#input.on('end', () => this.#terminal.hangUp());
    this.#input.on('error', () => this.#terminal.hangUp());
  }

  /** Shows what is still queued, then gives the terminal back as it was. */
  async close(): Promise<void> {
    await this.#output.drain();
    process.stdout.off('resize', this.#onResize);
    this.#input.pause();
    this.#guard.leaveRaw();
  }

  #resize(): void {
    const { columns, rows } = process.stdout;
    if (columns === undefined || rows === undefined) return;
    this.#terminal.resize({ rows, columns, xPixels: 0, yPixels: 0 });
  }
}
