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
    const native: Map<string, number>[] = [];
    const guest: Map<string, number>[] = [];
    for (let i = 0; i < runs; i++) {
      native.push(rowsOf(program, [count]));
      guest.push(rowsOf(process.execPath, [k42, 'exec', program, count]));
    }
    const rows = [...native[0]!.keys()].map((name) => {
      const [own, inside] = [best(native, name), best(guest, name)];
      return [name, (own / 1000).toFixed(2), (inside / 1000).toFixed(2), (inside / own).toFixed(1)];
    });
    process.stdout.write(`${table(['', 'native µs', 'k42 µs', '×'], rows)}\n`);
  } finally {
    programs.remove();
  }
}

/** Nanoseconds by name. */
export function rowsOf(command: string, args: readonly string[]): Map<string, number> {
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
