/** `k42 syscalls`: the support table, from the same data the dispatch uses. */
import { syscallTable } from '../linuxabi/syscall-table.ts';
import { parseOptions } from './options.ts';

export function listSyscalls(words: readonly string[]): number {
  const parsed = parseOptions([{ long: 'json', help: 'as JSON' }], words);
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
