/** A compiled program reads the time through the vDSO: libc finds its functions, and the calls come from its page. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../../test/support/guest-machine.ts';
import { command, requirement } from '../../test/support/requirements.ts';
import type { SyscallTracer } from '../strace.ts';

/** Names of the calls made from inside the vDSO. */
class CallsFromVdso implements SyscallTracer {
  readonly names = new Set<string>();

  enter(...[thread, definition]: Parameters<SyscallTracer['enter']>): void {
    const region = thread.process.addressSpace.regions.find(thread.cpu.state.rip);
    if (region?.attributes.label === '[vdso]') this.names.add(definition?.name ?? '?');
  }

  exit(): void {}

  signal(): void {}

  threadEnded(): void {}
}

const hasHost = await requirement('gcc on x86-64 Linux', () => {
  if (process.platform !== 'linux' || process.arch !== 'x64') throw new Error(`${process.platform} ${process.arch}`);
  command('gcc')();
});

describe.skipIf(!hasHost)('a program', () => {
  const programs = hasHost ? new GuestPrograms() : undefined!;
  afterAll(() => programs?.remove());

  it('finds the functions of the vDSO and gets the time from them', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata', 'clocks.c'));
    const tracer = new CallsFromVdso();
    const guest = await runGuest('native', program, { tracer });
    expect(guest.output).toBe(execFileSync(program, { encoding: 'latin1' }));
    expect([...tracer.names].toSorted()).toEqual(['clock_getres', 'clock_gettime', 'gettimeofday', 'time']);
  });
});
