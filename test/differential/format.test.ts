/** The formatter is held against iced-x86's Intel syntax: real code, and random bytes for the forms that it lacks. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultRootFolder, ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { executableSections } from './elf-text.ts';
import { compareTexts, type TextTally } from './format-oracle.ts';
import { Random } from './random.ts';

const ADDRESS = 0x40_0000;
const RANDOM_CASES = 60_000;
/** Opcode maps, so that each has its share. */
const BEGINNINGS = [
  '',
  '0f',
  '660f',
  'f30f',
  'f20f',
  '0f38',
  '660f38',
  '660f3a',
  '48',
  'c5',
  'c4e2',
  'c4e3',
  '65',
  '67',
];

function newTally(): TextTally {
  return { compared: 0, differences: new Map() };
}

function expectSame({ differences }: TextTally): void {
  expect([...differences].map(([mnemonic, { example }]) => `${mnemonic} ${example}`)).toEqual([]);
}

const rootReady = await requirement('the default root', ensureDefaultRoot);

test.runIf(rootReady)('all code of busybox reads as iced-x86 writes it', async () => {
  const tally = newTally();
  for (const { address, bytes } of executableSections(join(await defaultRootFolder(), 'bin/busybox')))
    compareTexts(bytes, address, tally);
  expectSame(tally);
  expect(tally.compared).toBeGreaterThan(300_000);
});

test('random instructions of every map read as iced-x86 writes them', () => {
  const random = new Random(5);
  const tally = newTally();
  for (let i = 0; i < RANDOM_CASES; i++) {
    const bytes = new Uint8Array(16);
    random.fill(bytes);
    bytes.set(Buffer.from(random.pick(BEGINNINGS), 'hex'));
    compareTexts(bytes, ADDRESS, tally);
  }
  expectSame(tally);
  expect(tally.compared).toBeGreaterThan(50_000);
});
