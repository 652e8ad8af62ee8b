/**
 * SIMD semantics in the cases where they differ from WebAssembly's operations. The bulk is judged by the host's processor
 * (test/differential); these need nothing installed.
 */
import { expect, it, test } from 'vitest';
import { guestAddress } from '../../address.ts';
import { Trap } from '../../engine.ts';
import { Evaluator, NO_TRAP } from '../../evaluate/evaluator.ts';
import { ArenaPool } from '../../memory/arena.ts';
import { Permission } from '../../memory/guest-memory.ts';
import { PagedMemory } from '../../memory/paged-memory.ts';
import { STATE_SIZE, State } from '../../state-layout.ts';
import { Processor } from '../../processor.ts';
import { CpuState } from '../../state.ts';
import { decode } from '../../x86/decode.ts';

const CODE = guestAddress(0x400000);
const DATA = 0x10000;
const memory = new PagedMemory(new ArenaPool());
memory.mapZero(guestAddress(DATA), 1, Permission.Read | Permission.Write);

/** Blind: immediates are hidden from the semantics, as the interpreter generator must have it. */
type Sight = 'seeing' | 'blind';

interface Outcome {
  readonly trap: number;
  readonly state: CpuState;
  readonly xmm0: string;
}

/** Runs one instruction with xmm0 = a, xmm1 = b, rbx = DATA. */
function run(
  hex: string,
  a: string,
  b: string,
  prepare: (state: CpuState) => void = () => {},
  sight: Sight = 'seeing',
): Outcome {
  const state = new CpuState(new ArrayBuffer(STATE_SIZE), 0);
  state.reset();
  const evaluator = new Evaluator(state, memory, new Processor('x86-64-v3'));
  if (sight === 'blind') Object.assign(evaluator, { known: () => undefined });
  evaluator.setXmm(0, BigInt(`0x${a.replaceAll('_', '')}`));
  evaluator.setXmm(1, BigInt(`0x${b.replaceAll('_', '')}`));
  state.gpr[3] = BigInt(DATA);
  prepare(state);
  const instruction = decode(new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex')), 0, CODE);
  if (typeof instruction === 'number') throw new Error(`${hex} does not decode`);
  const trap = evaluator.execute(instruction);
  return { trap, state, xmm0: evaluator.xmm(0).toString(16).padStart(32, '0') };
}

const ZERO = '0';
const COUNTING = '0f0e0d0c_0b0a0908_07060504_03020100';
const SIXTEENS = '1f1e1d1c_1b1a1918_17161514_13121110';

/** Instruction on xmm0, xmm1; the operands; the result. */
const CASES: readonly (readonly [name: string, hex: string, a: string, b: string, result: string])[] = [
  ['minss gives the second of two zeros', 'f30f5dc1', '80000000', '0', '0'],
  ['minss gives the second when the first is NaN', 'f30f5dc1', '7fc00000', '3f800000', '3f800000'],
  ['maxps gives a signaling second NaN as it is', '0f5fc1', '3f800000', '7f800001', '7f800001'],
  ['addss: the first NaN, made quiet', 'f30f58c1', 'ff800001', '7fc12345', 'ffc00001'],
  ['addss: the second NaN when the first is none', 'f30f58c1', '3f800000', '7f800001', '7fc00001'],
  ['divsd 0/0 is the negative default NaN', 'f20f5ec1', '0', '0', 'fff8000000000000'],
  ['sqrtps of a negative number', '0f51c1', '0', 'bf800000', 'ffc00000'],
  [
    'cvttps2dq out of range and NaN',
    'f30f5bc1',
    '0',
    '7fc00000_4f000000_cf800000_4effffff',
    '80000000_80000000_80000000_7fffff80',
  ],
  [
    'cvtpd2dq clears the upper half',
    'f20fe6c1',
    'ffffffff_ffffffff_00000000_00000000',
    '41e00000_00000000_40040000_00000000',
    '80000000_00000002',
  ],
  ['pmulhrsw of -1 and -1', '660f380bc1', '8000', '8000', '8000'],
  ['pmaddubsw saturates', '660f3804c1', 'ffff', '7f7f', '7fff'],
  [
    'pshufb: bit 7 gives zero, other high bits do nothing',
    '660f3800c1',
    COUNTING,
    '80_00_7f_8f_00_00_00_00_00_00_00_00_00_00_00_1f',
    '00000f00_00000000_00000000_0000000f',
  ],
  ['psllw by a count beyond 32 bits', '660ff1c1', 'ffff', '1_00000000', '0'],
  ['psraw by too much gives the sign', '660fe1c1', '8000', 'ff', 'ffff'],
  ['phminposuw: the first of equal minima', '660f3841c1', ZERO, '0005_0003_0003_0009_0007_0003_0008_0006', '00020003'],
  [
    'movss between registers keeps the rest',
    'f30f10c1',
    'f_0000000f_0000000f_0000000f',
    '1',
    'f_0000000f_0000000f_00000001',
  ],
  ['movq clears the upper half', 'f30f7ec1', COUNTING, COUNTING, '07060504_03020100'],
  ['psadbw', '660ff6c1', COUNTING, ZERO, '5c_00000000_0000001c'],
];

test.each(CASES)('%s', (_, hex, a, b, result) => {
  const { trap, xmm0 } = run(hex, a, b);
  expect(trap).toBe(NO_TRAP);
  expect(xmm0).toBe(result.replaceAll('_', '').padStart(32, '0'));
});

/** Every immediate instruction must do the same whether its immediate is known when code is made or only when it runs. */
const WITH_IMMEDIATE: readonly (readonly [name: string, hex: string])[] = [
  ['pshufd', '660f70c1'],
  ['pshuflw', 'f20f70c1'],
  ['pshufhw', 'f30f70c1'],
  ['shufps', '0fc6c1'],
  ['shufpd', '660fc6c1'],
  ['pslldq', '660f73f8'],
  ['psrldq', '660f73d8'],
  ['palignr', '660f3a0fc1'],
  ['pinsrw', '660fc4c0'],
  ['pextrw', '660fc5c0'],
  ['insertps', '660f3a21c1'],
  ['blendps', '660f3a0cc1'],
  ['blendpd', '660f3a0dc1'],
  ['pblendw', '660f3a0ec1'],
  ['pinsrb', '660f3a20c0'],
  ['pextrb', '660f3a14c0'],
  ['pinsrq', '66480f3a22c0'],
  ['pextrq', '66480f3a16c0'],
  ['cmpps', '0fc2c1'],
  ['cmpsd', 'f20fc2c1'],
  ['roundps', '660f3a08c1'],
  ['dpps', '660f3a40c1'],
  ['mpsadbw', '660f3a42c1'],
  ['psllw', '660f71f0'],
  ['psrad', '660f72e0'],
];

test.each(WITH_IMMEDIATE)('%s does not depend on when the immediate is known', (_, hex) => {
  for (let immediate = 0; immediate < 256; immediate++) {
    const bytes = hex + immediate.toString(16).padStart(2, '0');
    const known = run(bytes, COUNTING, SIXTEENS);
    const unknown = run(bytes, COUNTING, SIXTEENS, undefined, 'blind');
    expect([immediate, unknown.xmm0, unknown.state.gpr[0]]).toEqual([immediate, known.xmm0, known.state.gpr[0]]);
  }
});

it('palignr takes 16 bytes from the destination above the source', () => {
  expect(run('660f3a0fc104', SIXTEENS, COUNTING).xmm0).toBe('131211100f0e0d0c0b0a090807060504');
});

it('comisd: unordered sets ZF, PF and CF', () => {
  expect(run('660f2fc1', '7ff8000000000000', '0').state.rflags & 0x8d5).toBe(0x45);
});

it('ptest: CF when the source has no bit that the destination lacks', () => {
  expect(run('660f3817c1', 'ff', '0f').state.rflags & 0x8d5).toBe(1);
});

it('a misaligned 128-bit operand is #GP for movaps and addps, and nothing for movups', () => {
  const misaligned = (state: CpuState) => (state.gpr[3] = BigInt(DATA + 4));
  expect(run('0f2803', ZERO, ZERO, misaligned).trap).toBe(Trap.GeneralProtection);
  expect(run('0f5803', ZERO, ZERO, misaligned).trap).toBe(Trap.GeneralProtection);
  expect(run('0f1003', ZERO, ZERO, misaligned).trap).toBe(NO_TRAP);
  expect(run('660f3a630300', ZERO, ZERO, misaligned).trap).toBe(NO_TRAP);
});

it('pcmpistri finds a substring; flags say where the texts end', () => {
  // "lo" in "hello": equal ordered, lowest index.
  const { state } = run('660f3a63c10c', '6f6c', '6f_6c6c6568');
  expect(state.gpr[1]).toBe(3n);
  expect(state.rflags & 0x8d5).toBe(0xc1);
});

it('an MMX instruction resets the x87 stack and fills the exponent of its register', () => {
  const { state } = run('0ffcc1', ZERO, ZERO, (prepared) => prepared.view.setUint16(State.fsw, 0x3800, true));
  expect(state.view.getUint16(State.fsw, true)).toBe(0);
  expect(state.bytes[State.ftw]).toBe(0xff);
  expect(state.view.getUint16(State.st + 8, true)).toBe(0xffff);
});

it('MXCSR rounding modes: 1/3 up and down; cvtsd2si up', () => {
  const mode = (rounding: number) => (state: CpuState) =>
    state.view.setUint32(State.mxcsr, 0x1f80 | (rounding << 13), true);
  expect(run('f30f5ec1', '3f800000', '40400000', mode(1)).xmm0).toMatch(/3eaaaaaa$/);
  expect(run('f30f5ec1', '3f800000', '40400000', mode(2)).xmm0).toMatch(/3eaaaaab$/);
  expect(run('f2480f2dc1', ZERO, '3ff199999999999a', mode(2)).state.gpr[0]).toBe(2n);
  expect(run('660f3a0bc100', ZERO, '3ff199999999999a', mode(2)).xmm0).toMatch(/3ff0000000000000$/);
});
