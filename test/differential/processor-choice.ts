/**
 * Forms in which processors of different makers, or a processor under a hypervisor, differ: no judge can decide there.
 * Each row says who does what.
 */
import { OperandKind } from '../../cpu/x86/instruction.ts';
import type { Instruction } from '../../cpu/x86/instruction.ts';

const COUNT_MASK = 0x1fn;

interface Choice {
  readonly who: string;
  applies(instruction: Instruction, count: bigint): boolean;
}

const CHOICES: readonly Choice[] = [
  {
    who: 'shld, shrd of 16 bits by more than 16: result and flags undefined (SDM vol. 2, SHLD); Intel turns, AMD shifts on',
    applies: ({ mnemonic, width }, count) =>
      (mnemonic === 'shld' || mnemonic === 'shrd') && width === 16 && count > 16n,
  },
  {
    who: 'pause under REX.B: Intel ignores the prefix, AMD exchanges rax and r8',
    applies: ({ mnemonic, length }) => mnemonic === 'pause' && length > 2,
  },
  {
    who: '0F 0D with a register: Intel does nothing, AMD raises #UD',
    applies: ({ mnemonic, operands }) => mnemonic === 'nop' && operands[0]?.kind === OperandKind.Register,
  },
  {
    who: 'int1: some hypervisors answer #UD',
    applies: ({ mnemonic }) => mnemonic === 'int1',
  },
];

/** Whether the outcome of this instruction is the processor's choice; `rcx` is where a count in cl comes from. */
export function isProcessorChoice(instruction: Instruction, rcx: bigint): boolean {
  const last = instruction.operands.at(-1);
  const count = (last?.kind === OperandKind.Immediate ? last.value : rcx) & COUNT_MASK;
  return CHOICES.some((choice) => choice.applies(instruction, count));
}
