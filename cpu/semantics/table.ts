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
];

const table: ReadonlyMap<string, Definition> = join(families);
/** Joined when the first of them is met: most programs meet none. */
let avxTable: ReadonlyMap<string, Definition> | undefined;

function avx(): ReadonlyMap<string, Definition> {
  avxTable ??= join(avxFamilies());
  return avxTable;
}

function join(joining: readonly Definitions[]): Map<string, Definition> {
  const joined = new Map<string, Definition>();
  for (const family of joining) {
    for (const [mnemonic, definition] of Object.entries(family)) {
      if (joined.has(mnemonic)) throw new Error(`${mnemonic} is defined twice`);
      joined.set(mnemonic, definition);
    }
  }
  return joined;
}

/** What an instruction does; undefined for one that this CPU does not have (#UD). */
export function semanticsOf(mnemonic: string): Definition | undefined {
  return table.get(mnemonic) ?? (mnemonic.startsWith('v') ? avx().get(mnemonic) : undefined);
}

/** Every mnemonic with semantics, for generators and censuses. */
export function definedMnemonics(): string[] {
  return [...table.keys(), ...avx().keys()];
}
