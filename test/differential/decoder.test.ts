/**
 * The decoder is held against iced-x86: every opcode under many prefixes and ModRM bytes, random bytes, and real code. Whole
 * files of tens of megabytes: decode-all.ts.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultRootFolder, ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { SingleOracle, newTally, sweep, type Tally } from './decoder-oracle.ts';
import { executableSections } from './elf-text.ts';
import { Random } from './random.ts';

const ADDRESS = 0x40_0000;
const PREFIXES = [
  '',
  '66',
  'f3',
  'f2',
  '66f3',
  '66f2',
  'f0',
  '67',
  '6467',
  '65',
  '2e64',
  '48',
  '41',
  '47',
  '6648',
  'f348',
  'f24d',
  'f04c',
  '4866',
  'f341',
];
const MAPS = ['', '0f', '0f38', '0f3a'];
/** Steps through the ModRM bytes so that each test run sees a third of them; 85 has no common factor with 256 and meets all mods and regs. */
const MODRM_STEP = 85;
const MODRMS_PER_OPCODE = 12;
const VEX_CASES_PER_OPCODE = 12;

function hex(text: string): number[] {
  return [...Buffer.from(text, 'hex')];
}

function expectNone(tally: Tally): void {
  expect(tally.differences.slice(0, 10)).toEqual([]);
}

test('every opcode of every map decodes as in iced-x86, under prefixes', () => {
  const oracle = new SingleOracle();
  const random = new Random(1);
  const tally = newTally();
  let modrm = 0;
  for (const prefix of PREFIXES)
    for (const map of MAPS)
      for (let opcode = 0; opcode < 256; opcode++)
        for (let i = 0; i < MODRMS_PER_OPCODE; i++) {
          modrm = (modrm + MODRM_STEP) & 0xff;
          const bytes = new Uint8Array(48);
          random.fill(bytes);
          bytes.set([...hex(prefix), ...hex(map), opcode, modrm]);
          oracle.compare(bytes, ADDRESS, tally);
        }
  expectNone(tally);
  expect(tally.compared).toBeGreaterThan(50_000);
});

test('every opcode of the VEX maps decodes as in iced-x86, with every W, L and pp', () => {
  const oracle = new SingleOracle();
  const random = new Random(4);
  const tally = newTally();
  for (let form = 0; form < 3 * 16; form++)
    for (let opcode = 0; opcode < 256; opcode++)
      for (let i = 0; i < VEX_CASES_PER_OPCODE; i++) {
        const bytes = new Uint8Array(48);
        random.fill(bytes);
        // vvvv must be 1111 where it names no register; a prefix of legacy instructions is refused, a segment is not.
        const vvvv = random.oneIn(2) ? 0x78 : random.u32() & 0x78;
        const last = ((form & 8) << 4) | vvvv | (form & 7);
        const isShort = form < 8 && random.oneIn(2);
        const prefix = random.oneIn(8) ? [random.pick(hex('6465676648f3f0'))] : [];
        const vex = isShort
          ? [0xc5, (random.u32() & 0x80) | last]
          : [0xc4, (random.u32() & 0xe0) | (1 + (form >> 4)), last];
        bytes.set([...prefix, ...vex, opcode]);
        oracle.compare(bytes, ADDRESS, tally);
      }
  expectNone(tally);
  expect(tally.compared).toBeGreaterThan(5_000);
});

test('random bytes decode as in iced-x86', () => {
  const oracle = new SingleOracle();
  const random = new Random(2);
  const tally = newTally();
  const bytes = new Uint8Array(64);
  for (let i = 0; i < 100_000; i++) {
    random.fill(bytes);
    oracle.compare(bytes, ADDRESS, tally);
  }
  expectNone(tally);
  expect(tally.compared).toBeGreaterThan(50_000);
});

test('prefixes in any number and order, up to the length limit, decode as in iced-x86', () => {
  const oracle = new SingleOracle();
  const random = new Random(3);
  const tally = newTally();
  const prefixes = hex('666767f2f3f0642e26363e65404f48');
  const opcodes = [
    '01',
    '0f10',
    '0fb8',
    '90',
    'c7',
    'a5',
    '0f38f1',
    '0f3a0f',
    '81',
    'ff',
    '0fc7',
    'e8',
    '68',
    'a1',
    'b8',
  ];
  for (let i = 0; i < 60_000; i++) {
    const bytes = new Uint8Array(64);
    random.fill(bytes);
    const run = Array.from({ length: random.below(16) }, () => random.pick(prefixes));
    bytes.set([...run, ...hex(random.pick(opcodes))]);
    oracle.compare(bytes, ADDRESS, tally);
  }
  expectNone(tally);
  expect(tally.compared).toBeGreaterThan(10_000);
});

const rootReady = await requirement('the default root', ensureDefaultRoot);

test.runIf(rootReady).each(['busybox', 'bash-static'])('all code of %s decodes as in iced-x86', async (program) => {
  const tally = newTally();
  for (const { address, bytes } of executableSections(join(await defaultRootFolder(), 'bin', program)))
    sweep(bytes, address, 0, bytes.length, tally);
  expectNone(tally);
  expect(tally.compared).toBeGreaterThan(300_000);
});

const SAMPLES = 64;
const SAMPLE_BYTES = 8192;

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'samples of the Node binary decode as in iced-x86',
  () => {
    const tally = newTally();
    const sections = executableSections(process.execPath).sort((a, b) => b.bytes.length - a.bytes.length);
    const { address, bytes } = sections[0]!;
    const step = Math.floor(bytes.length / SAMPLES);
    for (let start = 0; start + SAMPLE_BYTES < bytes.length; start += step) {
      // The decoder sees past the sample's end: the last instruction is whole.
      sweep(bytes.subarray(start, start + SAMPLE_BYTES + 64), address + start, 0, SAMPLE_BYTES, tally);
    }
    expectNone(tally);
    expect(tally.compared).toBeGreaterThan(50_000);
  },
);
