/** All semantics by mnemonic: joins the families' tables. */
import { arithmetic } from './arithmetic.ts';
import { avxFamilies } from './avx/table.ts';
import { atomics } from './atomics.ts';
import { bits } from './bits.ts';
import { bitManipulation } from './bmi.ts';
import { control } from './control.ts';
import { conversions } from './conversions.ts';
import type { Definition, Definitions } from './definition.ts';
import { flagControl } from './flag-control.ts';
import { logic } from './logic.ts';
import { moves } from './moves.ts';
import { multiplication } from './multiply.ts';
import { shifts } from './shifts.ts';
import { simdFamilies } from './simd/table.ts';
import { stack } from './stack.ts';
import { strings } from './strings.ts';
import { system } from './system.ts';
import { x87Definitions } from './x87/x87.ts';

const families: readonly Definitions[] = [
  arithmetic,
  logic,
  shifts,
  multiplication,
  moves,
  conversions,
  stack,
  control,
  strings,
  bits,
  bitManipulation,
  flagControl,
  atomics,
  system,
  x87Definitions,
  ...simdFamilies,
  ...avxFamilies,
];

const table: ReadonlyMap<string, Definition> = join();

function join(): Map<string, Definition> {
  const joined = new Map<string, Definition>();
  for (const family of families) {
    for (const [mnemonic, definition] of Object.entries(family)) {
      if (joined.has(mnemonic)) throw new Error(`${mnemonic} is defined twice`);
      joined.set(mnemonic, definition);
    }
  }
  return joined;
}

/** What an instruction does; undefined for one that this CPU does not have (#UD). */
export function semanticsOf(mnemonic: string): Definition | undefined {
  return table.get(mnemonic);
}

/** Every mnemonic with semantics, for generators and censuses. */
export function definedMnemonics(): Iterable<string> {
  return table.keys();
}
