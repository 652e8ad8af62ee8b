/** The memory calls against the host's Linux: one guest program makes them all, and prints the same in both places. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../../test/support/guest-machine.ts';
import { command, requirement } from '../../test/support/requirements.ts';

const hasHost = await requirement('gcc on x86-64 Linux', () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${process.platform} ${process.arch}`);
  command('gcc')();
});

describe.skipIf(!hasHost)('memory calls', () => {
  const programs = hasHost ? new GuestPrograms() : undefined!;
  afterAll(() => programs?.remove());

  it('answer as on the host, and leave nothing behind', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata', 'memory-calls.c'));
    const native = execFileSync(program, { encoding: 'latin1' }).split('\n');
    const guest = await runGuest('native', program);
    expect(guest.output.split('\n')).toEqual(native);
    expect(guest.status).toBe(0);
    expect(guest.machine.kernel.memory.spaces.size).toBe(0);
    const left = guest.machine.kernel.factories.census().filter((row) => row.type === 'memory-object' && row.live > 0);
    expect(left.map(({ implementation }) => implementation)).toEqual(['image']);
  });
});
