/** What is behind the guest's terminal in a browser: the page, by messages. The page says how much it has shown, and as much more is sent. */
import type { Terminal, TerminalDevice } from '../../../linuxabi/tty/terminal.ts';

/** Bytes on their way to the screen: as many as xterm.js deals with in a frame or two. */
const MOST_ON_THE_WAY = 128 * 1024;

export class PageLine implements TerminalDevice {
  readonly #terminal: Terminal;
  readonly #send: (bytes: Uint8Array<ArrayBuffer>) => void;
  #onTheWay = 0;
  /** Input that the terminal has had no room for. */
  #held: Uint8Array[] = [];

  constructor(terminal: Terminal, send: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.#terminal = terminal;
    this.#send = send;
    terminal.attach(this);
  }

  write(bytes: Uint8Array): number {
    const count = Math.min(bytes.length, MOST_ON_THE_WAY - this.#onTheWay);
    if (count <= 0) return 0;
    this.#onTheWay += count;
    this.#send(new Uint8Array(bytes.subarray(0, count)));
    return count;
  }

  shown(bytes: number): void {
    this.#onTheWay -= bytes;
    this.#terminal.deviceReady();
  }

  receive(bytes: Uint8Array): void {
    const taken = this.#held.length > 0 ? 0 : this.#terminal.input(bytes);
    if (taken < bytes.length) this.#held.push(bytes.subarray(taken));
  }

  inputRoom(): void {
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.receive(bytes);
  }

  /** What has been sent is in the page's hands. */
  discardOutput(): void {}
}
