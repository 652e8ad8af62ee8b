/** /proc/sys: the tunables of the machine as a tree of files, made from their table. Source: proc_sys(5). */
import { sysctls } from '../../linuxabi/abi/sysctl.ts';
import type { Sysctl } from '../../linuxabi/abi/sysctl.ts';
import { directory } from '../entry.ts';
import type { DirectoryEntry, Entry, TextEntry } from '../entry.ts';

function file({ name, mode }: Sysctl): TextEntry {
  return {
    kind: 'text',
    mode,
    strict: true,
    ...((mode & 0o444) !== 0 && {
      render: (_subject, { settings }) => {
        const value = settings.read(name) ?? '';
        return value === '' ? '\n' : `${value}\n`;
      },
    }),
    ...((mode & 0o222) !== 0 && {
      store: (_subject, { settings }, text) => settings.write(name, text),
    }),
  };
}

/** The directory of all names that start with `prefix`. */
function folder(prefix: string, all: readonly Sysctl[]): DirectoryEntry {
  const table: Record<string, Entry> = {};
  for (const row of all) {
    const [first = '', ...rest] = row.name.slice(prefix.length).split('/');
    if (rest.length === 0) table[first] = file(row);
    else if (table[first] === undefined) {
      const inner = `${prefix}${first}/`;
      table[first] = folder(
        inner,
        all.filter(({ name }) => name.startsWith(inner)),
      );
    }
  }
  return directory(0o555, table);
}

export const sysDirectory = folder('', sysctls);
