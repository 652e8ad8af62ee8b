/** The text of a mount's own options: `size=64k,mode=700`. Source: mount(8); fs/fs_parser.c. */
import type { ByteString } from '../../../kernel/byte-string.ts';

/** name → value; a name without `=` has none. */
export function parseOptions(text: ByteString): Map<string, string | undefined> {
  const options = new Map<string, string | undefined>();
  for (const word of text.split(',')) {
    if (word === '') continue;
    const equals = word.indexOf('=');
    if (equals < 0) options.set(word, undefined);
    else options.set(word.slice(0, equals), word.slice(equals + 1));
  }
  return options;
}

const units: Readonly<Record<string, number>> = { '': 1, k: 2 ** 10, m: 2 ** 20, g: 2 ** 30, t: 2 ** 40 };

/** A number with a unit, or undefined. Source: lib/cmdline.c, memparse. */
export function parseSize(text: string | undefined): number | undefined {
  const parts = /^(0x[0-9a-f]+|[0-9]+)([kmgt]?)$/i.exec(text ?? '');
  if (parts === null) return undefined;
  return Number(parts[1]) * units[parts[2]!.toLowerCase()]!;
}

export function parseOctal(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

export function parseDecimal(text: string | undefined): number | undefined {
  return text !== undefined && /^[0-9]+$/.test(text) ? Number(text) : undefined;
}
