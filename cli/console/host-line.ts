/** What the host has behind a guest terminal, a terminal of its own or two streams: both directions, and input held while the guest has no room. */
import type { Readable } from 'node:stream';
import type { Terminal, TerminalDevice } from '../../linuxabi/tty/terminal.ts';

/** Where a guest terminal's output goes. */
export interface LineOutput {
  /** Nobody takes what is written any more. */
  readonly broken: boolean;
  /** Called when room for more has come, and when it broke. */
  onRoom: () => void;
  /** How many bytes were taken, or a Status. */
  write(bytes: Uint8Array): number;
  /** What has not been shown yet need not be any more. */
  discard(): void;
}

export class HostLine implements TerminalDevice {
  readonly #terminal: Terminal;
  readonly #input: Readable;
  readonly #output: LineOutput;
  /** Input the guest terminal had no room for; the stream is paused meanwhile. */
  #held: Uint8Array[] = [];
  /** The last program has closed the terminal, and the output has taken all. */
  readonly #onClosed: () => void;
  #closed = false;

  constructor(terminal: Terminal, input: Readable, output: LineOutput, onClosed: () => void = () => undefined) {
    this.#terminal = terminal;
    this.#input = input;
    this.#output = output;
    this.#onClosed = onClosed;
    output.onRoom = () => {
      terminal.deviceReady();
      this.#tellClosed();
    };
  }

  /** Begins to take input. */
  open(): void {
    this.#terminal.attach(this);
    this.#input.on('data', (bytes: Uint8Array) => this.#receive(bytes));
  }

  write(bytes: Uint8Array): number {
    const count = this.#output.write(bytes);
    // A broken output loses what is written to it, as a line without a listener does.
    return this.#output.broken ? bytes.length : Math.max(count, 0);
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

  firstOpened(): void {
    this.#closed = false;
  }

  lastClosed(): void {
    this.#closed = true;
    this.#tellClosed();
  }

  #tellClosed(): void {
    if (this.#closed && this.#terminal.pendingOutput === 0) this.#onClosed();
  }

  #receive(bytes: Uint8Array): void {
    const taken = this.#held.length > 0 ? 0 : this.#terminal.input(bytes);
    if (taken === bytes.length) return;
    this.#held.push(bytes.slice(taken));
    this.#input.pause();
  }
}
