/** What a run of the bench found, as a table by family and system call, as JSON, and as a page. */
import { styled } from '../style.ts';
import type { Behaviour, Verdict } from './compare.ts';

export interface ProgramReport {
  readonly family: string;
  readonly name: string;
  readonly behaviours: readonly Behaviour[];
}

export type Counts = Record<Verdict, number>;

interface Row {
  readonly family: string;
  readonly subject: string;
  readonly counts: Counts;
  readonly differences: readonly Behaviour[];
}

export function countVerdicts(behaviours: readonly Behaviour[]): Counts {
  const counts: Counts = { same: 0, differs: 0, 'not implemented': 0 };
  for (const { verdict } of behaviours) counts[verdict]++;
  return counts;
}

function rowsOf(reports: readonly ProgramReport[]): Row[] {
  const groups = new Map<string, { family: string; subject: string; behaviours: Behaviour[] }>();
  for (const { family, behaviours } of reports) {
    for (const behaviour of behaviours) {
      const { subject } = behaviour;
      const key = `${family} ${subject}`;
      const group = groups.get(key) ?? { family, subject, behaviours: [] };
      groups.set(key, group);
      group.behaviours.push(behaviour);
    }
  }
  const sorted = [...groups.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.map(([, { family, subject, behaviours }]) => ({
    family,
    subject,
    counts: countVerdicts(behaviours),
    differences: behaviours.filter(({ verdict }) => verdict !== 'same'),
  }));
}

export function formatTable(reports: readonly ProgramReport[]): string {
  const lines: string[] = [`${'family'.padEnd(12)} ${'system call'.padEnd(24)}  same  differs  not implemented`];
  for (const { family, subject, counts, differences } of rowsOf(reports)) {
    lines.push(formatRow(family, subject, counts));
    for (const { expected, actual } of differences) {
      if (expected !== undefined) lines.push(styled(process.stdout, 'red', `    - ${expected}`));
      if (actual !== undefined) lines.push(styled(process.stdout, 'green', `    + ${actual}`));
    }
  }
  lines.push(formatRow('all', '', countVerdicts(reports.flatMap(({ behaviours }) => behaviours))));
  return `${lines.join('\n')}\n`;
}

function formatRow(family: string, subject: string, counts: Counts): string {
  const numbers = [
    String(counts.same).padStart(6),
    String(counts.differs).padStart(9),
    String(counts['not implemented']).padStart(17),
  ];
  return `${family.padEnd(12)} ${subject.padEnd(24)}${numbers.join('')}`;
}

export function formatJson(reports: readonly ProgramReport[]): string {
  const total = countVerdicts(reports.flatMap(({ behaviours }) => behaviours));
  return `${JSON.stringify({ total, rows: rowsOf(reports) }, undefined, 2)}\n`;
}

export function formatHtml(reports: readonly ProgramReport[]): string {
  const total = countVerdicts(reports.flatMap(({ behaviours }) => behaviours));
  const rows = rowsOf(reports).map(({ family, subject, counts, differences }) => {
    const numbers = `<td>${counts.same}<td>${counts.differs}<td>${counts['not implemented']}`;
    return `<tr${differences.length > 0 ? ' class="bad"' : ''}><td>${family}<td>${escape(subject)}${numbers}<td>${htmlDiff(differences)}`;
  });
  return `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>k42: system call conformance</title>
<style>
body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; } table { border-collapse: collapse; }
td, th { padding: .15rem .6rem; border-bottom: 1px solid #ccc; text-align: left; vertical-align: top; }
td:nth-child(n+3):nth-child(-n+5) { text-align: right; } .bad { background: #fdeaea; } pre { margin: 0; }
</style>
<h1>System calls compared with Linux</h1>
<p>${total.same} behaviours the same, ${total.differs} differ, ${total['not implemented']} not implemented.</p>
<table><tr><th>family<th>system call<th>same<th>differs<th>not implemented<th>
${rows.join('\n')}
</table></html>
`;
}

function htmlDiff(differences: readonly Behaviour[]): string {
  if (differences.length === 0) return '';
  const lines = differences.flatMap(({ expected, actual }) => [
    ...(expected === undefined ? [] : [`- ${expected}`]),
    ...(actual === undefined ? [] : [`+ ${actual}`]),
  ]);
  return `<pre>${escape(lines.join('\n'))}</pre>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
