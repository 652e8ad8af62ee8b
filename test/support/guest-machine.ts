/** Guest programs for tests: C programs are compiled on the host, run there and in a bare machine, and compared. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export { CaptureFile, createBareMachine as createGuestMachine, runGuest } from '../../cli/bare-machine.ts';
export type { GuestOptions, GuestResult } from '../../cli/bare-machine.ts';

/** Compiles C sources of the repository into static programs, in a folder of its own. */
export class GuestPrograms {
  readonly folder = mkdtempSync(join(tmpdir(), 'k42-guest-'));

  compile(source: string, flags: readonly string[] = []): string {
    const program = join(this.folder, basename(source, '.c'));
    execFileSync('gcc', ['-O1', '-static', '-w', '-o', program, source, ...flags]);
    return program;
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
