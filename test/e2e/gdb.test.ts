/** k42 -g: the real gdb drives a program of ours. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFailed } from 'vitest';
import { Random } from '../differential/random.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const ready =
  (await requirement('gcc', command('gcc'))) &&
  (await requirement('gdb', command('gdb'))) &&
  (await requirement('the default root', ensureDefaultRoot));
const [node, script] = k42Command;
const folder = mkdtempSync(join(tmpdir(), 'k42-gdb-'));
const program = join(folder, 'program');
const TIMEOUT_MS = 90_000;

const SOURCE = `
  #include <pthread.h>
  #include <signal.h>
  #include <stdio.h>
  #include <string.h>
  #include <sys/wait.h>
  #include <unistd.h>
  volatile int counter, stop, leave;
  volatile double fraction = 0.5;
  static void hear(int signal) { counter += 1000; }
  __attribute__((noinline)) int marker(int n) { asm volatile("" : "+r"(n)); return n * 2; }
  __attribute__((noinline)) int work(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++) sum += i ^ counter;
    counter++;
    return sum;
  }
  static void *spin(void *unused) { while (!stop) __atomic_add_fetch(&counter, 1, __ATOMIC_RELAXED); return 0; }
  static void *sleeper(void *unused) { while (!stop) usleep(20000); return 0; }
  static int threads(void) {
    pthread_t a, b;
    int status;
    signal(SIGUSR1, hear);
    pthread_create(&a, 0, spin, 0);
    pthread_create(&b, 0, sleeper, 0);
    marker(1);
    raise(SIGUSR1);
    if (fork() == 0) _exit(marker(7));
    wait(&status);
    printf("child %d\\n", WEXITSTATUS(status));
    stop = 1;
    pthread_join(a, 0);
    pthread_join(b, 0);
    fflush(stdout);
    execl("/proc/self/exe", "program", "again", (char *)0);
    return 1;
  }
  int main(int count, char **words) {
    const char *what = count > 1 ? words[1] : "";
    if (!strcmp(what, "crash")) *(volatile int *)16 = 1;
    if (!strcmp(what, "threads")) return threads();
    if (!strcmp(what, "again")) return marker(4);
    if (!strcmp(what, "loop")) { puts("looping"); fflush(stdout); while (!leave) usleep(1000); return 6; }
    printf("%d\\n", work(20));
    return counter;
  }`;

/** Packets that do not make the program go on, and what they may be followed by. */
const PREFIXES = [
  ...['g', 'G', 'p', 'P', 'm', 'M', 'X', 'Z', 'z', 'Hg', 'Hc', 'T', 'q', 'Q', 'v', '?', '!', ''],
  ...['vCont', 'vCont;x', 'vFile:', 'vFile:open:', 'vFile:pread:', 'vFile:readlink:', 'qXfer:', 'qXfer:auxv:read::'],
  ...['qXfer:siginfo:read::', 'qThreadExtraInfo,', 'QPassSignals:', 'm400000,', 'M400000,4:', 'Z0,', 'P10=', 'p1'],
];
const SENSELESS = [
  ...'0 1 2 3 4 5 6 7 8 9 a b c d e f , : ; = - z Z } *'.split(' '),
  '\x00',
  '\xff',
  'ffffffffffffffff',
  '7fffffffffff',
  ',,',
];

const running = new Set<ChildProcess>();

/** A process, what it has written so far, and its status. */
class Run {
  readonly child: ChildProcess;
  output = '';
  readonly #closed: Promise<unknown>;

