/** Programs that take all they can get: each limit holds, the rest of the machine goes on, and the host's process stays under its bound. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { runLimited, type LimitedRun } from './limits/limited-run.ts';

const rootReady = await requirement('the default root', ensureDefaultRoot);
const gccReady = await requirement('gcc', command('gcc'));

const MIB = 2 ** 20;
/** Node, the engine, translated code, decoded images. */
const BASE_BYTES = 256 * MIB;
/** JavaScript objects and tables of a process. */
const TASK_BYTES = MIB;

let folder: string;
let mount: readonly string[];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-limits-'));
  mount = ['-v', `${folder}:/test:ro`];
  const source = join(import.meta.dirname, 'limits', 'bombs.c');
  const { status, stderr } = spawnSync('gcc', ['-O1', '-static', '-pthread', '-o', join(folder, 'bombs'), source]);
  if (status !== 0) throw new Error(stderr.toString());
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inside = (options: readonly string[], script: string): Promise<LimitedRun> =>
  runLimited(folder, ['run', '-q', ...mount, ...options, 'sh', '-c', script]);

/** The bound that SECURITY.md states. */
function boundOf(memoryMiB: number, tasks = 8, storageMiB = 0): number {
  return BASE_BYTES + 2.5 * memoryMiB * MIB + storageMiB * MIB + tasks * TASK_BYTES;
}

describe.runIf(rootReady && gccReady)('memory', () => {
  it('kills what takes more than there is, and nobody else', async () => {
    const run = await inside(['-m', '96m'], '/test/bombs memory; echo "ended $?"; echo still here');
    expect(run.stdout).toBe('ended 137\nstill here\n');
    expect(run.peakBytes).toBeLessThan(boundOf(96));
  });

  it('is there up to the limit, and free again afterwards', async () => {
    const run = await inside(['-m', '96m'], 'for i in 1 2 3; do /test/bombs memory 64; done');
    expect(run.stdout).toBe('had 64 MiB\n'.repeat(3));
    expect(run.peakBytes).toBeLessThan(boundOf(96));
  });

  it('is not taken by a call either', async () => {
    const run = await inside(['-m', '96m'], '/test/bombs reading 1000; echo "ended $?"');
    expect(run.stdout).toBe('ended 137\n');
    expect(run.peakBytes).toBeLessThan(boundOf(96));
  });

  it('of one process is refused beyond --ulimit', async () => {
    const { stdout } = await inside(['-m', '96m', '--ulimit', 'as=50000000'], '/test/bombs reading 60');
    expect(stdout).toBe('mmap: ENOMEM after 0\n');
  });

  it('holds for pages that a fork lent', async () => {
    const run = await inside(['-m', '128m'], '/test/bombs copies; echo "ended $?"');
    expect(run.stdout).toContain('ended 137\n');
    expect(run.peakBytes).toBeLessThan(boundOf(128));
  });

  it('of ended processes goes back to the host', async () => {
    const run = await inside(['-m', '96m'], '/test/bombs churn 20');
    expect(run.stdout).toBe('20 of 20 ended well\n');
    expect(run.peakBytes).toBeLessThan(boundOf(96));
  });

  it('counts shared memory, files in memory, pipes and sockets', async () => {
    const script = `
      for bomb in shared pipes sockets; do /test/bombs $bomb 2>&1 | sed 's/ after.*//'; done
      /test/bombs disk 1000 /dev/shm/x | sed 's/ after.*//'; rm /dev/shm/x; echo still here`;
    const run = await inside(['-m', '64m', '--ulimit', 'nofile=50000'], script);
    expect(run.stdout.trimEnd().split('\n').slice(-2)).toEqual(['write: ENOSPC', 'still here']);
    expect(run.peakBytes).toBeLessThan(boundOf(64));
  });

  it.each([
    ['record locks', 'locks', 'lock: ENOLCK'],
    ['mounts', 'mounts', 'mount: ENOMEM'],
    ['what epolls watch', 'watched', 'epoll_ctl: ENOMEM'],
    ['signals that wait', 'queued', 'sigqueue: EAGAIN'],
  ])('counts %s', async (_what, bomb, refusal) => {
    const words = `mkdir -p /mnt; ulimit -n 20000; /test/bombs ${bomb} 1000000; echo still here`;
    const run = await inside(['-m', '16m'], words);
    expect(run.stdout.replace(/ after \d+/, '')).toBe(`${refusal}\nstill here\n`);
    expect(run.peakBytes).toBeLessThan(boundOf(16));
  });

  it('of the kernel is there again when what took it has gone', async () => {
    const words =
      'mkdir -p /mnt; for i in 1 2 3; do /test/bombs locks 10000; /test/bombs queued 10000; done; echo still here';
    const run = await inside(['-m', '16m'], words);
    expect(run.stdout).toBe('still here\n');
  });

  it('chooses by oom_score_adj', async () => {
    const script = `
      (echo 1000 >/proc/self/oom_score_adj; exec sleep 1000) & victim=$!
      until grep -q 1000 /proc/$victim/oom_score_adj && grep -q sleep /proc/$victim/comm; do :; done
      /test/bombs memory 200; wait $victim; echo "asked first: $?"`;
    const run = await inside(['-m', '96m'], script);
    expect(run.stdout).toBe('asked first: 137\n');
  });

  it('is shown to programs', async () => {
    const script = `
      grep MemTotal /proc/meminfo; cat /sys/fs/cgroup/memory.max; /test/bombs memory 2>/dev/null
      grep oom_kill /sys/fs/cgroup/memory.events; dmesg | grep -c 'Out of memory: Killed process [0-9]* (bombs)'`;
    const { stdout } = await inside(['-m', '64m'], script);
    expect(stdout).toBe(`MemTotal:          65536 kB\n${64 * MIB}\noom_kill 1\n1\n`);
  });
});

