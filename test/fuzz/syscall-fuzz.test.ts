/**
 * Random system calls (syscall-fuzz.c), and random tracing and filtering (watch-fuzz.c): the kernel answers all of them, and nothing is left when they are done. Longer:
 * npm run fuzz -- 10000000
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../support/guest-machine.ts';
import { command, requirement } from '../support/requirements.ts';

const seed = process.env['K42_FUZZ_SEED'] ?? '1';
const calls = process.env['K42_FUZZ_CALLS'] ?? '6000';
const PROCESSES = 4;
const TIMEOUT_MS = 60_000 + Number(calls);

const hasGcc = await requirement('gcc', command('gcc'));
const guests = new GuestPrograms();
afterAll(() => guests.remove());

describe.skipIf(!hasGcc || process.arch !== 'x64')('random system calls', () => {
  it(
    `seed ${seed}, ${calls} calls`,
    async () => {
      const program = guests.compile(join(import.meta.dirname, 'syscall-fuzz.c'));
      const { output, status, machine } = await runGuest('native', program, { args: [seed, calls, `${PROCESSES}`] });
      expect(output).toContain('calls made: 1\n');
      expect(status).toBe(0);
      expect([...machine.tasks.processes.keys()]).toEqual([1]);
      expect(machine.tasks.threads.size).toBe(0);
    },
    TIMEOUT_MS,
  );

  it(
    'random orders to traced children, and random filters',
    async () => {
      const program = guests.compile(join(import.meta.dirname, 'watch-fuzz.c'));
      const { status, machine } = await runGuest('native', program, { args: [seed, '2000'], timeoutMs: TIMEOUT_MS });
      expect(status).toBe(0);
      expect([...machine.tasks.processes.keys()]).toEqual([1]);
      expect(machine.tasks.threads.size).toBe(0);
    },
    TIMEOUT_MS,
  );
});
