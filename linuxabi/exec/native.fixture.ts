/** For tests: what the host's Linux makes of executable files. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class NativeHost {
  readonly folder = mkdtempSync(join(tmpdir(), 'k42-exec-'));

  /** Compiles one of the programs in testdata, static. */
  compile(name: string): string {
    const output = join(this.folder, name);
    execFileSync('gcc', ['-O1', '-static', '-o', output, join(import.meta.dirname, 'testdata', `${name}.c`)]);
    return output;
  }

  file(name: string, content: Uint8Array | string): string {
    const path = join(this.folder, name);
    writeFileSync(path, typeof content === 'string' ? Buffer.from(content, 'latin1') : content);
    chmodSync(path, 0o755);
    return path;
  }

  run(program: string, args: readonly string[]): string[] {
    return execFileSync(program, args, { encoding: 'latin1' }).trimEnd().split('\n');
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
