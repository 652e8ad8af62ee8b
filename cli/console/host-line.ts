/** A terminal of the host as the device of a guest terminal: both directions, and input held while the guest has no room. */
import type { ReadStream } from 'node:tty';
import type { Terminal, TerminalDevice } from '../../linuxabi/tty/terminal.ts';
import { HostOutput } from './host-output.ts';

export class HostLine implements TerminalDevice {
  readonly #terminal: Terminal;
  readonly #input: ReadStream;
  readonly #output: HostOutput;
  /** Input the guest terminal had no room for; the stream is paused meanwhile. */
  #held: Uint8Array[] = [];

  constructor(terminal: Terminal, input: ReadStream, outputDescriptor: number) {
    this.#terminal = terminal;
    this.#input = input;
    this.#output = new HostOutput(outputDescriptor);
    this.#output.onRoom = () => terminal.deviceReady();
  }

  /** Begins to take input. */
  open(): void {
    this.#terminal.attach(this);
    this.#input.on('data', (bytes: Uint8Array) => this.#receive(bytes));
  }

  /** Resolves when everything written so far has been shown. */
  drain(): Promise<void> {
    return this.#output.drain();
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

  #receive(bytes: Uint8Array): void {
    const taken = this.#held.length > 0 ? 0 : this.#terminal.input(bytes);
    if (taken === bytes.length) return;
    this.#held.push(bytes.slice(taken));
    this.#input.pause();
  }
}
