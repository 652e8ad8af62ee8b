/**
 * Floating-point results that need not be looked at. Whether a result is a NaN is asked of each, since WebAssembly leaves a NaN's bits open; but where the next instruction
 * calculates with it, and its own result is a number, this one was a number too. Its register is then left open: it holds what WebAssembly gave. Only where the second result is a
 * NaN, or that instruction faults, it gets its exact value. (README.md has what it saves.)
 */
import { OperandKind, RegisterClass, type Instruction, type Operand } from '../x86/instruction.ts';
import type { Node } from './ir.ts';

/** A register left open, and its exact value: a pure node. */
export interface OpenNumber {
  readonly slot: number;
  readonly exact: Node;
}

const ARITHMETIC = /^(?:add|sub|mul|div)([sp])([sd])$/;

/** Whether the second instruction's result is a number only if the first one's is. */
export function passesNumberOn(first: Instruction, second: Instruction | undefined): boolean {
  const [, shape, width] = ARITHMETIC.exec(first.mnemonic) ?? [];
  const [, nextShape, nextWidth] = ARITHMETIC.exec(second?.mnemonic ?? '') ?? [];
  if (shape === undefined || width !== nextWidth || (shape === 'p' && nextShape === 's')) return false;
  const result = vectorRegister(first.operands[0]);
  return result !== undefined && second!.operands.some((operand) => vectorRegister(operand) === result);
}

function vectorRegister(operand: Operand | undefined): number | undefined {
  return operand?.kind === OperandKind.Register && operand.class === RegisterClass.Xmm ? operand.index : undefined;
}
