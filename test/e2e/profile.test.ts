/** --profile: what a program with known costs is said to have spent. */
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { command, requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const ready = (await requirement('gcc', command('gcc'))) && (await requirement('the default root', ensureDefaultRoot));
const [node, script] = k42Command;
const folder = mkdtempSync(join(tmpdir(), 'k42-profile-'));
afterAll(() => rmSync(folder, { recursive: true }));

const SOURCE = `
  #include <signal.h>
  #include <stdio.h>
  #include <sys/wait.h>
  #include <unistd.h>
  __attribute__((noinline)) long busy(long n) { volatile long sum = 0; for (long i = 0; i < n; i++) sum += i ^ SEED; return sum; }
  static void hear(int signal) {}
  int main(void) {
    signal(SIGCHLD, hear);
    for (int i = 0; i < 40; i++) getppid();
    close(99);
    if (fork() == 0) { usleep(60000); _exit(0); }
    wait(0);
    return busy(150000000) == 1;
  }`;

/** Each time other code: what was translated for an earlier run is not translated again. */
function compile(): void {
  writeFileSync(join(folder, 'program.c'), SOURCE);
  const seed = `-DSEED=${randomBytes(4).readUInt32LE()}u`;
  execFileSync('gcc', ['-static', '-O1', seed, '-o', 'program', 'program.c'], { cwd: folder });
}

/** The row whose last cells are these words. */
function row(report: string, ...last: readonly string[]): readonly string[] | undefined {
  const lines = report.split('\n').map((line) => line.trim().split(/ {2,}/));
  return lines.find((cells) => last.every((word, i) => cells[cells.length - last.length + i] === word));
}

describe.runIf(ready && process.arch === 'x64')('--profile', () => {
  it('tells calls, processes and functions', () => {
    compile();
    const ran = spawnSync(node, [script, 'exec', '--profile-output', 'report', './program'], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect([ran.status, ran.stderr]).toEqual([0, '']);
    const report = readFileSync(join(folder, 'report'), 'utf8');
    expect(row(report, 'getppid')?.slice(-2)).toEqual(['40', 'getppid']);
    expect(row(report, '1', '1', 'close')).toBeDefined();
    expect(Number(row(report, 'clock_nanosleep')?.[1])).toBeGreaterThanOrEqual(59);
    expect(Number(row(report, 'wait4')?.[1])).toBeGreaterThan(30);
    const [parent, child] = report.match(/^.* program$/gm)!.map((line) => line.trim().split(/ +/).map(Number));
    expect(parent![0]).toBeGreaterThan(child![0]!);
    const [share] = row(report, 'busy', join(folder, 'program')) ?? [];
    expect(Number.parseFloat(share!)).toBeGreaterThan(50);
  });

  it('has a timeline beside it, with an event of every kind that such a run meets', () => {
    compile();
    const timeline = join(folder, 'timeline.json');
    expect(spawnSync(node, [script, 'exec', '--timeline', timeline, './program'], { cwd: folder }).status).toBe(0);
    const { traceEvents } = JSON.parse(readFileSync(timeline, 'utf8')) as {
      traceEvents: { name: string; ph: string }[];
    };
    const names = new Set(traceEvents.map(({ name }) => name));
    const wanted = [
      'objectBorn',
      'regionMapped',
      'pageFault',
      'spaceForked',
      'dispatch',
      'park',
      'unpark',
      'codeTranslated',
    ];
    expect(wanted.filter((name) => !names.has(name))).toEqual([]);
    expect(
      ['processForked', 'programLoaded', 'processEnded', 'signalSent', 'signalDelivered'].filter(
        (name) => !names.has(name),
      ),
    ).toEqual([]);
    const waits = traceEvents.filter(({ name }) => name === 'wait4');
    expect(waits.map(({ ph }) => ph)).toEqual(['B', 'E']);
  });
});
