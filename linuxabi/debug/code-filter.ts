/** Which code is meant: symbols and ranges of addresses, `main,0x401000-0x401fff`. */
import type { Namer } from './listing.ts';

export interface CodeFilter {
  matches(address: number, namer: Namer): boolean;
}

interface Range {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

const ADDRESS = /^0x([0-9a-f]+)(?:-(?:0x)?([0-9a-f]+))?$/i;

/** Addresses start with 0x; all else is the name of a symbol. The end of a range is part of it. */
export function parseCodeFilter(text: string): CodeFilter {
  const ranges: Range[] = [];
  const names = new Set<string>();
  for (const word of text.split(',').filter((part) => part !== '')) {
    const [, first, last] = ADDRESS.exec(word) ?? [];
    if (first === undefined) names.add(word);
    else ranges.push({ start: Number.parseInt(first, 16), end: Number.parseInt(last ?? first, 16) + 1 });
  }
  return {
    matches(address, namer) {
      if (ranges.some(({ start, end }) => address >= start && address < end)) return true;
      const name = names.size === 0 ? undefined : namer(address)?.name;
      return name !== undefined && names.has(name);
    },
  };
}
