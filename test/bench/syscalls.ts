/**
 * `npm run bench:syscalls`: what a round of each system call row (syscalls/NAME.c) takes natively, under qemu-user where it is
 * installed, and in k42. The programs time themselves; the table has the median of paired runs in microseconds.
 *
 *     npm run bench:syscalls [-- RUNS [ROW…]]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from './measure.ts';

/** Rounds: enough for the compiler to be through with the first ones. */
const rows: Readonly<Record<string, number>> = {
  getppid: 1_000_000,
  'read-write': 400_000,
  signal: 200_000,
  pipe: 60_000,
  futex: 60_000,
  mutex: 20_000_000,
  file: 10_000,
  mmap: 10_000,
  fork: 1_000,
  exec: 300,
};

const folder = join(import.meta.dirname, 'syscalls');
const k42 = join(import.meta.dirname, '..', '..', 'cli', 'k42.cjs');

type Variant = 'native' | 'qemu' | 'k42';

function commandOf(variant: Variant, program: string): readonly string[] {
  if (variant === 'native') return [program];
  return variant === 'qemu' ? ['qemu-x86_64', program] : [process.execPath, k42, 'exec', program];
}

/** Microseconds of a round, or undefined when it can't be told. */
function time(variant: Variant, name: string, program: string): number | undefined {
  // Under qemu-user the row that executes itself must do so through qemu, which its argument can't say.
  if (variant === 'qemu' && name === 'exec') return undefined;
  const [command, ...args] = commandOf(variant, program);
  const result = spawnSync(command!, [...args, `${rows[name]!}`], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${name} ${variant}: ${result.stderr}`);
  return Number(result.stdout);
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}

function measure(name: string, build: string, variants: readonly Variant[], runs: number): string[] {
  const program = join(build, name);
  execFileSync('gcc', ['-O2', '-static', '-pthread', '-w', '-o', program, join(folder, `${name}.c`)]);
  const times = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
  for (let run = 0; run < runs; run++) {
    for (const variant of variants) {
      const taken = time(variant, name, program);
      if (taken !== undefined) times.get(variant)!.push(taken);
    }
  }
  const of = (variant: Variant): number | undefined => median(times.get(variant) ?? []);
  const [native, qemu, ours] = [of('native'), of('qemu'), of('k42')];
  const show = (value: number | undefined): string => (value === undefined ? '–' : value.toPrecision(3));
  const ratio = (other: number | undefined): string =>
    other === undefined || ours === undefined ? '–' : (ours / other).toFixed(2);
  return [name, show(native), show(qemu), show(ours), ratio(native), ratio(qemu)];
}

function main(): void {
  const [runsText = '5', ...wanted] = process.argv.slice(2);
  const build = mkdtempSync(join(tmpdir(), 'k42-bench-'));
  try {
    const hasQemu = spawnSync('qemu-x86_64', ['--version']).status === 0;
    const variants: readonly Variant[] = hasQemu ? ['native', 'qemu', 'k42'] : ['native', 'k42'];
    const names = Object.keys(rows).filter((name) => wanted.length === 0 || wanted.includes(name));
    const lines = names.map((name) => measure(name, build, variants, Number(runsText)));
    const header = ['row', 'native µs', 'qemu-user µs', 'k42 µs', 'k42/native', 'k42/qemu'];
    process.stdout.write(`${table(header, lines)}\n`);
  } finally {
    rmSync(build, { recursive: true, force: true });
  }
}

main();
