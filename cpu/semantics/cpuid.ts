/**
 * CPUID of processors of the levels x86-64-v1, v2 and v3: each of a generation that was one (Merom without its SSSE3, Westmere, Haswell), so that guests
 * that go by model number choose the code for it. No ERMS: repeated moves are not the fastest here. Leaves as data. Source: SDM vol. 2, CPUID.
 */
import { Gpr } from '../state-layout.ts';
import type { HelperMachine } from './helpers.ts';
import { XCR0, XsaveArea } from './xsave.ts';

export type CpuidRegisters = readonly [eax: number, ebx: number, ecx: number, edx: number];

const NONE: CpuidRegisters = [0, 0, 0, 0];
const MAX_EXTENDED = 0x8000_0008;
const LINE_BYTES = 64;

function mask(...bits: number[]): number {
  return bits.reduce((set, bit) => set | (1 << bit), 0) >>> 0;
}

/** FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2. */
const FEATURES_EDX = mask(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 23, 24, 25, 26);
/** SYSCALL, NX, RDTSCP, 64-bit mode. */
const EXTENDED_EDX = mask(11, 20, 27, 29);
const INVARIANT_TSC = mask(8);

/** What differs by level. */
interface Model {
  readonly signature: number;
  readonly maxBasic: number;
  /** Leaf 1. */
  readonly featuresEcx: number;
  /** Leaf 7, subleaf 0. */
  readonly structuredEbx: number;
  readonly structuredEcx: number;
  /** Leaf 8000_0001h. */
  readonly extendedEcx: number;
}

/** SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT. */
const V2_ECX = [0, 9, 13, 19, 20, 23] as const;
/** PCLMULQDQ, FMA, MOVBE, AES, XSAVE, OSXSAVE, AVX, F16C, RDRAND. */
const V3_ECX = [1, 12, 22, 25, 26, 27, 28, 29, 30] as const;

/** By number of the level, from 1 on. Signatures: family 6, model and stepping. */
const MODELS: readonly Model[] = [
  { signature: 0x0000_06f6, maxBasic: 4, featuresEcx: 0, structuredEbx: 0, structuredEcx: 0, extendedEcx: 0 },
  {
    signature: 0x0002_06c2,
    maxBasic: 7,
    featuresEcx: mask(...V2_ECX),
    structuredEbx: 0,
    structuredEcx: 0,
    extendedEcx: mask(0), // LAHF
  },
  {
    signature: 0x0003_06c3,
    maxBasic: 0xd,
    featuresEcx: mask(...V2_ECX, ...V3_ECX),
    structuredEbx: mask(0, 3, 5, 8, 18, 19, 29), // FSGSBASE, BMI1, AVX2, BMI2, RDSEED, ADX, SHA
    structuredEcx: mask(22), // RDPID
    extendedEcx: mask(0, 5, 8), // LAHF, LZCNT, PREFETCHW
  },
];

/** XSAVEOPT, XSAVEC, XGETBV with ecx = 1. */
const XSAVE_FORMS = mask(0, 1, 2);

/** State components and the size of their image. Source: SDM vol. 1, 13.2. */
function xsaveLeaf(subleaf: number): CpuidRegisters {
  switch (subleaf) {
    case 0:
      return [XCR0, XsaveArea.size, XsaveArea.size, 0];
    case 1:
      return [XSAVE_FORMS, XsaveArea.size, 0, 0];
    case 2:
      return [XsaveArea.size - XsaveArea.avx, XsaveArea.avx, 0, 0];
    default:
      return NONE;
  }
}

interface Cache {
  readonly type: 1 | 2 | 3; // data, instruction, unified
  readonly level: number;
  readonly ways: number;
  readonly sets: number;
}

const CACHES: readonly Cache[] = [
  { type: 1, level: 1, ways: 8, sets: 64 }, // 32 KiB
  { type: 2, level: 1, ways: 4, sets: 128 }, // 32 KiB
  { type: 3, level: 2, ways: 8, sets: 512 }, // 256 KiB
  { type: 3, level: 3, ways: 16, sets: 8192 }, // 8 MiB
];

function cacheLeaf(index: number): CpuidRegisters {
  const cache = CACHES[index];
  if (cache === undefined) return NONE;
  const selfInitializing = 1 << 8;
  return [
    cache.type | (cache.level << 5) | selfInitializing,
    (LINE_BYTES - 1) | ((cache.ways - 1) << 22),
    cache.sets - 1,
    0,
  ];
}

/** Four characters to a register, little endian. */
function characters(text: string, at: number): number {
  let word = 0;
  for (let i = 3; i >= 0; i--) word = (word << 8) | (text.charCodeAt(at + i) || 0);
  return word >>> 0;
}

function brandLeaf(level: number, part: number): CpuidRegisters {
  const at = part * 16;
  const brand = `k42 x86-64-v${level} processor`;
  return [characters(brand, at), characters(brand, at + 4), characters(brand, at + 8), characters(brand, at + 12)];
}

/** `level`: 1, 2 or 3. A leaf beyond the last answers as the last basic one: zeros. */
export function cpuidLeaf(level: number, leaf: number, subleaf: number): CpuidRegisters {
  const model = MODELS[level - 1]!;
  switch (leaf) {
    case 0:
      return [
        model.maxBasic,
        characters('GenuineIntel', 0),
        characters('GenuineIntel', 8),
        characters('GenuineIntel', 4),
      ];
    case 1:
      return [model.signature, ((LINE_BYTES / 8) << 8) | (1 << 16), model.featuresEcx, FEATURES_EDX];
    case 2: // 0xff: see leaf 4
      return [0x00fe_ff01, 0, 0, 0];
    case 4:
      return cacheLeaf(subleaf);
    case 7:
      return subleaf === 0 ? [0, model.structuredEbx, model.structuredEcx, 0] : NONE;
    case 0xd:
      return level >= 3 ? xsaveLeaf(subleaf) : NONE;
    case 0x8000_0000:
      return [MAX_EXTENDED, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, model.extendedEcx, EXTENDED_EDX];
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004:
      return brandLeaf(level, leaf - 0x8000_0002);
    case 0x8000_0006: // L2: 256 KiB, 8 ways
      return [0, 0, (256 << 16) | (6 << 12) | LINE_BYTES, 0];
    case 0x8000_0007:
      return [0, 0, 0, INVARIANT_TSC];
    case 0x8000_0008: // 48 bits of virtual, 40 of physical address
      return [0x3028, 0, 0, 0];
    default:
      return NONE;
  }
}

export function cpuid(machine: HelperMachine): void {
  const { state } = machine;
  const [eax, ebx, ecx, edx] = machine.processor.cpuid(state.low32(Gpr.rax), state.low32(Gpr.rcx));
  state.setNumber(Gpr.rax, eax >>> 0);
  state.setNumber(Gpr.rbx, ebx >>> 0);
  state.setNumber(Gpr.rcx, ecx >>> 0);
  state.setNumber(Gpr.rdx, edx >>> 0);
}
