/**
 * Keeps the user's own terminal sane. Raw mode is undone when the session ends, and when k42 dies of an exception or of a signal that can be
 * caught. For those that can't (SIGKILL, a crash of the host) a small watcher process holds the other end of a pipe: when it sees k42
 * gone without a word, it puts the saved modes back.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { ReadStream } from 'node:tty';

const FATAL_SIGNALS = [
  'SIGTERM',
  'SIGHUP',
  'SIGINT',
  'SIGQUIT',
  'SIGABRT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGPIPE',
] as const;

const WATCHER = `
trap '' INT QUIT TSTP TTOU TTIN HUP TERM
saved=$(stty -g </dev/tty) || exit 0
echo ready
read -r word || stty "$saved" </dev/tty
`;

export class TerminalGuard {
  readonly #input: ReadStream;
  #watcher: ChildProcess | undefined;
  #raw = false;
  readonly #handlers: [NodeJS.Signals, () => void][] = [];
  readonly #onExit = (): void => this.leaveRaw();

  constructor(input: ReadStream) {
    this.#input = input;
  }

  /** Saves the modes, then goes raw. Resolves once the watcher knows what to restore. */
  async enterRaw(): Promise<void> {
    await this.#startWatcher();
    this.#raw = true;
    this.#input.setRawMode(true);
    process.on('exit', this.#onExit);
    for (const signal of FATAL_SIGNALS) {
      const handler = (): void => this.#die(signal);
      this.#handlers.push([signal, handler]);
      process.on(signal, handler);
    }
  }

  leaveRaw(): void {
    if (!this.#raw) return;
    this.#raw = false;
    for (const [signal, handler] of this.#handlers.splice(0)) process.off(signal, handler);
    process.off('exit', this.#onExit);
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal itself is gone: nothing to restore.
    }
    this.#watcher?.stdin?.end('done\n');
    this.#watcher = undefined;
  }

  /** Restores, then dies of the same signal, so that the parent sees the true cause. */
  #die(signal: NodeJS.Signals): void {
    this.leaveRaw();
    process.kill(process.pid, signal);
  }

  async #startWatcher(): Promise<void> {
    if (process.platform === 'win32') return;
    const watcher = spawn('sh', ['-c', WATCHER], { stdio: ['pipe', 'pipe', 'ignore'] });
    this.#watcher = watcher;
    watcher.stdin.on('error', () => undefined);
    await new Promise<void>((resolve) => {
      watcher.stdout.once('data', () => resolve());
      watcher.once('error', () => resolve());
      watcher.once('exit', () => resolve());
    });
    watcher.stdout.destroy();
    watcher.unref();
    (watcher.stdin as unknown as { unref?: () => void }).unref?.();
  }
}
