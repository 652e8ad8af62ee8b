/**
 * `--console pty`: a host pseudo-terminal made by node-pty as the device of a guest terminal. Its path is printed, so that screen,
 * picocom or any serial tool can attach to it.
 */
import { ReadStream } from 'node:tty';
import type { Terminal, TerminalDevice } from '../../linuxabi/tty/terminal.ts';
import { HostOutput } from './host-output.ts';

/** The native part of node-pty: makes a pair; descriptors of both sides and the slave's path. */
interface PtyBinding {
  open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string };
}

const COLUMNS = 80;
const ROWS = 24;

export class PtyConsole implements TerminalDevice {
  /** Of the host's slave side: what one attaches to. */
  readonly path: string;
  readonly #terminal: Terminal;
  readonly #output: HostOutput;
  readonly #input: ReadStream;
  /** Kept open, or the master would report a hang-up while nobody is attached. */
  readonly #slave: ReadStream;
  #held: Uint8Array[] = [];

  private constructor(terminal: Terminal, master: number, slave: number, path: string) {
    this.path = path;
    this.#terminal = terminal;
    this.#output = new HostOutput(master);
    this.#output.onRoom = () => terminal.deviceReady();
    this.#input = new ReadStream(master);
    this.#input.on('data', (bytes: Uint8Array) => this.#receive(bytes));
    this.#input.on('error', () => undefined);
    // The guest's own line discipline echoes and edits; the host's must not do it a second time.
    this.#slave = new ReadStream(slave);
    this.#slave.setRawMode(true);
    this.#slave.pause();
  }

  static async open(terminal: Terminal): Promise<PtyConsole> {
    const { native } = (await import('node-pty')) as unknown as { native: PtyBinding | null };
    if (native === null) throw new Error('--console pty needs a host with Unix pseudo-terminals');
    const { master, slave, pty } = native.open(COLUMNS, ROWS);
    const console = new PtyConsole(terminal, master, slave, pty);
    terminal.attach(console);
    terminal.resize({ rows: ROWS, columns: COLUMNS, xPixels: 0, yPixels: 0 });
    return console;
  }

  write(bytes: Uint8Array): number {
    const count = this.#output.write(bytes);
    return this.#output.broken ? bytes.length : Math.max(count, 0);
  }

  inputRoom(): void {
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.#receive(bytes);
  }

  discardOutput(): void {
    this.#output.discard();
  }

  async close(): Promise<void> {
    await this.#output.drain();
    this.#input.destroy();
    this.#slave.destroy();
  }

  #receive(bytes: Uint8Array): void {
    const taken = this.#held.length > 0 ? 0 : this.#terminal.input(bytes);
    if (taken < bytes.length) this.#held.push(bytes.slice(taken));
  }
}
