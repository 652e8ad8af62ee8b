import { expect, it } from 'vitest';
import { allMnemonics } from '../x86/lookup.ts';
import { definedMnemonics, semanticsOf } from './table.ts';

/** Decoded, but #UD here: SYSENTER has no entry in 64-bit Linux; far pointers to segments that don't exist. */
const UNDEFINED = ['lfs', 'lgs', 'lss', 'sysenter'];

it('every mnemonic of the decoder has semantics, except those that are undefined on purpose', () => {
  expect(allMnemonics().filter((mnemonic) => semanticsOf(mnemonic) === undefined)).toEqual(UNDEFINED);
});

it('every definition can be reached by decoding', () => {
  const decoded = new Set(allMnemonics());
  expect([...definedMnemonics()].filter((mnemonic) => !decoded.has(mnemonic))).toEqual([]);
});
