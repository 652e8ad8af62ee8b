/**
 * Each conformance program answers in k42 what is recorded beside it, leaves no task behind, and answers the same on the host, where the
 * host is a Linux on which that can be asked.
 */
import { expect, describe, it } from 'vitest';
import { compareLines } from '../../cli/conformance/compare.ts';
import { HostStuckError } from '../../cli/conformance/host-process.ts';
import { expectedOn } from '../../cli/conformance/expectation.ts';
import type { Expectation } from '../../cli/conformance/expectation.ts';
import { conformanceFolder, findPrograms } from '../../cli/conformance/program.ts';
import {
  compileProgram,
  hostKernel,
  nativeObstacle,
  runInGuest,
  runNative,
} from '../../cli/conformance/run-program.ts';
import { command, requirement } from '../support/requirements.ts';

const hasGcc = await requirement('gcc', command('gcc'));
const canCompile = hasGcc && process.platform === 'linux' && process.arch === 'x64';
const skippedNatively = new Set<string>();

describe.skipIf(!canCompile)('conformance', () => {
  for (const described of findPrograms(conformanceFolder())) {
    const { family, name, args, expectation } = described;
    it(`${family}/${name}`, async () => {
      if (expectation === undefined)
        throw new Error(`record it first: k42 conformance ${family} --program ${name} --record`);
      const program = await compileProgram(described);
      const { machine, lines, status } = await runInGuest(program, args);
      expect(lines).toEqual(expectation.lines.map(({ text }) => text));
      expect(status).toBe(expectation.status);
      // Only init is left: no process, thread or group leaks.
      expect([...machine.tasks.processes.keys()]).toEqual([1]);
      expect(machine.tasks.threads.size).toBe(0);
      expect(machine.tasks.groups.size).toBe(1);
    });
    it.skipIf(cannotAskHost(expectation))(`${family}/${name} on the host`, async (context) => {
      const native = await runNative(await compileProgram(described), args).catch((error: unknown) => {
        if (error instanceof HostStuckError) context.skip(error.message);
        throw error;
      });
      const expected = expectedOn(expectation!, hostKernel(), native.lines);
      if (isRecordedKernel(expectation!)) {
        expect(native.lines).toEqual(expected);
        expect(native.status).toBe(expectation!.status);
      } else noteDifferences(`${family}/${name}`, expected, native.lines);
    });
  }
});

function isRecordedKernel({ kernel }: Expectation): boolean {
  return kernel.join('.') === hostKernel().join('.');
}

/** Another kernel may be right in its own way: what it answers otherwise is shown, to become a `?` line. */
function noteDifferences(program: string, expected: readonly string[], actual: readonly string[]): void {
  for (const { verdict, ...lines } of compareLines(program, expected, actual)) {
    if (verdict === 'same') continue;
    process.stderr.write(
      `${program} on Linux ${hostKernel().join('.')}: ${lines.actual} (recorded: ${lines.expected})\n`,
    );
  }
}

function cannotAskHost(expectation: Expectation | undefined): boolean {
  if (!canCompile || expectation === undefined) return true;
  const obstacle = nativeObstacle(expectation.user);
  if (obstacle === undefined) return false;
  if (!skippedNatively.has(obstacle))
    process.stderr.write(`skipped: recorded answers against the host (${obstacle})\n`);
  skippedNatively.add(obstacle);
  return true;
}
