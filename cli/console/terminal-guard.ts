/**
 * Keeps the user's own terminal sane. Raw mode is undone when the session ends, and when k42 dies of an exception or of a signal that can be
 * caught. For those that can't (SIGKILL, a crash of the host) a small watcher process holds the other end of a pipe: when it sees k42
 * gone without a word, it puts the saved modes back.
 *
 * Modes are set with stty: Node's own raw mode leaves output processing on, and every line end of the guest would be translated twice.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
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

/** Says the saved modes, goes raw, says so; restores unless it hears a word before the pipe ends. */
const WATCHER = `
trap '' INT QUIT TSTP TTOU TTIN HUP TERM
exec 3</dev/tty || exit 1
saved=$(stty -g <&3) && stty raw -echo <&3 || exit 1
echo "$saved"
read -r word || stty "$saved" <&3
`;

export class TerminalGuard {
  readonly #input: ReadStream;
  #watcher: ChildProcess | undefined;
  /** What stty restores; empty where there is no stty (Windows) and Node's raw mode has to do. */
  #saved = '';
  #raw = false;
  readonly #handlers: [NodeJS.Signals, () => void][] = [];
  readonly #onExit = (): void => this.leaveRaw();

  constructor(input: ReadStream) {
    this.#input = input;
  }

  /** Saves the modes and goes raw. */
  async enterRaw(): Promise<void> {
    this.#saved = process.platform === 'win32' ? '' : await this.#startWatcher();
    if (this.#saved === '') this.#input.setRawMode(true);
    this.#raw = true;
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
    if (this.#saved === '') this.#leaveNodeRaw();
    else spawnSync('stty', [this.#saved], { stdio: ['inherit', 'ignore', 'ignore'] });
    this.#watcher?.stdin?.end('done\n');
    this.#watcher = undefined;
  }

  #leaveNodeRaw(): void {
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal itself is gone: nothing to restore.
    }
  }

  /** Restores, then dies of the same signal, so that the parent sees the true cause. */
  #die(signal: NodeJS.Signals): void {
    this.leaveRaw();
    process.kill(process.pid, signal);
  }

  /** The terminal's modes as stty writes them; empty when it could not be asked. */
  async #startWatcher(): Promise<string> {
    const watcher = spawn('sh', ['-c', WATCHER], { stdio: ['pipe', 'pipe', 'ignore'] });
    watcher.stdin.on('error', () => undefined);
    const saved = await new Promise<string>((resolve) => {
      watcher.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()));
      watcher.once('error', () => resolve(''));
      watcher.once('exit', () => resolve(''));
    });
    watcher.stdout.destroy();
    watcher.unref();
    (watcher.stdin as typeof watcher.stdin & { unref?(): void }).unref?.();
    if (saved !== '') this.#watcher = watcher;
    return saved;
  }
}
