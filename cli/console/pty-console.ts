/** `--console pty` of a run: a host pseudo-terminal as the device of the guest's console. Its path is printed, so that one can attach to it. */
import type { Terminal } from '../../linuxabi/tty/terminal.ts';
import { HostLine } from './host-line.ts';
import { HostPty } from './host-pty.ts';

const COLUMNS = 80;
const ROWS = 24;

export class PtyConsole {
  readonly #pty: HostPty;

  private constructor(pty: HostPty) {
    this.#pty = pty;
  }

  /** Of the host's slave side: what one attaches to. */
  get path(): string {
    return this.#pty.path;
  }

  static async open(terminal: Terminal): Promise<PtyConsole> {
    const opener = await HostPty.opener();
    const pty = opener(COLUMNS, ROWS);
    new HostLine(terminal, pty.input, pty.output).open();
    terminal.resize({ rows: ROWS, columns: COLUMNS, xPixels: 0, yPixels: 0 });
    return new PtyConsole(pty);
  }

  close(): Promise<void> {
    return this.#pty.close();
  }
}
