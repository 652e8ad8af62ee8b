/**
 * `npm run programs [-- NAME…]`: real programs of Debian, natively and in k42, in turn. Prints a table with results and times; exits 1 when one
 * fails or prints something else than natively. NAME: part of a program's name.
 */
import { table } from '../bench/measure.ts';
import { programs, type Program } from './catalogue.ts';
import { ensureProgramRoot } from './program-root.ts';
import { canRunNatively, runInK42, runNatively, type Outcome } from './run.ts';

const SHOWN_LINES = 20;
/** A ratio to less than this says little. */
const LEAST_SECONDS = 0.1;

interface Result {
  readonly name: string;
  readonly verdict: 'same' | 'ran' | 'differs' | 'failed';
  readonly native: Outcome | undefined;
  readonly k42: Outcome;
}

async function main(): Promise<number> {
  const wanted = process.argv.slice(2);
  const chosen = programs.filter(({ name }) => wanted.length === 0 || wanted.some((word) => name.includes(word)));
  const root = ensureProgramRoot();
  const native = canRunNatively(root);
  if (!native) process.stdout.write('chroot is not allowed here: nothing to compare with\n');
  const results: Result[] = [];
  for (const program of chosen) {
    const result = await judge(program, root, native ? await runNatively(root, program) : undefined);
    results.push(result);
    process.stdout.write(`${result.verdict.padEnd(8)} ${program.name}\n`);
    if (result.verdict === 'differs' || result.verdict === 'failed') explain(result);
  }
  process.stdout.write(
    `\n${table(['program', 'result', 'native s', 'k42 s', 'native CPU s', 'k42 CPU s', 'CPU ratio'], results.map(row))}\n`,
  );
  return results.every(({ verdict }) => verdict === 'same' || verdict === 'ran') ? 0 : 1;
}

async function judge(program: Program, root: string, native: Outcome | undefined): Promise<Result> {
  const k42 = await runInK42(root, program);
  const result = { name: program.name, native, k42 };
  if (native === undefined) return { ...result, verdict: k42.status === 0 ? 'ran' : 'failed' };
  if (k42.status !== native.status) return { ...result, verdict: 'failed' };
  return { ...result, verdict: differences(program, native, k42).length === 0 ? 'same' : 'differs' };
}

/** Lines of one side only, but for those that are explained. */
function differences({ explained = [] }: Program, native: Outcome, k42: Outcome): string[] {
  const only = (lines: readonly string[], other: readonly string[]): string[] =>
    lines.filter((line) => !other.includes(line) && !explained.some((pattern) => pattern.test(line)));
  return [
    ...only(native.lines, k42.lines).map((line) => `- ${line}`),
    ...only(k42.lines, native.lines).map((line) => `+ ${line}`),
  ];
}

function explain({ name, native, k42 }: Result): void {
  const program = programs.find((candidate) => candidate.name === name)!;
  const lines = native === undefined ? k42.lines : differences(program, native, k42);
  const last = k42.complaints.trimEnd().split('\n').slice(-SHOWN_LINES);
  process.stdout.write(`status ${k42.status}, natively ${native?.status ?? '?'}\n`);
  for (const line of [...lines.slice(0, 3 * SHOWN_LINES), ...last]) process.stdout.write(`    ${line}\n`);
}

function row({ name, verdict, native, k42 }: Result): string[] {
  const comparable = native !== undefined && native.cpuSeconds >= LEAST_SECONDS;
  const ratio = comparable ? (k42.cpuSeconds / native.cpuSeconds).toFixed(1) : '';
  const seconds = [native?.seconds, k42.seconds, native?.cpuSeconds, k42.cpuSeconds];
  return [name, verdict, ...seconds.map((value) => value?.toFixed(1) ?? ''), ratio];
}

process.exitCode = await main();
