/**
 * A decoded x86-64 instruction: what the decoder makes and the semantics, the engines and the disassembler read.
 * Plain data, no behaviour. Source for terms: SDM vol. 2, chapter 2.
 */
import type { GuestAddress } from '../address.ts';

export const RegisterClass = {
  /** Low byte of a general register (al, …, spl, …, r15b). */
  Gpr8: 0,
  /** ah, ch, dh, bh: index is that of rax, rcx, rdx, rbx. */
  Gpr8High: 1,
  Gpr16: 2,
  Gpr32: 3,
  Gpr64: 4,
  Xmm: 5,
  Mmx: 6,
  /** x87 stack register, relative to TOP. */
  St: 7,
  Segment: 8,
  Ymm: 9,
  Control: 10,
  Debug: 11,
} as const;
export type RegisterClass = (typeof RegisterClass)[keyof typeof RegisterClass];

export const OperandKind = { Register: 0, Memory: 1, Immediate: 2, Relative: 3 } as const;

export interface RegisterOperand {
  readonly kind: typeof OperandKind.Register;
  readonly class: RegisterClass;
  readonly index: number;
  /** Width in bits. */
  readonly width: number;
}

/** Index into State.gpr for base, index and segment: 16 reads as zero, 17 is the FS base, 18 the GS base. */
export const NO_REGISTER = 16;
export const FS_BASE = 17;
export const GS_BASE = 18;

export interface MemoryOperand {
  readonly kind: typeof OperandKind.Memory;
  /** 0..15 or NO_REGISTER. RIP-relative operands have NO_REGISTER and the absolute target as displacement. */
  readonly base: number;
  readonly index: number;
  /** log2 of the scale: 0..3. */
  readonly scaleShift: number;
  /** Signed; for RIP-relative and moffs operands an absolute address below 2^53. */
  readonly displacement: number;
  readonly ripRelative: boolean;
  /** NO_REGISTER, FS_BASE or GS_BASE. */
  readonly segment: number;
  /** 64 or 32 (address-size prefix: the effective address is cut to 32 bits before the segment base is added). */
  readonly addressWidth: 64 | 32;
  /** Width in bits of what is accessed; 0 where none is (lea, nop, prefetch). */
  readonly width: number;
}

export interface ImmediateOperand {
  readonly kind: typeof OperandKind.Immediate;
  /** Sign- or zero-extended to the instruction's operand width as the SDM says, as a signed 64-bit value. */
  readonly value: bigint;
  readonly width: number;
}

export interface RelativeOperand {
  readonly kind: typeof OperandKind.Relative;
  readonly target: GuestAddress;
}

export type Operand = RegisterOperand | MemoryOperand | ImmediateOperand | RelativeOperand;

export const Repeat = { None: 0, Repe: 1, Repne: 2 } as const;
export type Repeat = (typeof Repeat)[keyof typeof Repeat];

export interface Instruction {
  readonly address: GuestAddress;
  readonly length: number;
  /** Lower-case SDM mnemonic, the key into the semantics table. Without a width suffix where `width` says it all ('add',
   *  'movs', 'pushf', 'iret'), with it where the SDM has different names ('cbw' 'cwde' 'cdqe', 'movd' 'movq', 'cmpxchg16b',
   *  'cvtsi2sd'). 'jcc', 'setcc', 'cmovcc' have the condition in `condition`. Not as in the SDM: 'pushseg', 'popseg', 'movcr',
   *  'movdr' (PUSH, POP, MOV of those registers), 'callf', 'jmpf', 'retf' (far forms), 'ud' (ud0, ud1, ud2), 'nop' for every hint NOP. */
  readonly mnemonic: string;
  /** Operand width in bits: 8, 16, 32, 64, or the vector width. */
  readonly width: number;
  readonly addressWidth: 64 | 32;
  /** Condition code 0..15 (SDM vol. 1, appendix B.1) for jcc, setcc, cmovcc. */
  readonly condition: number;
  readonly lock: boolean;
  readonly repeat: Repeat;
  /** Explicit operands, and implicit register operands where the SDM writes them (shl rm, cl), Intel order. String
   *  instructions carry their memory operands ([rdi]; [rsi] with its segment), xlat and maskmov theirs ([rbx], [rdi]). */
  readonly operands: readonly Operand[];
}
