/** One side of a comparison: a program under node-pty, and the screen that it draws. */
import type { IPty } from 'node-pty';
import { Screen, type ScreenSize } from './screen.ts';

export class Player {
  readonly screen: Screen;
  readonly startedMs = performance.now();
  /** When something was shown last. */
  shownMs = performance.now();
  exitCode: number | undefined;
  readonly #pty: IPty;
  #pending: Promise<void> = Promise.resolve();

  private constructor(pty: IPty, size: ScreenSize) {
    this.#pty = pty;
    this.screen = new Screen(size, (text) => this.type(text));
    // With encoding null the data are bytes, whatever the type says.
    pty.onData((data) => void (this.#pending = this.#show(data as unknown as Uint8Array)));
    pty.onExit(({ exitCode }) => void (this.exitCode = exitCode));
  }

  static async start(command: readonly string[], size: ScreenSize): Promise<Player> {
    const { spawn } = await import('node-pty');
    const [program = '', ...args] = command;
    const { columns: cols, rows } = size;
    const { HOME: _home, ...env } = process.env;
    return new Player(
      spawn(program, args, { cols, rows, encoding: null, env: { ...env, TERM: 'xterm-256color' } }),
      size,
    );
  }

  type(keys: string): void {
    if (this.exitCode === undefined) this.#pty.write(keys);
  }

  resize(size: ScreenSize): void {
    this.screen.resize(size);
    this.#pty.resize(size.columns, size.rows);
  }

  /** Resolves when all that has come is on the screen. */
  settled(): Promise<void> {
    return this.#pending;
  }

  close(): void {
    if (this.exitCode === undefined) this.#pty.kill('SIGKILL');
    this.screen.close();
  }

  async #show(bytes: Uint8Array): Promise<void> {
    await this.screen.show(bytes);
    this.shownMs = performance.now();
  }
}
