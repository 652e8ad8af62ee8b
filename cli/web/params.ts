/** What a page asks with, checked as that of any peer (cli/control/params.ts), and bounded. */
import { integer, text as anyText, type Params } from '../control/params.ts';
import type { TerminalSize } from '../serve/terminal-viewer.ts';

/** A whole number ≥ 0. Throws. */
export function count(params: Params, name: string): number {
  const value = integer(params, name);
  if (value < 0) throw new Error(`\`${name}\` is less than 0`);
  return value;
}

/** Throws when it is none, or longer than `most` characters. */
export function text(params: Params, name: string, most: number): string {
  const value = anyText(params, name);
  if (value.length > most) throw new Error(`\`${name}\` has more than ${most} characters`);
  return value;
}

export function sizeOf(params: Params): TerminalSize {
  return { columns: count(params, 'columns'), rows: count(params, 'rows') };
}
