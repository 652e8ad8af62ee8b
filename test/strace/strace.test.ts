/**
 * --strace against the host's strace: the same programs, natively under strace -f and in k42, give for each process the same
 * calls with the same decoding. What may differ (addresses, numbers of processes, times) is made alike first.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isHostStuck } from '../../cli/conformance/host-process.ts';
import { syscallTable } from '../../linuxabi/syscall-table.ts';
import { Strace } from '../../linuxabi/strace/strace.ts';
import { defaultRootFolder, ensureDefaultRoot } from '../support/default-root.ts';
import { GuestPrograms } from '../support/guest-machine.ts';
import { command, requirement } from '../support/requirements.ts';
import { fixtures } from '../e2e/command-table.ts';
import { K42Runner, type RunOptions } from '../e2e/k42-runner.ts';
import { commandLines } from './command-lines.ts';
import { byProcess, normaliseTrace } from './normalise.ts';

const ready =
  (await requirement('strace on an x86-64 Linux host', () => {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`this is ${process.platform} ${process.arch}`);
    command('strace', ['-V'])();
  })) &&
  (await requirement('gcc', command('gcc'))) &&
  (await requirement('the default root', ensureDefaultRoot));

/** strace 6.x; earlier and later versions differ in small ways (termios, getrandom). */
const version = ready ? spawnSync('strace', ['-V'], { encoding: 'utf8' }).stdout.split('\n')[0]! : '';

/** C sources whose every CASE is a program. */
const sources = ['files', 'waiting', 'signals', 'processes', 'sockets', 'ipc'].map((name) =>
  join(import.meta.dirname, 'programs', `${name}.c`),
);
const casesOf = (source: string): string[] =>
  [...readFileSync(source, 'utf8').matchAll(/^CASE\((\w+)\)/gm)].map(([, name]) => name!);

/** Calls without which a case says nothing about the decoding. */
const needs: Readonly<Record<string, readonly string[]>> = {
  splice: ['splice', 'tee', 'vmsplice'],
  thread: ['clone3'],
  signalfd: ['signalfd4'],
  unix_sockets: ['socketpair'],
  unix_names: ['socket'],
};
const isSupported = (name: string): boolean =>
  syscallTable.some((definition) => definition?.name === name && definition.support.level !== 'refused');

describe.runIf(ready)(`--strace against ${version}`, () => {
  const base = mkdtempSync(join(tmpdir(), 'k42-strace-'));
  let k42: K42Runner;

  beforeAll(async () => {
    k42 = await K42Runner.open(await ensureDefaultRoot());
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  function native(words: readonly string[], files: Readonly<Record<string, Uint8Array>>): string {
    const work = join(base, 'work');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(work, name), content);
    const output = join(base, 'trace');
    // Pipes, as in k42: Node's own would be sockets.
    const script = ': | strace -f -E PWD -E OLDPWD -o "$0" "$@" 2>&1 | cat';
    spawnSync('sh', ['-c', script, output, ...words], {
      cwd: work,
      env: { PATH: process.env['PATH'], TZ: 'UTC0' },
      timeout: 20_000,
    });
    return readFileSync(output, 'latin1');
  }

  async function inK42(options: RunOptions): Promise<string> {
    let trace = '';
    const tracer = new Strace({
      write: (text) => void (trace += text),
      nowNs: () => performance.now() * 1e6,
      owner: 'always',
    });
    await k42.run('', { environment: { PATH: '/bin', TZ: 'UTC0' }, ...options, processesAbove: 70_000, tracer });
    tracer.finish();
    return trace;
  }

  function compare(own: string, expected: string): void {
    const wanted = byProcess(expected).map(normaliseTrace);
    expect(wanted[0]!.length).toBeGreaterThan(5);
    expect(byProcess(own).map(normaliseTrace)).toEqual(wanted);
  }

  it.each(commandLines.map((words) => [words.join(' '), words] as const))('busybox %s', async (_title, words) => {
    const busybox = join(await defaultRootFolder(), 'bin/busybox');
    const expected = native([busybox, ...words], fixtures);
    compare(await inK42({ path: '/bin/busybox', argv: ['/bin/busybox', ...words] }), expected);
  });

  describe.each(sources)('%s', (source) => {
    const guests = new GuestPrograms();
    let program: string;
    beforeAll(() => {
      program = guests.compile(source, ['-pthread']);
    });
    afterAll(() => guests.remove());

    it.for(casesOf(source))('%s', async (name, { skip }) => {
      const lacking = (needs[name] ?? []).filter((call) => !isSupported(call));
      if (lacking.length > 0) skip(`k42 has no ${lacking.join(', ')} yet`);
      if (name === 'filtered' && (await isHostStuck()))
        skip("the host's kernel is stuck, filters never get into force");
      const expected = native([program, name], {});
      const path = `/tmp/program/${basename(program)}`;
      compare(await inK42({ program, path, argv: [path, name] }), expected);
    });
  });
});
