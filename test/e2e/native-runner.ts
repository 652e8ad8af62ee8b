/** Runs a case of the command table natively, with the given static bash and busybox. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environment, fixtures, type CommandResult } from './command-table.ts';

const TIMEOUT_MS = 30_000;

export class NativeRunner {
  readonly #base = mkdtempSync(join(tmpdir(), 'k42-native-'));
  readonly #bin: string;

  /** `programs`: a busybox, whose applets are used, or a folder of programs. */
  constructor(bash: string, programs: string) {
    if (statSync(programs).isDirectory()) {
      this.#bin = programs;
      return;
    }
    this.#bin = join(this.#base, 'bin');
    this.#addApplets(bash, programs);
  }

  #addApplets(bash: string, busybox: string): void {
    mkdirSync(this.#bin);
    const applets = spawnSync(busybox, ['--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
    for (const applet of applets) symlinkSync(busybox, join(this.#bin, applet));
    symlinkSync(bash, join(this.#bin, 'bash'));
  }

  run(script: string): CommandResult {
    const work = join(this.#base, 'work');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    for (const [name, content] of Object.entries(fixtures)) writeFileSync(join(work, name), content);
    const result = spawnSync(join(this.#bin, 'bash'), ['-c', script], {
      argv0: 'bash',
      cwd: work,
      env: { ...environment, PATH: this.#bin },
      encoding: 'latin1',
      input: '',
      timeout: TIMEOUT_MS,
    });
    const status = result.status ?? 128 + signalNumber(result.signal);
    return { stdout: result.stdout, stderr: result.stderr, status };
  }

  close(): void {
    rmSync(this.#base, { recursive: true, force: true });
  }
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

function signalNumber(signal: NodeJS.Signals | null): number {
  return SIGNALS[signal ?? ''] ?? 0;
}
