/**
 * A C program that times itself, natively and in k42 (needs gcc), after a warm-up, so that start and compilation do not count. It takes a count and prints
 * lines of a name and nanoseconds. The runs alternate, and the best of each is compared in a table.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GuestPrograms } from '../support/guest-machine.ts';
import { table } from './measure.ts';

export const k42 = join(import.meta.dirname, '..', '..', 'cli', 'k42.cjs');

/** `source`: a file of this folder. */
export function printRows(source: string, count: string, runs: number): void {
  const programs = new GuestPrograms();
  try {
    const program = programs.compile(join(import.meta.dirname, source));
    const rows = bestRows(runs, [program, count], [process.execPath, k42, 'exec', program, count]).map(
      ({ name, own, inside }) => [name, (own / 1000).toFixed(2), (inside / 1000).toFixed(2), (inside / own).toFixed(1)],
    );
    process.stdout.write(`${table(['', 'native µs', 'k42 µs', '×'], rows)}\n`);
  } finally {
    programs.remove();
  }
}

/** Nanoseconds. */
export interface BestRow {
  readonly name: string;
  readonly own: number;
  readonly inside: number;
}

/** The best of several runs of a command natively and in k42, in turn. */
export function bestRows(runs: number, native: readonly string[], guest: readonly string[]): BestRow[] {
  const own: Map<string, number>[] = [];
  const inside: Map<string, number>[] = [];
  for (let i = 0; i < runs; i++) {
    own.push(rowsOf(native));
    inside.push(rowsOf(guest));
  }
  return [...own[0]!.keys()].map((name) => ({ name, own: best(own, name), inside: best(inside, name) }));
}

/** Nanoseconds by name. */
function rowsOf([command = '', ...args]: readonly string[]): Map<string, number> {
  const { stdout, stderr, status } = spawnSync(command, args, { encoding: 'utf8' });
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
