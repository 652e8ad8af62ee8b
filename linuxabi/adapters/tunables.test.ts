/** What is written to /proc/sys takes effect. The answers are those of proc_sys_kernel(5) and its relatives; those of the network and of IPC are a Linux's. */
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { GuestPrograms, runGuest } from '../../test/support/guest-machine.ts';
import { command, requirement } from '../../test/support/requirements.ts';

const hasCompiler = await requirement('gcc', command('gcc'));

describe.skipIf(!hasCompiler)('tunables', () => {
  const programs = hasCompiler ? new GuestPrograms() : undefined!;
  afterAll(() => programs?.remove());

  it('are what the calls go by', async () => {
    const program = programs.compile(join(import.meta.dirname, 'testdata', 'tunables.c'));
    const { output, status } = await runGuest('native', program);
    expect(output.trimEnd().split('\n')).toEqual([
      'ip_local_port_range: 80001',
      'no port left: EADDRINUSE',
      'keepalive: 77 7 3',
      'ip_default_ttl: 33',
      'bindv6only: 1',
      'port 69: EACCES',
      'port 70: 0',
      'max_dgram_qlen: 4',
      'somaxconn: 3',
      'orphan: 0',
      'orphan, forced: EINVAL',
      'with a creator: 0',
      'after its last detach: EINVAL',
      'leases-enable: EINVAL',
      'nr_open: EPERM',
      'pipe-max-size: EPERM',
      'at it: 65536',
      'protected_hardlinks off: 0',
      '/proc/sys/vm/drop_caches: EACCES',
      'guess: ENOMEM',
      'always: 0',
      'never, within: 0',
      'never, beyond: ENOMEM',
      'never, unreserved: ENOMEM',
      'never, together: ENOMEM',
      'never, after it: 0',
      '/proc/sys/vm/overcommit_ratio: 0',
      '/proc/sys/vm/overcommit_kbytes: 0',
      'mmap_min_addr: EPERM',
      'suid_dumpable: 2',
      'sched_rr_timeslice_ms: 30',
    ]);
    expect(status).toBe(0);
  });
});
