/**
 * The user's own terminal as the device of a guest terminal: raw mode, input, output, window size.
 */
import type { ReadStream } from 'node:tty';
import type { Terminal, TerminalDevice } from '../../linuxabi/tty/terminal.ts';
import { HostOutput } from './host-output.ts';
import { TerminalGuard } from './terminal-guard.ts';

export class TerminalConsole implements TerminalDevice {
  readonly #terminal: Terminal;
  readonly #input: ReadStream;
  readonly #output = new HostOutput(process.stdout.fd);
  readonly #guard: TerminalGuard;
  /** Input the guest terminal had no room for. */
  #held: Uint8Array[] = [];
  readonly #onResize = (): void => this.#resize();

  constructor(terminal: Terminal, input: ReadStream) {
    this.#terminal = terminal;
    this.#input = input;
    this.#guard = new TerminalGuard(input);
    this.#output.onRoom = () => terminal.deviceReady();
  }

  async open(): Promise<void> {
    this.#terminal.attach(this);
    this.#resize();
    await this.#guard.enterRaw();
    process.stdout.on('resize', this.#onResize);
    this.#input.on('data', (bytes: Uint8Array) => this.#receive(bytes));
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

  write(bytes: Uint8Array): number {
    const count = this.#output.write(bytes);
    // A broken output loses what is written to it, as a line without a listener does.
    if (this.#output.broken) return bytes.length;
    return Math.max(count, 0);
  }

  inputRoom(): void {
    const held = this.#held;
    if (held.length === 0) return;
    this.#held = [];
    for (const bytes of held) this.#receive(bytes);
    if (this.#held.length === 0) this.#input.resume();
  }

  discardOutput(): void {
    this.#output.discard();
  }

  #receive(bytes: Uint8Array): void {
    const taken = this.#held.length > 0 ? 0 : this.#terminal.input(bytes);
    if (taken === bytes.length) return;
    this.#held.push(bytes.slice(taken));
    this.#input.pause();
  }

  #resize(): void {
    const { columns, rows } = process.stdout;
    if (columns === undefined || rows === undefined) return;
    this.#terminal.resize({ rows, columns, xPixels: 0, yPixels: 0 });
  }
}
