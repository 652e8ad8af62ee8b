/** The processor of this host as a judge: compiles host-runner.c with gcc into a temporary directory and feeds it batches. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RESULT_SIZE, ResultBatch } from './machine-record.ts';
import type { CaseBatch } from './machine-record.ts';

export class HostProcessor {
  readonly name = 'host';
  readonly #directory: string;
  readonly #program: string;

  private constructor(directory: string, program: string) {
    this.#directory = directory;
    this.#program = program;
  }

  /** A judge, or the reason why there is none here. */
  static open(): HostProcessor | string {
    if (process.arch !== 'x64' || process.platform !== 'linux')
      return `the host is ${process.platform} ${process.arch}`;
    const directory = mkdtempSync(join(tmpdir(), 'k42-host-runner-'));
    const program = join(directory, 'host-runner');
    const source = fileURLToPath(new URL('host-runner.c', import.meta.url));
    const gcc = spawnSync('gcc', ['-O2', '-Wall', '-Werror', '-fno-stack-protector', '-o', program, source], {
      encoding: 'utf8',
    });
    if (gcc.error === undefined && gcc.status === 0) return new HostProcessor(directory, program);
    rmSync(directory, { recursive: true });
    if (gcc.error === undefined) throw new Error(`host-runner.c does not compile:\n${gcc.stderr}`);
    return 'gcc is not installed';
  }

  run(batch: CaseBatch): ResultBatch {
    const expected = batch.cases.length * RESULT_SIZE;
    const child = spawnSync(this.#program, [], { input: new Uint8Array(batch.buffer), maxBuffer: expected + 1 });
    if (child.error !== undefined) throw child.error;
    if (child.status !== 0 || child.stdout.length !== expected) {
      throw new Error(
        `host-runner ended with ${child.signal ?? child.status} after ${child.stdout.length} of ${expected} bytes`,
      );
    }
    return new ResultBatch(new Uint8Array(child.stdout).buffer);
  }

  close(): void {
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
