/** Recording what the host's Linux answers as the expectation beside a program. */
import { writeFileSync } from 'node:fs';
import { formatExpectation } from './expectation.ts';
import type { ExpectedLine } from './expectation.ts';
import type { ConformanceProgram } from './program.ts';
import { hostKernel, nativeObstacle, runNative } from './run-program.ts';
import type { Answer } from './run-program.ts';

/** A user without privileges. */
const NOBODY = 65_534;

/** The alternatives of lines that are still there stay. Answers a warning when the host does not always answer the same. */
export async function recordExpectation(described: ConformanceProgram, program: string): Promise<string | undefined> {
  const obstacle = nativeObstacle('root');
  if (obstacle !== undefined) throw new Error(`can't record here: ${obstacle}`);
  const first = await runNative(program, described.args);
  const second = await runNative(program, described.args);
  const plain = await runNative(program, described.args, NOBODY);
  const lines = first.lines.map((text): ExpectedLine => {
    const known = described.expectation?.lines.find((line) => line.text === text);
    return { text, alternatives: known?.alternatives ?? [] };
  });
  const user = isSame(first, plain) ? 'any user' : 'root';
  const expectation = { kernel: hostKernel(), user, status: first.status, lines } as const;
  writeFileSync(described.expectationPath, formatExpectation(expectation), 'latin1');
  if (isSame(first, second)) return undefined;
  const at = first.lines.findIndex((line, index) => line !== second.lines[index]);
  return `${described.family}/${described.name}: not always the same: ${first.lines[at]} | ${second.lines[at]}`;
}

function isSame(a: Answer, b: Answer): boolean {
  return a.status === b.status && a.lines.join('\n') === b.lines.join('\n');
}
