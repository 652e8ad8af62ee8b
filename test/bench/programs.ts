/**
 * `npm run bench`: real programs, whole process, against native and qemu-user (where installed). Prints a markdown table
 * with the median of paired runs in milliseconds and k42's ratios.
 *
 *     npm run bench [-- RUNS [ROW…]]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultRootFolder } from '../support/default-root.ts';
import { milliseconds, ratio, table, timePaired, type Command, type Timing } from './measure.ts';

interface Row {
  readonly name: string;
  /** Program of the default root and its arguments; DATA stands for the data folder. */
  readonly words: readonly string[];
}

const rows: readonly Row[] = [
  { name: 'busybox true', words: ['/bin/busybox', 'true'] },
  { name: 'bash -c true', words: ['/bin/bash-static', '-c', 'true'] },
  { name: 'sha256sum 64 MB', words: ['/bin/busybox', 'sha256sum', 'DATA/random64m'] },
  { name: 'gzip 8 MB', words: ['/bin/busybox', 'gzip', '-c', 'DATA/text8m'] },
  { name: 'sort 200,000 lines', words: ['/bin/busybox', 'sort', 'DATA/lines'] },
  {
    name: 'awk 200,000 lines',
    words: ['/bin/busybox', 'awk', '{ s += $1 * 2; n[$1 % 100]++ } END { print s, length(n) }', 'DATA/lines'],
  },
  {
    name: 'bash loop 300,000',
    words: ['/bin/bash-static', '-c', 'i=0; while ((i < 300000)); do ((i++)); done; echo $i'],
  },
  { name: '200 × fork+exec', words: ['/bin/bash-static', '-c', 'for ((i = 0; i < 200; i++)); do BUSYBOX true; done'] },
];

const repository = join(import.meta.dirname, '..', '..');
const k42 = [process.execPath, join(repository, 'cli', 'k42.cjs')];

async function main(): Promise<void> {
  const [runsText = '3', ...wanted] = process.argv.slice(2);
  const root = await defaultRootFolder();
  const data = mkdtempSync(join(tmpdir(), 'k42-bench-'));
  try {
    makeData(data);
    const hasQemu = spawnSync('qemu-x86_64', ['--version']).status === 0;
    const chosen = rows.filter((row) => wanted.length === 0 || wanted.some((word) => row.name.includes(word)));
    report(
      chosen.map((row) => ({
        name: row.name,
        times: timePaired(variantsOf(row, root, data, hasQemu), Number(runsText)),
      })),
    );
  } finally {
    rmSync(data, { recursive: true, force: true });
  }
}

type Variant = 'native' | 'qemu' | 'k42' | 'node';

function variantsOf(row: Row, root: string, data: string, hasQemu: boolean): Record<Variant, Command | undefined> {
  const [program = '', ...args] = row.words;
  const host = join(root, program);
  const onHost = args.map((word) => word.replace('DATA', data).replace('BUSYBOX', join(root, '/bin/busybox')));
  const inGuest = args.map((word) => word.replace('DATA', '/data').replace('BUSYBOX', '/bin/busybox'));
  // A child of qemu-user would run natively: have it started through qemu too.
  const underQemu = onHost.map((word) => word.replace(`do ${root}`, `do qemu-x86_64 ${root}`));
  return {
    native: { program: host, args: onHost },
    qemu: hasQemu ? { program: 'qemu-x86_64', args: [host, ...underQemu] } : undefined,
    k42: { program: k42[0]!, args: [k42[1]!, 'run', '-v', `${data}:/data:ro`, program, ...inGuest] },
    node: { program: process.execPath, args: ['-e', '0'] },
  };
}

function makeData(folder: string): void {
  let seed = 12345;
  const next = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0) >>> 8;
  const random = new Uint8Array(64_000_000);
  for (let i = 0; i < random.length; i++) random[i] = next();
  writeFileSync(join(folder, 'random64m'), random);
  const words = 'the quick brown fox jumps over a lazy dog and runs away from night rivers'.split(' ');
  let text = '';
  while (text.length < 8_000_000) text += `${words[next() % words.length]!}${next() % 9 === 0 ? '\n' : ' '}`;
  writeFileSync(join(folder, 'text8m'), text);
  writeFileSync(
    join(folder, 'lines'),
    Array.from({ length: 200_000 }, () => `${next() % 1_000_000} ${words[next() % words.length]!}\n`).join(''),
  );
}

interface Measured {
  readonly name: string;
  readonly times: Record<Variant, Timing | undefined>;
}

function report(measured: readonly Measured[]): void {
  const lines = measured.map(({ name, times }) => [
    name,
    milliseconds(times.native),
    milliseconds(times.qemu),
    milliseconds(times.k42),
    ratio(times.k42, times.native),
    ratio(times.k42, times.qemu),
    ratio(times.k42, times.node),
  ]);
  const header = ['program', 'native ms', 'qemu-user ms', 'k42 ms', 'k42/native', 'k42/qemu', 'k42/`node -e 0`'];
  process.stdout.write(`${table(header, lines)}\n`);
}

await main();
