/**
 * The host's own strace and gdb run inside, on a root that shows the host's /usr: strace prints what it prints natively, gdb stops at
 * breakpoints, steps, reads and writes, follows threads and attaches.
 */
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { command, requirement } from '../support/requirements.ts';

const ready =
  (await requirement('an x86-64 Linux host', () => {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`this is ${process.platform} ${process.arch}`);
  })) &&
  (await requirement('gcc', command('gcc'))) &&
  (await requirement('strace', command('strace', ['-V']))) &&
  (await requirement('gdb', command('gdb', ['--version'])));

const TIMEOUT_MS = 240_000;
const CLI = join(import.meta.dirname, '../../cli/k42.cjs');

const PROGRAM = `
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int counter;
int add(int a, int b) {
  int sum = a + b;
  counter += sum;
  return sum;
}
void *worker(void *argument) {
  add(100, *(int *)argument);
  return 0;
}
int main(int argc, char **argv) {
  int sum = 0, seven = 7;
  for (int i = 0; i < 4; i++) sum = add(sum, i);
  pthread_t thread;
  pthread_create(&thread, 0, worker, &seven);
  pthread_join(thread, 0);
  if (argc > 2) for (;;) pause();
  if (argc > 1) *(volatile int *)16 = 1;
  printf("sum %d, counter %d\\n", sum, counter);
  return 0;
}
`;

describe.runIf(ready)('debuggers inside', () => {
  let root: string;
  const volumes: string[] = ['-v', '/usr:/usr:ro'];

  /** The host's layout: /bin and the like lead into /usr, or are folders of their own. */
  function showSystemFolder(name: string): void {
    const stat = lstatSync(`/${name}`, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (stat.isSymbolicLink()) spawnSync('ln', ['-s', readlinkSync(`/${name}`), join(root, name)]);
    else volumes.push('-v', `/${name}:/${name}:ro`);
  }

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'k42-debuggers-'));
    for (const folder of ['tmp', 'proc', 'sys', 'dev', 'etc', 'root']) mkdirSync(join(root, folder));
    for (const name of ['bin', 'sbin', 'lib', 'lib64']) showSystemFolder(name);
    writeFileSync(join(root, 'tmp/program.c'), PROGRAM);
    const built = spawnSync('gcc', ['-g', '-O0', '-pthread', '-o', 'program', 'program.c'], { cwd: join(root, 'tmp') });
    if (built.status !== 0) throw new Error(built.stderr.toString());
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  function inside(...argv: string[]): { output: string; status: number | null } {
    const options = ['run', '--rootfs', root, ...volumes, '--no-tty', '-w', '/tmp'];
    const result = spawnSync(process.execPath, [CLI, ...options, ...argv], { encoding: 'utf8', timeout: TIMEOUT_MS });
    return { output: result.stdout + result.stderr, status: result.status };
  }

  function gdb(commands: readonly string[], ...program: string[]) {
    const settings = ['set debuginfod enabled off', 'set confirm off', 'set style enabled off'];
    const batch = [...settings, ...commands].flatMap((line) => ['-ex', line]);
    return inside('gdb', '-q', '-batch', '-nx', ...batch, '--args', ...program).output;
  }

  it(
    'strace shows calls, children and signals',
    () => {
      const calls = '-e';
      const filter = 'trace=execve,kill,getppid,exit_group,wait4';
      const script = 'sh -c "exit 3"; kill -USR1 $$; exit 4';
      const { output, status } = inside('strace', '-f', calls, filter, 'sh', '-c', `trap "exit 5" USR1; ${script}`);
      expect(status).toBe(5);
      expect(output).toMatch(
        /execve\("[^"]*\/sh", \["sh", "-c", "trap .*"[.]*\], 0x[0-9a-f]+ \/\* \d+ vars \*\/\) = 0/,
      );
      expect(output).toMatch(/exit_group\(3\)\s+= \?/);
      expect(output).toMatch(/\+\+\+ exited with 3 \+\+\+/);
      expect(output).toMatch(/--- SIGCHLD \{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=\d+, si_uid=0, si_status=3/);
      expect(output).toMatch(/kill\(\d+, SIGUSR1\)\s+= 0/);
      expect(output).toMatch(/--- SIGUSR1 \{si_signo=SIGUSR1, si_code=SI_USER, si_pid=\d+, si_uid=0\} ---/);
      expect(output).toMatch(/exit_group\(5\)\s+= \?\n\+\+\+ exited with 5 \+\+\+/);
    },
    TIMEOUT_MS,
  );

  it(
    'strace injects faults, with and without a seccomp filter',
    () => {
      for (const mode of [[], ['--seccomp-bpf']]) {
        const { output } = inside(
          'strace',
          '-f',
          ...mode,
          '-e',
          'inject=chdir:error=EXDEV',
          '-e',
          'trace=chdir',
          'sh',
          '-c',
          'cd /usr',
        );
        expect(output).toContain(
          'chdir("/usr")                           = -1 EXDEV (Invalid cross-device link) (INJECTED)',
        );
      }
    },
    TIMEOUT_MS,
  );

  it(
    'gdb stops, steps, reads and writes, and shows where a program crashed',
    () => {
      const output = gdb(
        [
          'set can-use-hw-watchpoints 0',
          'break add if b == 2',
          'run',
          'backtrace',
          'print a + b',
          'finish',
          'stepi',
          'delete',
          'print add(20, 22)',
          'watch counter',
          'continue',
          'delete',
          'set var counter = 1000',
          'break worker',
          'continue',
          'info threads',
          'continue',
          'delete',
          'run crash',
          'print $_siginfo._sifields._sigfault.si_addr',
          'backtrace',
          'kill',
        ],
        './program',
      );
      expect(output).toMatch(/Breakpoint 1, add \(a=1, b=2\) at program\.c:/);
      expect(output).toMatch(/#1 .* in main \(argc=1, argv=0x[0-9a-f]+\)/);
      expect(output).toContain('$1 = 3\n');
      expect(output).toContain('Value returned is $2 = 3\n');
      expect(output).toContain('$3 = 42\n');
      expect(output).toMatch(/Old value = 46\nNew value = 52\n/);
      expect(output).toMatch(/Thread 2 .* hit Breakpoint 3, worker/);
      expect(output).toMatch(/\* 2 +Thread /);
      expect(output).toContain('sum 6, counter 1107\n');
      expect(output).toMatch(/\[Inferior 1 \(process \d+\) exited normally\]/);
      expect(output).toContain('received signal SIGSEGV, Segmentation fault.');
      expect(output).toContain('$4 = (void *) 0x10\n');
      expect(output).toMatch(/#0 .*main \(argc=2, argv=0x[0-9a-f]+\) at program\.c:23/);
    },
    TIMEOUT_MS,
  );

  it(
    'gdb attaches',
    () => {
      const attach = 'gdb -q -batch -nx -ex "set debuginfod enabled off" -ex "print counter" -ex detach -p $!';
      const script = `./program wait forever & sleep 1; ${attach}; kill $!`;
      expect(inside('sh', '-c', script).output).toContain('$1 = 117\n');
    },
    TIMEOUT_MS,
  );
});
