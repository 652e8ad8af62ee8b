/**
 * The programs of the conformance bench: test/conformance/FAMILY/NAME.c, each with NAME.expected beside it (expectation.ts). A line
 * `// args: WORDS` in the source gives the program arguments.
 */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseExpectation } from './expectation.ts';
import type { Expectation } from './expectation.ts';

export interface ConformanceProgram {
  readonly family: string;
  readonly name: string;
  readonly source: string;
  readonly args: readonly string[];
  readonly expectationPath: string;
  /** Undefined when none has been recorded yet. */
  readonly expectation: Expectation | undefined;
}

/** The folder of the families, in a checkout and in the installed package. */
export function conformanceFolder(): string {
  // From the built file in dist/ the package is one folder up, from this source file two.
  const candidates = ['../test/conformance', '../../test/conformance'].map((path) =>
    fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(join(path, 'conform.h')));
  if (found === undefined) throw new Error('the sources of the conformance programs are not there (test/conformance)');
  return found;
}

export function families(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => statSync(join(folder, name)).isDirectory())
    .toSorted();
}

/** The programs of one family, or of all. */
export function findPrograms(folder: string, family?: string): ConformanceProgram[] {
  const chosen = family === undefined ? families(folder) : [family];
  return chosen.flatMap((name) => {
    const sources = readdirSync(join(folder, name)).filter((file) => file.endsWith('.c'));
    return sources.toSorted().map((file) => describe(folder, name, file.slice(0, -2)));
  });
}

function describe(folder: string, family: string, name: string): ConformanceProgram {
  const source = join(folder, family, `${name}.c`);
  const expectationPath = join(folder, family, `${name}.expected`);
  const args = /^\/\/ args: (.*)$/m.exec(readFileSync(source, 'utf8'))?.[1]?.split(' ') ?? [];
  const expectation = existsSync(expectationPath)
    ? parseExpectation(readFileSync(expectationPath, 'latin1'))
    : undefined;
  return { family, name, source, args, expectationPath, expectation };
}
