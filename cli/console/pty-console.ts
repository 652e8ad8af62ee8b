/**
 * `--console pty`: a host pseudo-terminal made by node-pty as the device of a guest terminal. Its path is printed, so that screen,
 * picocom or any serial tool can attach to it.
 */
import { ReadStream } from 'node:tty';
import type { Terminal } from '../../linuxabi/tty/terminal.ts';
import { HostLine } from './host-line.ts';
import { HostOutput } from './host-output.ts';

/** The native part of node-pty: makes a pair; descriptors of both sides and the slave's path. */
interface PtyBinding {
  open(columns: number, rows: number): { readonly master: number; readonly slave: number; readonly pty: string };
}

const COLUMNS = 80;
const ROWS = 24;

export class PtyConsole {
  /** Of the host's slave side: what one attaches to. */
  readonly path: string;
  readonly #line: HostLine;
  readonly #output: HostOutput;
  readonly #input: ReadStream;
  /** Kept open, or the master would report a hang-up while nobody is attached. */
  readonly #slave: ReadStream;

  private constructor(terminal: Terminal, master: number, slave: number, path: string) {
    this.path = path;
    this.#input = new ReadStream(master);
    this.#input.on('error', () => undefined);
    this.#output = new HostOutput(master);
    this.#line = new HostLine(terminal, this.#input, this.#output);
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
    console.#line.open();
    terminal.resize({ rows: ROWS, columns: COLUMNS, xPixels: 0, yPixels: 0 });
    return console;
  }

  async close(): Promise<void> {
    await this.#output.drain();
    this.#input.destroy();
    this.#slave.destroy();
  }
}