describe.runIf(rootReady && gccReady)('tasks', () => {
  it.each([
    ['forks', 'fork'],
    ['threads', 'thread'],
  ])('%s end with EAGAIN', async (bomb, what) => {
    const run = await inside(
      ['--pids-limit', '60', '-m', '128m'],
      `/test/bombs ${bomb}; cat /sys/fs/cgroup/pids.max /sys/fs/cgroup/pids.events`,
    );
    // The shell is one of them, and the bomb's first process.
    expect(run.stdout).toBe(`${what}: EAGAIN after 58\n60\nmax 1\n`);
    expect(run.peakBytes).toBeLessThan(boundOf(128, 60));
  });

  it('a fork bomb of a shell does not take the machine with it', async () => {
    const script = `bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 3; echo alive`;
    const run = await runLimited(folder, [
      ...['run', '-q', '--pids-limit', '100', '-m', '256m', '--timeout', '20', '--stop-timeout', '0'],
      ...['bash', '-c', script],
    ]);
    expect([0, 124, 254]).toContain(run.status);
    expect(run.peakBytes).toBeLessThan(boundOf(256, 100));
  });
});

describe.runIf(rootReady && gccReady)('files', () => {
  it('are limited in all, whoever holds them', async () => {
    const run = await inside(['--files-limit', '2500'], '/test/bombs files; cat /proc/sys/fs/file-max');
    expect(run.stdout).toMatch(/^open: ENFILE after \d+\n2500\n$/);
  });

  it('take no more of the root than it may', async () => {
    const script = `
      /test/bombs disk 1000 /x; rm /x; /test/bombs disk 5 /x && echo "room again"; rm /x
      mkdir /d; /test/bombs inodes 100000 /d | sed 's/ after.*//'`;
    const run = await inside(['--storage-opt', 'size=20m', '--storage-opt', 'inodes=3000'], script);
    expect(run.stdout).toBe('write: ENOSPC after 20\nroom again\nmkdir: ENOSPC\n');
    expect(run.peakBytes).toBeLessThan(boundOf(0, 8, 20));
  });

  it('may be mapped so many times', async () => {
    const script = 'echo 2000 >/proc/sys/vm/max_map_count; /test/bombs regions | sed "s/ after.*//"';
    expect((await inside([], script)).stdout).toBe('mmap: ENOMEM\n');
  });
});

describe.runIf(rootReady)('each process', () => {
  it('begins with the limits of --ulimit', async () => {
    const options = ['--ulimit', 'nofile=64:128', '--ulimit', 'core=-1', '--ulimit', 'stack=1048576'];
    const { stdout } = await inside(options, 'ulimit -n; ulimit -Hn; ulimit -c; ulimit -s');
    expect(stdout).toBe('64\n128\nunlimited\n1024\n');
  });
});

describe.runIf(rootReady)('time', () => {
  it('of the processor is a part of what there is', async () => {
    const { stdout, wallMs, cpuMs } = await runLimited(folder, [
      ...['run', '-q', '--cpus', '0.25', '--timeout', '8', 'sh', '-c'],
      'cat /sys/fs/cgroup/cpu.max; while :; do :; done',
    ]);
    expect(stdout).toBe('25000 100000\n');
    // Start and end of k42 itself are not throttled: leave them two seconds.
    expect(cpuMs).toBeLessThan(wallMs * 0.3 + 2000);
  });

  it.each([
    ['asks programs to end', "trap 'echo asked; exit 3' TERM; while :; do sleep 0.1; done", 'asked\n'],
    ['makes those end that do not want to', "trap '' TERM; while :; do :; done", ''],
  ])('on the wall %s', async (_what, script, output) => {
    const run = await runLimited(folder, [
      ...['run', '-q', '--timeout', '2s', '--stop-timeout', '1', 'sh', '-c', script],
    ]);
    expect(run).toMatchObject({ status: 124, stdout: output });
  });
});

describe.runIf(rootReady)('output', () => {
  it('that nobody reads makes its writer wait', async () => {
    const words = ['run', '-q', '--timeout', '4', '--stop-timeout', '1', 'sh', '-c', 'yes & yes & yes'];
    const { status, peakBytes } = await runLimited(folder, words, 'none');
    // By a signal: a write to the pipe can't be called off.
    expect(status).toBe(null);
    expect(peakBytes).toBeLessThan(BASE_BYTES);
  });
});
