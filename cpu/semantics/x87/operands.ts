/** Operands of x87 instructions: stack registers and what memory holds in each width. */
import { OperandKind, type Instruction, type MemoryOperand, type Operand } from '../../x86/instruction.ts';
import type { HelperMachine } from '../helpers.ts';
import { fromNarrow } from './conversions.ts';
import { fromInteger, type Float80 } from './float80.ts';

/** An operand to compute with: a stack register by its number, or a value already loaded. */
export type Source = { readonly register: number } | { readonly value: Float80 };

export function stackIndex(operand: Operand): number {
  if (operand.kind !== OperandKind.Register) throw new Error('stack register expected');
  return operand.index;
}

export function isMemory(operand: Operand | undefined): operand is MemoryOperand {
  return operand?.kind === OperandKind.Memory;
}

export function memoryOperand(instruction: Instruction): MemoryOperand {
  const found = instruction.operands.find(isMemory);
  if (found === undefined) throw new Error(`${instruction.mnemonic}: memory operand expected`);
  return found;
}

/** The last operand as a source: a register, a float in memory, or an integer in memory. */
export function sourceOf(machine: HelperMachine, instruction: Instruction, memory: 'float' | 'integer'): Source {
  const last = instruction.operands.at(-1);
  if (last === undefined) return { register: 1 };
  if (!isMemory(last)) return { register: stackIndex(last) };
  const bits = machine.read(last);
  const width = last.width as 16 | 32 | 64;
  if (memory === 'integer') return { value: fromInteger(BigInt.asIntN(width, bits)) };
  return { value: fromNarrow(width as 32 | 64, bits) };
}
