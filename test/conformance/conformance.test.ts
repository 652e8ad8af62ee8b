/** C programs run on the host's Linux and in k42: what they print and how they end must be the same. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../support/guest-machine.ts';
import { command, requirement } from '../support/requirements.ts';

const hasGcc = await requirement('gcc', command('gcc'));
const isLinuxX64 = process.platform === 'linux' && process.arch === 'x64';
/** Guests are root; these programs change their user ids or make special files, which only root can. */
const isRoot = process.getuid?.() === 0;
const NATIVE_TIMEOUT_MS = 30_000;

const programs: readonly (readonly [name: string, args: readonly string[], possible: boolean])[] = [
  ['fork-wait', [], true],
  ['signals', [], true],
  ['threads', [], true],
  ['identity', [], isRoot],
  ['cpu-limit', [], true],
  ['fork-storm', ['200', '100'], true],
  ['names', [], isRoot],
  ['file-data', [], true],
  ['pipes', [], true],
  ['descriptors', [], true],
  ['attributes', [], isRoot],
  ['readiness', [], true],
  ['directories', [], true],
  ['copies', [], true],
  ['permission', [], isRoot],
  ['printing', [], true],
  ['library', [], true],
  ['thread-library', [], true],
];

const guests = new GuestPrograms();
afterAll(() => guests.remove());

describe.skipIf(!hasGcc || !isLinuxX64)('the same as on Linux', () => {
  for (const [name, args, possible] of programs) {
    it.skipIf(!possible)(name, async () => {
      const program = guests.compile(join(import.meta.dirname, `${name}.c`), ['-pthread', '-lm']);
      const native = spawnSync(program, args, { cwd: guests.folder, encoding: 'latin1', timeout: NATIVE_TIMEOUT_MS });
      const guest = await runGuest('native', program, { args });
      expect(guest.output).toBe(native.stdout + native.stderr);
      expect(guest.status).toBe(native.status);
      // Only init is left: no process, thread or group leaks.
      expect([...guest.machine.tasks.processes.keys()]).toEqual([1]);
      expect(guest.machine.tasks.threads.size).toBe(0);
      expect(guest.machine.tasks.groups.size).toBe(1);
    });
  }
});
