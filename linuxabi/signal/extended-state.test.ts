/** SSE and AVX state and signals, compared with the host (AVX: where it has that as well). */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../../test/support/guest-machine.ts';
import { command, requirement } from '../../test/support/requirements.ts';

const hasHost = await requirement('gcc on x86-64 Linux', () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${process.platform} ${process.arch}`);
  command('gcc')();
});
const hostHasAvx = hasHost && /^flags\b.*\bavx2\b/m.test(readFileSync('/proc/cpuinfo', 'latin1'));

describe.skipIf(!hasHost)('SSE and AVX state', () => {
  const programs = hasHost ? new GuestPrograms() : undefined!;
  afterAll(() => programs?.remove());

  it('is in signal frames, upper halves of YMM registers included', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata', 'extended-state.c'));
    const { output } = await runGuest('native', program, { cpu: 'x86-64-v3' });
    expect(output).toContain('kept: 1 2 3 4\n');
    expect(output).toContain('changed by the handler: 1 2 77 4\n');
    expect(output).toContain('bad mxcsr: signal 11\n');
    if (hostHasAvx) expect(output).toBe(execFileSync(program, { encoding: 'latin1' }));
  });

  it('ends in SIGFPE where an exception is unmasked', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata', 'unmasked-exceptions.c'), ['-lm']);
    const { output } = await runGuest('native', program);
    expect(output).toContain('by zero: signal 8, code 3\n');
    expect(output).toBe(execFileSync(program, { encoding: 'latin1' }));
  });
});
