/**
 * CPUID: an x86-64-v2 processor (no AVX, XSAVE, ERMS, FSGSBASE) of the generation that was one, Westmere, so that guests that
 * go by model number choose the code for it. Leaves as data. Source: SDM vol. 2, CPUID.
 */
import { Gpr } from '../state-layout.ts';
import type { HelperMachine } from './helpers.ts';

type Registers = readonly [eax: number, ebx: number, ecx: number, edx: number];

const NONE: Registers = [0, 0, 0, 0];
const MAX_BASIC = 7;
const MAX_EXTENDED = 0x8000_0008;
/** Family 6, model 0x2c, stepping 2. */
const SIGNATURE = 0x0002_06c2;
const LINE_BYTES = 64;
const BRAND = 'k42 x86-64-v2 processor';

function mask(...bits: number[]): number {
  return bits.reduce((set, bit) => set | (1 << bit), 0) >>> 0;
}

/** SSE3, SSSE3, CMPXCHG16B, SSE4.1, SSE4.2, POPCNT. */
const FEATURES_ECX = mask(0, 9, 13, 19, 20, 23);
/** FPU VME DE PSE TSC MSR PAE MCE CX8 APIC SEP MTRR PGE MCA CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2. */
const FEATURES_EDX = mask(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 23, 24, 25, 26);
/** LAHF in 64-bit mode. */
const EXTENDED_ECX = mask(0);
/** SYSCALL, NX, RDTSCP, 64-bit mode. */
const EXTENDED_EDX = mask(11, 20, 27, 29);
const INVARIANT_TSC = mask(8);

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

function cacheLeaf(index: number): Registers {
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

function brandLeaf(part: number): Registers {
  const at = part * 16;
  return [characters(BRAND, at), characters(BRAND, at + 4), characters(BRAND, at + 8), characters(BRAND, at + 12)];
}

/** A leaf beyond the last answers as the last basic one: zeros. */
export function cpuidLeaf(leaf: number, subleaf: number): Registers {
  switch (leaf) {
    case 0:
      return [MAX_BASIC, characters('GenuineIntel', 0), characters('GenuineIntel', 8), characters('GenuineIntel', 4)];
    case 1:
      return [SIGNATURE, ((LINE_BYTES / 8) << 8) | (1 << 16), FEATURES_ECX, FEATURES_EDX];
    case 2: // 0xff: see leaf 4
      return [0x00fe_ff01, 0, 0, 0];
    case 4:
      return cacheLeaf(subleaf);
    case 0x8000_0000:
      return [MAX_EXTENDED, 0, 0, 0];
    case 0x8000_0001:
      return [0, 0, EXTENDED_ECX, EXTENDED_EDX];
    case 0x8000_0002:
    case 0x8000_0003:
    case 0x8000_0004:
      return brandLeaf(leaf - 0x8000_0002);
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
  const [eax, ebx, ecx, edx] = cpuidLeaf(state.low32(Gpr.rax), state.low32(Gpr.rcx));
  state.setNumber(Gpr.rax, eax >>> 0);
  state.setNumber(Gpr.rbx, ebx >>> 0);
  state.setNumber(Gpr.rcx, ecx >>> 0);
  state.setNumber(Gpr.rdx, edx >>> 0);
}
