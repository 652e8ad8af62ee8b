/**
 * `npm run bench:engine [-- RUNS [KERNEL…]]`: the kernels of workloads.c (needs gcc), whole process, native, under qemu-user (where
 * installed) and in k42. Prints a markdown table with medians of paired runs in milliseconds, k42's ratios, and the
 * geometric means of these. Every run's checksum is compared with the native one.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { GuestPrograms } from '../../support/guest-machine.ts';
import { milliseconds, ratio, table, timePaired, type Command, type Timing } from '../measure.ts';

/** Kernel and repetitions: about a tenth of a second natively. */
const kernels = {
  integers: 100,
  collatz: 800,
  fib: 38,
  bytecode: 150,
  sieve: 60,
  chase: 10,
  matrix: 25,
  rounds: 500,
  blocks: 300,
  repeat: 1000,
  strings: 2000,
  sort: 60,
  extended: 40000,
} as const;

type Kernel = keyof typeof kernels;
type Variant = 'native' | 'qemu' | 'k42';
interface Measured {
  readonly kernel: Kernel;
  readonly times: Record<Variant, Timing | undefined>;
}

const k42 = join(import.meta.dirname, '..', '..', '..', 'cli', 'k42.cjs');

function variantsOf(program: string, kernel: Kernel, hasQemu: boolean): Record<Variant, Command | undefined> {
  const args = [kernel, String(kernels[kernel])];
  return {
    native: { program, args },
    qemu: hasQemu ? { program: 'qemu-x86_64', args: [program, ...args] } : undefined,
    k42: { program: process.execPath, args: [k42, 'exec', program, ...args] },
  };
}

function checkResults(variants: Record<Variant, Command | undefined>): void {
  const output = ({ program, args }: Command): string => spawnSync(program, args, { encoding: 'utf8' }).stdout;
  const expected = output(variants.native!);
  const actual = output(variants.k42!);
  if (actual !== expected) throw new Error(`wrong result: ${actual.trim()}, natively ${expected.trim()}`);
}

function geometricMean(measured: readonly Measured[], other: 'native' | 'qemu'): string {
  const logarithms = measured.flatMap(({ times }) =>
    times.k42 && times[other] ? [Math.log(times.k42.medianMs / times[other].medianMs)] : [],
  );
  if (logarithms.length === 0) return '–';
  return Math.exp(logarithms.reduce((sum, value) => sum + value, 0) / logarithms.length).toFixed(2);
}

function report(measured: readonly Measured[]): void {
  const rows = measured.map(({ kernel, times }) => [
    kernel,
    milliseconds(times.native),
    milliseconds(times.qemu),
    milliseconds(times.k42),
    ratio(times.k42, times.native),
    ratio(times.k42, times.qemu),
  ]);
  rows.push(['geometric mean', '', '', '', geometricMean(measured, 'native'), geometricMean(measured, 'qemu')]);
  process.stdout.write(`${table(['kernel', 'native ms', 'qemu-user ms', 'k42 ms', 'k42/native', 'k42/qemu'], rows)}\n`);
}

const [runsText = '3', ...wanted] = process.argv.slice(2);
const programs = new GuestPrograms();
try {
  const program = programs.compile(join(import.meta.dirname, 'workloads.c'), ['-O2', '-msse2']);
  const hasQemu = spawnSync('qemu-x86_64', ['--version']).status === 0;
  const chosen = (Object.keys(kernels) as Kernel[]).filter((name) => wanted.length === 0 || wanted.includes(name));
  report(
    chosen.map((kernel) => {
      const variants = variantsOf(program, kernel, hasQemu);
      checkResults(variants);
      return { kernel, times: timePaired(variants, Number(runsText)) };
    }),
  );
} finally {
  programs.remove();
}
