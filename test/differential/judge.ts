/**
 * Runs random cases on the host's processor and on engines, and collects where they differ: per encoding (coverage), and with the
 * smallest set of facts that shows each difference. Used by differential.test.ts (bounded, fixed seed) and by the night run.
 */
import type { Row } from '../../cpu/x86/row.ts';
import { generateCases, MAX_CASES } from './case-generator.ts';
import { describeCase, differences } from './compare.ts';
import type { CompareOptions, Difference } from './compare.ts';
import { Vector } from './machine-record.ts';
import type { CaseBatch, MachineCase, MachineResult, ResultBatch } from './machine-record.ts';
import { Random } from './random.ts';

export interface Judge {
  readonly name: string;
  /** Cases that it can run in one batch, if not as many as fit. */
  readonly batchLimit?: number;
  run(batch: CaseBatch): ResultBatch;
  close(): void;
}

export interface Finding {
  readonly row: Row;
  readonly machineCase: MachineCase;
  readonly expected: MachineResult;
  readonly actual: MachineResult;
  readonly differences: readonly Difference[];
}

export interface RowReport {
  readonly row: Row;
  cases: number;
  /** Cases that ended without a fault: those in which the instruction did its work. */
  completed: number;
  failures: number;
  first: Finding | undefined;
}

export interface JudgeOptions extends CompareOptions {
  readonly rows: readonly Row[];
  readonly cases: number;
  readonly seed: number;
  /** SSE rounding, flush-to-zero and denormals-are-zero as at program start, or random. */
  readonly mxcsr: 'default' | 'varied';
  /** Whether cases that end in a page fault on the host count. */
  readonly pageFaults: 'compare' | 'ignore';
}

export class JudgeReport {
  readonly rows = new Map<Row, RowReport>();
  cases = 0;

  add(row: Row, finding: Finding | undefined, ending: 'completed' | 'faulted'): void {
    let report = this.rows.get(row);
    if (report === undefined)
      this.rows.set(row, (report = { row, cases: 0, completed: 0, failures: 0, first: undefined }));
    this.cases++;
    report.cases++;
    if (ending === 'completed') report.completed++;
    if (finding === undefined) return;
    report.failures++;
    report.first ??= finding;
  }

  get failing(): RowReport[] {
    return [...this.rows.values()].filter((report) => report.failures > 0);
  }
}

/** Judges `subject` by `reference` on random cases. */
export function judge(reference: Judge, subject: Judge, options: JudgeOptions): JudgeReport {
  const random = new Random(options.seed);
  const report = new JudgeReport();
  for (let done = 0; done < options.cases;) {
    const batch = generateCases(
      options.rows,
      done,
      Math.min(options.cases - done, subject.batchLimit ?? MAX_CASES / 4),
      random,
      options.mxcsr,
    );
    const expected = reference.run(batch).results;
    const actual = subject.run(batch).results;
    for (const [index, machineCase] of batch.cases.entries()) {
      const ignored = options.pageFaults === 'ignore' && expected[index]!.trapNumber === Vector.Page;
      const found = ignored ? [] : differences(machineCase, expected[index]!, actual[index]!, options);
      const row = batch.rows[index]!;
      const finding =
        found.length === 0
          ? undefined
          : { row, machineCase, expected: expected[index]!, actual: actual[index]!, differences: found };
      report.add(row, finding, expected[index]!.trapNumber === Vector.Breakpoint ? 'completed' : 'faulted');
    }
    done += batch.cases.length;
  }
  return report;
}

/** One difference, with everything needed to repeat it. */
export function describeFinding(finding: Finding, names: { reference: string; subject: string }): string {
  const lines = [`${finding.row.text}`, describeCase(finding.machineCase)];
  for (const difference of finding.differences.slice(0, 6)) {
    lines.push(
      `  ${difference.field}: ${names.reference} ${difference.expected}, ${names.subject} ${difference.actual}`,
    );
  }
  return lines.join('\n');
}

function isMissing(report: RowReport): boolean {
  return report.failures === report.cases && report.first?.actual.trapNumber === Vector.InvalidOpcode;
}

/** One line a failing encoding. */
export function summarize(report: JudgeReport): string {
  const covered = [...report.rows.values()].filter((row) => row.completed > 0).length;
  const lines = [
    `${report.cases} cases, ${covered} of ${report.rows.size} encodings completed at least once, ${report.failing.length} encodings differ`,
  ];
  const missing = report.failing.filter(isMissing);
  if (missing.length > 0)
    lines.push(`not implemented (#UD in every case): ${missing.map(({ row }) => row.mnemonic).join(' ')}`);
  for (const { row, failures, cases, first } of report.failing.filter((failing) => !isMissing(failing))) {
    const fields = first!.differences.map((difference) => difference.field).join(' ');
    lines.push(`${String(failures).padStart(6)}/${cases}  ${row.text.padEnd(44)} ${fields}`);
  }
  return lines.join('\n');
}
