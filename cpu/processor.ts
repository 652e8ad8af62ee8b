/** The processor that an engine shows to its guests: which instructions there are, and what CPUID says of them. */
import type { GuestAddress } from './address.ts';
import { cpuidLeaf, type CpuidRegisters } from './semantics/cpuid.ts';
import { decode, DecodeFailure } from './x86/decode.ts';
import type { Instruction } from './x86/instruction.ts';
import { ISA_LEVELS, levelOf, type IsaLevel } from './x86/isa-level.ts';

/** AVX2 code is for processors that have it (--cpu); glibc's AVX2 string functions are not faster here than its SSE2 ones. */
export const DEFAULT_LEVEL: IsaLevel = 'x86-64-v2';

export class Processor {
  readonly level: IsaLevel;
  readonly #number: number;

  constructor(level: IsaLevel = DEFAULT_LEVEL) {
    this.level = level;
    this.#number = ISA_LEVELS.indexOf(level) + 1;
  }

  /** Whether it has AVX, and XSAVE to keep its state. */
  get hasAvx(): boolean {
    return this.#number >= 3;
  }

  /** Whether programs read and write the FS and GS bases themselves. */
  get hasFsGsBase(): boolean {
    return this.#number >= 3;
  }

  /** Like x86/decode.ts; what this processor does not have is Invalid. */
  decode(bytes: Uint8Array, offset: number, address: GuestAddress): Instruction | DecodeFailure {
    const decoded = decode(bytes, offset, address);
    if (typeof decoded === 'number' || this.#number >= ISA_LEVELS.length) return decoded;
    // The prefix that makes them says nothing to older processors.
    if (decoded.mnemonic === 'tzcnt') return { ...decoded, mnemonic: 'bsf' };
    if (decoded.mnemonic === 'lzcnt') return { ...decoded, mnemonic: 'bsr' };
    return levelOf(decoded.mnemonic) > this.#number ? DecodeFailure.Invalid : decoded;
  }

  cpuid(leaf: number, subleaf: number): CpuidRegisters {
    return cpuidLeaf(this.#number, leaf, subleaf);
  }
}
