/** Someone at a terminal: drives a program under node-pty, types, and waits for what should appear. */
import { join } from 'node:path';
import type { IPty } from 'node-pty';

export const repository = join(import.meta.dirname, '..', '..');
export const k42Command = [process.execPath, join(repository, 'cli', 'k42.cjs')] as const;

const PATIENCE_MS = 20_000;

export class Person {
  /** Everything seen so far. */
  seen = '';
  /** Where the next `sees` begins to look. */
  #mark = 0;
  #exit: { exitCode: number; signal: number | undefined } | undefined;
  readonly #pty: IPty;
  #wake: () => void = () => undefined;

  private constructor(pty: IPty) {
    this.#pty = pty;
    pty.onData((data) => {
      this.seen += data;
      this.#wake();
    });
    pty.onExit(({ exitCode, signal }) => {
      this.#exit = { exitCode, signal: signal === 0 ? undefined : signal };
      this.#wake();
    });
  }

  static async at(command: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Person> {
    const { spawn } = await import('node-pty');
    const [program = '', ...args] = command;
    const options = { cols: 80, rows: 24, cwd: repository, env: { ...process.env, TERM: 'xterm', ...env } };
    return new Person(spawn(program, args, options));
  }

  get pid(): number {
    return this.#pty.pid;
  }

  type(text: string): void {
    this.#pty.write(text);
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows);
  }

  /** Waits until `wanted` appears after what was last waited for; answers the match. */
  async sees(wanted: string | RegExp): Promise<RegExpMatchArray> {
    const pattern = typeof wanted === 'string' ? new RegExp(escape(wanted)) : wanted;
    const found = await this.#until(() => pattern.exec(this.seen.slice(this.#mark)) ?? undefined, String(wanted));
    this.#mark += found.index! + found[0].length;
    return found;
  }

  /** Waits for the end of the program. */
  async leaves(): Promise<{ exitCode: number; signal: number | undefined }> {
    return this.#until(() => this.#exit, 'the end of the program');
  }

  /** Closes the line, as a terminal window that is shut does. */
  hangUp(): void {
    (this.#pty as IPty & { destroy(): void }).destroy();
  }

  kill(signal: string): void {
    this.#pty.kill(signal);
  }

  close(): void {
    if (this.#exit === undefined) this.#pty.kill('SIGKILL');
  }

  async #until<T>(look: () => T | undefined, what: string): Promise<T> {
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = look();
      if (found !== undefined) return found;
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`waited for ${what}, saw: ${JSON.stringify(this.seen.slice(this.#mark))}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

function escape(text: string): string {
  return text.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`);
}
