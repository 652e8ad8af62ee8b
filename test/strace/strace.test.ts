/**
 * --strace against the host's strace: the same command lines of the same static busybox and bash, natively under strace -f and
 * in k42, give the same calls with the same decoding. What may differ (addresses, numbers of processes, times) is made alike first.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Strace } from '../../linuxabi/strace/strace.ts';
import { defaultRootFolder, ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { fixtures } from '../e2e/command-table.ts';
import { K42Runner } from '../e2e/k42-runner.ts';
import { commandLines } from './command-lines.ts';
import { normaliseTrace } from './normalise.ts';

const ready =
  (await requirement('strace on an x86-64 Linux host', () => {
    if (process.platform !== 'linux' || process.arch !== 'x64')
      throw new Error(`this is ${process.platform} ${process.arch}`);
    command('strace', ['-V'])();
  })) && (await requirement('the default root', ensureDefaultRoot));

/** strace 6.x; earlier and later versions differ in small ways (termios, getrandom). */
const version = ready ? spawnSync('strace', ['-V'], { encoding: 'utf8' }).stdout.split('\n')[0]! : '';

describe.runIf(ready)(`--strace against ${version}`, () => {
  const base = mkdtempSync(join(tmpdir(), 'k42-strace-'));
  let busybox: string;
  let k42: K42Runner;

  beforeAll(async () => {
    busybox = join(await defaultRootFolder(), 'bin/busybox');
    k42 = await K42Runner.open(await ensureDefaultRoot());
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  function native(words: readonly string[]): string {
    const work = join(base, 'work');
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work);
    for (const [name, content] of Object.entries(fixtures)) writeFileSync(join(work, name), content);
    const output = join(base, 'trace');
    // Pipes, as in k42: Node's own would be sockets.
    const script = ': | strace -E PWD -E OLDPWD -o "$0" "$@" 2>&1 | cat';
    spawnSync('sh', ['-c', script, output, busybox, ...words], {
      cwd: work,
      env: { PATH: process.env['PATH'], TZ: 'UTC0' },
      timeout: 20_000,
    });
    return readFileSync(output, 'latin1');
  }

  async function inK42(words: readonly string[]): Promise<string> {
    let trace = '';
    const tracer = new Strace({ write: (text) => void (trace += text), nowNs: () => performance.now() * 1e6 });
    await k42.run('', {
      tracer,
      path: '/bin/busybox',
      argv: ['/bin/busybox', ...words],
      environment: { PATH: '/bin', TZ: 'UTC0' },
    });
    tracer.finish();
    return trace;
  }

  it.each(commandLines.map((words) => [words.join(' '), words] as const))('%s', async (_title, words) => {
    const expected = normaliseTrace(native(words));
    expect(expected.length).toBeGreaterThan(10);
    expect(normaliseTrace(await inK42(words))).toEqual(expected);
  });
});
