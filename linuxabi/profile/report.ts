/** A profile as text: three tables, what costs most first. */
import type { Profile } from './profile.ts';

const NS_PER_MS = 1e6;
const MOST_FUNCTIONS = 30;

export function profileReport({ calls, processes, code }: Profile): string {
  const callRows = [...calls]
    .toSorted(([, a], [, b]) => b.cpuNs - a.cpuNs || b.waitNs - a.waitNs)
    .map(([name, row]) => [
      ms(row.cpuNs),
      ms(row.waitNs),
      ms(row.longestNs),
      String(row.calls),
      row.errors === 0 ? '' : String(row.errors),
      name,
    ]);
  const processRows = [...processes]
    // Attempts to start a program that is not there.
    .filter(([, { syscalls }]) => syscalls > 0)
    .toSorted(([, a], [, b]) => b.userNs + b.systemNs - a.userNs - a.systemNs)
    .map(([pid, row]) => [
      ms(row.userNs),
      ms(row.systemNs),
      ms(row.idleNs),
      String(row.syscalls),
      String(row.faults),
      String(row.switches),
      String(pid),
      row.name,
    ]);
  const functions = code.functions();
  const all = functions.reduce((sum, { samples }) => sum + samples, 0);
  const functionRows = functions
    .slice(0, MOST_FUNCTIONS)
    .map(({ name, file, samples }) => [`${((100 * samples) / all).toFixed(1)} %`, String(samples), name, file]);
  return [
    ...table(['cpu ms', 'wait ms', 'longest ms', 'calls', 'errors', 'syscall'], callRows, 1),
    '',
    ...table(['user ms', 'system ms', 'idle ms', 'syscalls', 'faults', 'switches', 'pid', 'process'], processRows, 1),
    ...(all === 0 ? [] : ['', ...table(['share', 'samples', 'function', 'file'], functionRows, 2)]),
    '',
  ].join('\n');
}

function ms(ns: number): string {
  return (ns / NS_PER_MS).toFixed(3);
}

/** Numbers to the right; the last `texts` columns to the left. */
function table(titles: readonly string[], rows: readonly (readonly string[])[], texts: number): string[] {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < cells.length - texts ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  return [line(titles), ...rows.map(line)];
}
