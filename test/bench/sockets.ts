/**
 * `node .ci/run-ts.mjs test/bench/sockets.ts [COUNT [RUNS]]`: round trips between two processes over each kind of local socket, and bytes through them,
 * natively and in k42 (needs gcc). The program times itself after a warm-up, so start and compilation do not count; the runs
 * alternate and the best of each is compared.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GuestPrograms } from '../support/guest-machine.ts';
import { table } from './measure.ts';

const repository = join(import.meta.dirname, '..', '..');
const [countText = '10000', runsText = '3'] = process.argv.slice(2);

/** Nanoseconds by name. */
function run(command: string, args: readonly string[]): Map<string, number> {
  const { stdout, stderr, status } = spawnSync(command, [...args, countText], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: status ${status}: ${stderr}`);
  return new Map(stdout.split('\n').flatMap((line) => toRow(line)));
}

function toRow(line: string): [name: string, ns: number][] {
  const [name = '', ns] = line.split(' ');
  return ns === undefined ? [] : [[name, Number(ns)]];
}

function best(runs: readonly ReadonlyMap<string, number>[], name: string): number {
  return Math.min(...runs.map((times) => times.get(name) ?? Infinity));
}

const programs = new GuestPrograms();
try {
  const program = programs.compile(join(import.meta.dirname, 'sockets.c'));
  const native: Map<string, number>[] = [];
  const k42: Map<string, number>[] = [];
  for (let i = 0; i < Number(runsText); i++) {
    native.push(run(program, []));
    k42.push(run(process.execPath, [join(repository, 'cli', 'k42.cjs'), 'exec', program]));
  }
  const rows = [...native[0]!.keys()].map((name) => {
    const [own, guest] = [best(native, name), best(k42, name)];
    return [name, (own / 1000).toFixed(2), (guest / 1000).toFixed(2), (guest / own).toFixed(1)];
  });
  process.stdout.write(`${table(['', 'native µs', 'k42 µs', '×'], rows)}\n`);
} finally {
  programs.remove();
}
