import { describe, expect, it } from 'vitest';
import { guestAddress } from './address.ts';
import { Processor } from './processor.ts';
import { DecodeFailure } from './x86/decode.ts';
import { ISA_LEVELS, type IsaLevel } from './x86/isa-level.ts';

/** One instruction of each feature: its bytes, the level it comes with, and where CPUID tells of it: leaf, register, bit. */
const FEATURES: readonly (readonly [
  name: string,
  bytes: string,
  level: IsaLevel,
  leaf: number,
  register: number,
  bit: number,
])[] = [
  ['sse2: paddq xmm0, xmm1', '660fd4c1', 'x86-64-v1', 1, 3, 26],
  ['sse3: haddps xmm0, xmm1', 'f20f7cc1', 'x86-64-v2', 1, 2, 0],
  ['ssse3: pshufb xmm0, xmm1', '660f3800c1', 'x86-64-v2', 1, 2, 9],
  ['cmpxchg16b [rdi]', '480fc70f', 'x86-64-v2', 1, 2, 13],
  ['sse4.1: ptest xmm0, xmm1', '660f3817c1', 'x86-64-v2', 1, 2, 19],
  ['sse4.2: pcmpgtq xmm0, xmm1', '660f3837c1', 'x86-64-v2', 1, 2, 20],
  ['popcnt eax, ecx', 'f30fb8c1', 'x86-64-v2', 1, 2, 23],
  ['aesenc xmm0, xmm1', '660f38dcc1', 'x86-64-v3', 1, 2, 25],
  ['lahf', '9f', 'x86-64-v2', 0x8000_0001, 2, 0],
  ['avx: vaddps ymm0, ymm1, ymm2', 'c5f458c2', 'x86-64-v3', 1, 2, 28],
  ['fma: vfmadd231ps ymm0, ymm1, ymm2', 'c4e275b8c2', 'x86-64-v3', 1, 2, 12],
  ['movbe eax, [rdi]', '0f38f007', 'x86-64-v3', 1, 2, 22],
  ['xgetbv', '0f01d0', 'x86-64-v3', 1, 2, 27],
  ['rdrand eax', '0fc7f0', 'x86-64-v3', 1, 2, 30],
  ['bmi1: andn eax, ecx, edx', 'c4e270f2c2', 'x86-64-v3', 7, 1, 3],
  ['avx2: vpaddd ymm0, ymm1, ymm2', 'c5f5fec2', 'x86-64-v3', 7, 1, 5],
  ['bmi2: pdep eax, ecx, edx', 'c4e273f5c2', 'x86-64-v3', 7, 1, 8],
  ['adcx eax, ecx', '660f38f6c1', 'x86-64-v3', 7, 1, 19],
  ['sha256msg1 xmm0, xmm1', '0f38ccc1', 'x86-64-v3', 7, 1, 29],
];

describe.each(ISA_LEVELS)('processor of %s', (level) => {
  const processor = new Processor(level);

  it.each(FEATURES)('executes what CPUID tells of and nothing else: %s', (_name, bytes, from, leaf, register, bit) => {
    const has = ISA_LEVELS.indexOf(level) >= ISA_LEVELS.indexOf(from);
    const decoded = processor.decode(Buffer.from(bytes, 'hex'), 0, guestAddress(0x1000));
    expect(decoded !== DecodeFailure.Invalid).toBe(has);
    expect((processor.cpuid(leaf, 0)[register]! >>> bit) & 1).toBe(has ? 1 : 0);
  });

  it('counts zeros only where it has the instructions for it; else the prefix says nothing', () => {
    const mnemonicOf = (bytes: string): string | undefined => {
      const decoded = processor.decode(Buffer.from(bytes, 'hex'), 0, guestAddress(0x1000));
      return typeof decoded === 'number' ? undefined : decoded.mnemonic;
    };
    const expected = level === 'x86-64-v3' ? ['tzcnt', 'lzcnt'] : ['bsf', 'bsr'];
    expect([mnemonicOf('f30fbcc1'), mnemonicOf('f30fbdc1')]).toEqual(expected);
  });

  it('tells of the size of its XSAVE image only when it has XSAVE', () => {
    const [components, size] = processor.cpuid(0xd, 0);
    expect([components, size]).toEqual(level === 'x86-64-v3' ? [7, 832] : [0, 0]);
  });
});
