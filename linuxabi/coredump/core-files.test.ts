/**
 * Core files, as their own program reads them: testdata/core-files.c. The answers are a Linux's, up to those about patterns, which it would have to change for
 * everyone: "./core-files own" prints them in an empty folder where kernel.core_pattern is "core".
 */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../../test/support/guest-machine.ts';
import { command, requirement } from '../../test/support/requirements.ts';

const hasCompiler = await requirement('gcc', command('gcc'));

describe.skipIf(!hasCompiler)('core files', () => {
  const programs = hasCompiler ? new GuestPrograms() : undefined!;
  afterAll(() => programs?.remove());

  it('hold registers, notes and memory, within the limit, under the name of the pattern', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata', 'core-files.c'), ['-lpthread']);
    const { output, status } = await runGuest('native', program);
    expect(output.trimEnd().split('\n')).toEqual([
      'signal 11, core dumped',
      'mode 600, whole pages',
      'ELF type 4 machine 62, first header 4',
      'first thread: the leader, signal 11, r12 0x1234567, fpvalid 1',
      'process: core-files, its pid, parent this',
      'siginfo: signal 11 code 1 at 0x10',
      'files: some, page 4096, first core-files',
      'threads: 2',
      'data: Written in the data, writable',
      'page: on a page of its own, writable',
      'shared: shared, writable',
      'code: not held, not writable',
      'signal 11, no core',
      'no core',
      'signal 3, no core',
      'no core',
      'signal 15, no core',
      'no core',
      'signal 6, no core',
      'no core',
      'signal 6, core dumped',
      'limited: yes',
      'signal 6, core dumped',
      'signal 6, core dumped',
      'through a link: not written',
      'signal 6, core dumped',
      'pattern: as told',
      'signal 6, core dumped',
      'with its pid: as told',
      'signal 6, no core',
    ]);
    expect(status).toBe(0);
  });
});