  constructor(file: string, args: readonly string[]) {
    this.child = spawn(file, args, {
      cwd: folder,
      env: { ...process.env, DEBUGINFOD_URLS: '' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.child);
    for (const stream of [this.child.stdout!, this.child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    this.#closed = once(this.child, 'close');
  }

  async ended(): Promise<number | null> {
    await this.#closed;
    running.delete(this.child);
    return this.child.exitCode;
  }

  /** Waits until it has written this; the match. */
  async wrote(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.output);
      if (match !== null) return match;
      if (this.child.exitCode !== null) throw new Error(`ended without ${pattern}: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** k42 with the program, waiting, and where. */
async function debuggee(...words: readonly string[]): Promise<{ k42: Run; port: string }> {
  const k42 = new Run(node, [script, 'exec', '-g', '0', './program', ...words]);
  const [, port = ''] = await k42.wrote(/target remote localhost:(\d+)/);
  return { k42, port };
}

function gdb(port: string, commands: readonly string[]): Run {
  // A loaded machine may take its time for an answer.
  const settings = ['set pagination off', 'set confirm off', 'set remotetimeout 60', 'set tcp connect-timeout 60'];
  const all = [...settings, `target remote localhost:${port}`, ...commands];
  const run = new Run('gdb', ['-q', '-nx', '-batch', ...all.flatMap((text) => ['-ex', text]), program]);
  onTestFailed(() => void process.stderr.write(run.output));
  return run;
}

afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

describe.runIf(ready && process.arch === 'x64')('k42 -g', { timeout: TIMEOUT_MS }, () => {
  beforeAll(() => {
    writeFileSync(join(folder, 'program.c'), SOURCE);
    execFileSync('gcc', ['-g', '-O1', '-static', '-pthread', '-o', program, join(folder, 'program.c')]);
  });

  it('stops at breakpoints, shows and changes memory and registers, steps, and tells the exit status', async () => {
    const { k42, port } = await debuggee();
    const session = gdb(port, [
      'break main',
      'break work',
      'continue',
      'continue',
      'backtrace',
      // The code is as it was, with a breakpoint on it.
      'x/1xb work',
      'finish',
      'stepi',
      'print counter',
      'set var counter = 40',
      'set var $r12 = 0x1122334455667788',
      'print/x $r12',
      'set var $st0 = 1.5',
      'print $st0',
      'set var $xmm3.v2_double[1] = 2.25',
      'print $xmm3.v2_double[1]',
      'print fraction',
      'print marker(21)',
      'print counter',
      'delete',
      'continue',
    ]);
    await session.ended();
    const { output } = session;
    expect(output).toMatch(/Breakpoint 1, main \(count=1, words=0x[0-9a-f]+\)/);
    expect(output).toMatch(/Breakpoint 2, work \(n=(n@entry=)?20\)/);
    expect(output).toMatch(/#1 +0x[0-9a-f]+ in main /);
    expect(output).not.toMatch(/<work>:\s+0xcc/);
    expect(output).toMatch(/Value returned is \$1 = 190/);
    expect(output).toMatch(/\$2 = 1\n/);
    expect(output).toMatch(/\$3 = 0x1122334455667788\n/);
    expect(output).toMatch(/\$4 = 1\.5\n\$5 = 2\.25\n\$6 = 0\.5\n\$7 = 42\n\$8 = 40\n/);
    expect(output).toMatch(/exited with code 050\]/);
    expect(await k42.ended()).toBe(40);
    expect(k42.output).toMatch(/^190$/m);
  });

  it('follows threads and a new program, gets signals, and lets children run free', async () => {
    const { k42, port } = await debuggee('threads');
    const session = gdb(port, [
      'handle SIGUSR1 stop print pass',
      'break marker',
      'continue',
      'info threads',
      'thread apply all print $pc != 0',
      'continue',
      'print $_siginfo.si_signo',
      'continue',
      'print n',
      'print counter',
      'continue',
    ]);
    await session.ended();
    const { output } = session;
    expect(output).toMatch(/hit Breakpoint 1, marker \(n=(n@entry=)?1\)/);
    expect(output.match(/^[* ] +\d+ +Thread \d+ \(program\)/gm)).toHaveLength(3);
    expect(output.match(/^\$\d = 1$/gm)).toHaveLength(3);
    expect(output).toMatch(/received signal SIGUSR1/);
    expect(output).toMatch(/^\$4 = 10$/m);
    expect(output).toMatch(/executing new program: .*program/);
    expect(output).toMatch(/hit Breakpoint 1, marker \(n=(n@entry=)?4\)/);
    // A new program starts with memory of its own.
    expect(output).toMatch(/^\$5 = 4\n\$6 = 0$/m);
    expect(output).toMatch(/exited with code 010\]/);
    expect(await k42.ended()).toBe(8);
    expect(k42.output).toMatch(/^child 14$/m);
  });

  it('stops at a fault, which then ends the program', async () => {
    const { k42, port } = await debuggee('crash');
    const session = gdb(port, ['continue', 'print $_siginfo._sifields._sigfault.si_addr', 'continue']);
    await session.ended();
    expect(session.output).toMatch(/received signal SIGSEGV/);
    expect(session.output).toMatch(/\$1 = \(void \*\) 0x10\n/);
    expect(session.output).toMatch(/terminated with signal SIGSEGV/);
    expect(await k42.ended()).toBe(139);
  });

  it('is interrupted by ^C, and goes on alone when gdb detaches', async () => {
    const { k42, port } = await debuggee('loop');
    const session = gdb(port, ['continue', 'print leave', 'set var leave = 1', 'detach']);
    await k42.wrote(/^looping$/m);
    session.child.kill('SIGINT');
    await session.ended();
    expect(session.output).toMatch(/received signal SIGINT/);
    expect(session.output).toMatch(/\$1 = 0\n/);
    expect(await k42.ended()).toBe(6);
  });

  it('ends with gdb, which kills what it was waited for', async () => {
    const { k42, port } = await debuggee('loop');
    await gdb(port, ['info registers rip']).ended();
    expect(await k42.ended()).toBe(137);
  });

  it('goes on alone when the connection is lost', async () => {
    const { k42, port } = await debuggee();
    const session = gdb(port, ['break work', 'continue', 'shell kill -KILL $PPID']);
    await session.ended();
    expect(await k42.ended()).toBe(1);
  });

  it('watches memory: stops where it changes', async () => {
    const { k42, port } = await debuggee();
    const session = gdb(port, [
      'break work',
      'continue',
      'delete',
      'watch counter',
      'continue',
      'backtrace 1',
      'delete',
      'continue',
    ]);
    await session.ended();
    expect(session.output).toMatch(/Hardware watchpoint \d: counter\n\nOld value = 0\nNew value = 1\n/);
    expect(session.output).toMatch(/#0 .*work /);
    expect(await k42.ended()).toBe(1);
  });

  it('answers packets that make no sense, and goes on', async () => {
    const { k42, port } = await debuggee();
    const socket = connect(Number(port), '127.0.0.1');
    let heard = '';
    socket.on('error', () => undefined);
    socket.setEncoding('latin1').on('data', (text: string) => (heard += text));
    await once(socket, 'connect');
    const random = new Random(7);
    const send = (content: string): void => {
      const sum = [...Buffer.from(content, 'latin1')].reduce((total, byte) => (total + byte) & 0xff, 0);
      socket.write(`$${content}#${sum.toString(16).padStart(2, '0')}`, 'latin1');
    };
    for (let i = 0; i < 3000; i++) {
      const rest = Array.from({ length: random.below(12) }, () => random.pick(SENSELESS)).join('');
      send(random.pick(PREFIXES) + rest);
    }
    send('Z0,zz,1');
    send('qXfer:features:read:target.xml:0,40');
    send('k');
    expect([await k42.ended(), k42.output.split('\n').slice(1).join('\n').slice(-800)]).toEqual([137, '']);
    expect(heard).toContain('$m<?xml version=');
    socket.destroy();
  });

  it('refuses an engine that knows no breakpoints, and what is no port', async () => {
    const unicorn = new Run(node, [script, 'exec', '-g', '0', '--engine', 'unicorn', './program']);
    expect([await unicorn.ended(), unicorn.output]).toEqual([125, expect.stringMatching(/--gdb works with/)]);
    const noPort = new Run(node, [script, 'exec', '-g', 'x', './program']);
    expect([await noPort.ended(), noPort.output]).toEqual([125, expect.stringMatching(/-g takes a port/)]);
  });
});
