/** `k42 syscalls`: the support table, from the same data the dispatch uses. */
import { syscallTable } from '../linuxabi/syscall-table.ts';
import { parseOptions, UsageError, type OptionRule } from './options.ts';

export const syscallsRules: readonly OptionRule[] = [{ long: 'json', help: 'as JSON' }];

export function listSyscalls(words: readonly string[]): number {
  const parsed = parseOptions(syscallsRules, words);
  if (parsed.rest.length > 0) throw new UsageError(`k42 syscalls takes no '${parsed.rest[0]}'`);
  const known = syscallTable.flatMap((definition) => (definition === undefined ? [] : [definition]));
  const rows = known.map(({ number, name, support }) => ({ number, name, ...support }));
  if (parsed.has('json')) {
    process.stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
    return 0;
  }
  for (const { number, name, level, missing = [] } of rows) {
    process.stdout.write(
      `${String(number).padStart(3)} ${name.padEnd(24)} ${level.padEnd(8)} ${missing.join('; ')}`.trimEnd() + '\n',
    );
  }
  const count = (level: string): number => rows.filter((row) => row.level === level).length;
  process.stdout.write(
    `${count('full')} full, ${count('partial')} partial, ${count('refused')} refused as Linux would\n`,
  );
  return 0;
}
