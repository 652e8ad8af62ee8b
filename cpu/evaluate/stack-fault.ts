/**
 * #SS or #GP: an access to a non-canonical address is a stack fault where the stack segment is meant, that is by instructions that push and pop,
 * and through rsp and rbp as base without another segment. Source: SDM vol. 3, 6.15 (interrupt 12); vol. 1, table 3-5.
 */
import { USER_LIMIT } from '../address.ts';
import { Trap } from '../engine.ts';
import { Gpr } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import { NO_REGISTER, OperandKind, type Instruction, type MemoryOperand } from '../x86/instruction.ts';

const USER_END = BigInt(USER_LIMIT);
const WORD = 8n;
/** Where the implicit access is: at a register, or below it. */
const STACK_ACCESSES: Readonly<Record<string, readonly [register: number, offset: bigint]>> = {
  push: [Gpr.rsp, -WORD],
  pushf: [Gpr.rsp, -WORD],
  pushseg: [Gpr.rsp, -WORD],
  call: [Gpr.rsp, -WORD],
  enter: [Gpr.rsp, -WORD],
  pop: [Gpr.rsp, 0n],
  popf: [Gpr.rsp, 0n],
  popseg: [Gpr.rsp, 0n],
  ret: [Gpr.rsp, 0n],
  leave: [Gpr.rbp, 0n],
};

const BIT_OPERATIONS: ReadonlySet<string> = new Set(['bt', 'bts', 'btr', 'btc']);

/** What NOT_CANONICAL is, met by this instruction, or in fetching where there is none; with the state from before it. */
export function trapOfAddress(instruction: Instruction | undefined, state: CpuState): Trap {
  return instruction !== undefined && meansStack(instruction, state) ? Trap.StackFault : Trap.GeneralProtection;
}

function meansStack(instruction: Instruction, state: CpuState): boolean {
  const memory = instruction.operands.find((operand) => operand.kind === OperandKind.Memory);
  if (memory !== undefined) {
    const address = linearAddress(memory, state, bitOffset(instruction, state));
    if (!isCanonical(address, Math.max(memory.width / 8, 1))) return usesStackSegment(memory);
  }
  const [register, offset] = STACK_ACCESSES[instruction.mnemonic] ?? [];
  if (register === undefined) return false;
  return !isCanonical(BigInt.asUintN(64, state.gpr[register]! + offset!), Number(WORD));
}

function usesStackSegment({ base, segment }: MemoryOperand): boolean {
  return segment === NO_REGISTER && (base === Gpr.rsp || base === Gpr.rbp);
}

/** bt and its relatives with the bit in a register: how far from the operand the word with the bit is, in bytes. */
function bitOffset({ mnemonic, operands, width }: Instruction, { gpr }: CpuState): bigint {
  const [, bit] = operands;
  if (!BIT_OPERATIONS.has(mnemonic) || bit?.kind !== OperandKind.Register) return 0n;
  const bits = BigInt(width);
  const number = BigInt.asIntN(width, gpr[bit.index]!);
  return ((number - BigInt.asUintN(Math.log2(width), number)) / bits) * (bits / 8n);
}

function linearAddress(memory: MemoryOperand, { gpr }: CpuState, more: bigint): bigint {
  const { base, index, scaleShift, displacement, addressWidth, segment } = memory;
  const offset = gpr[base]! + (gpr[index]! << BigInt(scaleShift)) + BigInt(displacement) + more;
  return BigInt.asUintN(64, BigInt.asUintN(addressWidth, offset) + gpr[segment]!);
}

function isCanonical(address: bigint, bytes: number): boolean {
  return address + BigInt(bytes) <= USER_END || address >= 2n ** 64n - USER_END;
}
