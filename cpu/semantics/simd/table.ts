/** The SIMD families and their host helpers, for ../table.ts and ../helpers.ts. */
import type { Definitions } from '../definition.ts';
import { aes } from './aes.ts';
import { carryless } from './carryless.ts';
import { floatConversions } from './convert.ts';
import { floats } from './float.ts';
import { mmxOnly } from './mmx.ts';
import { vectorMoves } from './moves.ts';
import { mxcsrAccess } from './mxcsr.ts';
import { packedIntegers } from './packed.ts';
import { vectorShifts } from './shift.ts';
import { sha } from './sha.ts';
import { shuffles } from './shuffle.ts';
import { stringComparisons } from './strings.ts';

export const simdFamilies: readonly Definitions[] = [
  packedIntegers,
  vectorShifts,
  vectorMoves,
  shuffles,
  floats,
  floatConversions,
  mmxOnly,
  stringComparisons,
  mxcsrAccess,
  aes,
  carryless,
  sha,
];
