/** What a page asks with: checked before it is used. */
import type { TerminalSize } from '../serve/terminal-viewer.ts';
import type { Params } from './web-client.ts';

/** A whole number ≥ 0. Throws. */
export function count(params: Params, name: string): number {
  const value = params[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`\`${name}\` is not a number from 0 on`);
  return value;
}

/** Throws when it is none, or longer than `most` characters. */
export function text(params: Params, name: string, most: number): string {
  const value = params[name];
  if (typeof value !== 'string' || value.length > most)
    throw new Error(`\`${name}\` is not a text of at most ${most} characters`);
  return value;
}

export function sizeOf(params: Params): TerminalSize {
  return { columns: count(params, 'columns'), rows: count(params, 'rows') };
}
