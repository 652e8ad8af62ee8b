/** `k42 conformance`: how k42 answers system calls, compared with what Linux answers. */
import { writeFileSync } from 'node:fs';
import { compareLines } from './conformance/compare.ts';
import { splitLines } from './conformance/expectation.ts';
import { conformanceFolder, families, findPrograms } from './conformance/program.ts';
import type { ConformanceProgram } from './conformance/program.ts';
import { recordExpectation } from './conformance/record.ts';
import { countVerdicts, formatHtml, formatJson, formatTable } from './conformance/report.ts';
import type { ProgramReport } from './conformance/report.ts';
import { compileProgram, runInGuest, runNative } from './conformance/run-program.ts';
import { UsageError, parseOptions } from './options.ts';
import type { OptionRule } from './options.ts';
import { progressBar } from './progress-bar.ts';

export const conformanceRules: readonly OptionRule[] = [
  { long: 'against', value: 'host', help: "compare with the host's Linux now, not with what was recorded" },
  { long: 'json', help: 'as JSON' },
  { long: 'html', value: 'FILE', help: 'write a page as well' },
  { long: 'program', value: 'NAME', help: 'only this program' },
  { long: 'record', help: "record the host's answers as the expectations (root on x86-64 Linux)" },
];

export async function conformance(words: readonly string[]): Promise<number> {
  const { options, family } = parseWords(words);
  const folder = conformanceFolder();
  if (family !== undefined && !families(folder).includes(family))
    throw new UsageError(`there is no family '${family}': ${families(folder).join(', ')}`);
  const wanted = options.value('program');
  const programs = findPrograms(folder, family).filter(({ name }) => wanted === undefined || name === wanted);
  if (options.has('record')) return record(programs);
  const reports: ProgramReport[] = [];
  const progress = progressBar();
  for (const program of programs) {
    progress(`${program.family}/${program.name}`, reports.length, programs.length);
    reports.push(await report(program, options.has('against') ? 'host' : 'recorded'));
  }
  progress('', reports.length, programs.length);
  const page = options.value('html');
  if (page !== undefined) writeFileSync(page, formatHtml(reports));
  process.stdout.write(options.has('json') ? formatJson(reports) : formatTable(reports));
  const counts = countVerdicts(reports.flatMap(({ behaviours }) => behaviours));
  return counts.differs + counts['not implemented'] === 0 ? 0 : 1;
}

/** The family may stand before or after the options. */
function parseWords(words: readonly string[]): {
  options: ReturnType<typeof parseOptions>;
  family: string | undefined;
} {
  const [first] = words;
  const leads = first !== undefined && !first.startsWith('-');
  const options = parseOptions(conformanceRules, leads ? words.slice(1) : words);
  const named = [...(leads ? [first] : []), ...options.rest];
  if (named.length > 1) throw new UsageError(`one family at a time, not ${named.join(' ')}`);
  const against = options.value('against');
  if (against !== undefined && against !== 'host')
    throw new UsageError(`--against ${against}: only 'host' is possible`);
  return { options, family: named[0] };
}

async function report(described: ConformanceProgram, reference: Reference): Promise<ProgramReport> {
  const { family, name, args, expectation } = described;
  const program = await compileProgram(described);
  const expected =
    reference === 'host'
      ? await runNative(program, args)
      : { status: expectation?.status ?? 0, lines: expectation?.lines.map(({ text }) => text) ?? [] };
  const actual = await runInGuest(program, args);
  const behaviours = compareLines(name, expected.lines, actual.lines);
  if (expected.status !== actual.status) {
    const line = (status: number): string => `exit status: ${status}`;
    behaviours.push(...compareLines(name, splitLines(line(expected.status)), splitLines(line(actual.status))));
  }
  return { family, name, behaviours };
}

/** What the answers are compared with. */
type Reference = 'recorded' | 'host';

async function record(programs: readonly ConformanceProgram[]): Promise<number> {
  for (const described of programs) {
    const warning = await recordExpectation(described, await compileProgram(described));
    if (warning !== undefined) process.stderr.write(`k42: ${warning}\n`);
  }
  return 0;
}
