/**
 * What a tree of /proc or /sys looks like, as dump.c prints it, and where two of them differ in shape: numbers count as one another, wherever they stand and
 * however they are filled.
 */
export interface ShownFile {
  /** D, L or F. */
  readonly kind: string;
  readonly mode: string;
  /** OK or an errno of a file, target of a link. */
  readonly outcome: string;
  readonly lines: string[];
}

const HEADER = /^([DLF]) (\d+) (\S+) (.*)$/;

export function parseDump(text: string): Map<string, ShownFile> {
  const files = new Map<string, ShownFile>();
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    const [, kind = '', mode = '', path = '', outcome = ''] = HEADER.exec(line) ?? [];
    if (line.startsWith('|')) lines.push(line.slice(1));
    else if (kind !== '') files.set(path, { kind, mode, outcome, lines: (lines = []) });
  }
  return files;
}

export function shapeOf(line: string): string {
  return line
    .replaceAll(/\b(0x)?[0-9a-f]{8,}\b/g, '#')
    .replaceAll(/-?\d+(\.\d+)?/g, '#')
    .replaceAll(/ +#/g, ' #')
    .replaceAll(/# +/g, '# ');
}

/** Lines of one whose shape the other does not have; undefined where both have the same. */
export function compareFiles(native: ShownFile, guest: ShownFile): string[] | undefined {
  const found: string[] = [];
  const headOf = ({ kind, mode, outcome }: ShownFile): string => `${kind} ${mode} ${kind === 'F' ? outcome : ''}`;
  if (headOf(native) !== headOf(guest)) found.push(`- ${headOf(native)}`, `+ ${headOf(guest)}`);
  found.push(...only(native, guest).map((line) => `- ${line}`), ...only(guest, native).map((line) => `+ ${line}`));
  return found.length === 0 ? undefined : found;
}

function only(one: ShownFile, other: ShownFile): string[] {
  const shapes = new Set(other.lines.map(shapeOf));
  return one.lines.filter((line) => !shapes.has(shapeOf(line)));
}
