/** One decoded instruction as a record. */
import { State } from '../state-layout.ts';
import { OperandKind, RegisterClass } from '../x86/instruction.ts';
import type { Instruction, Operand } from '../x86/instruction.ts';
import { RecordField, registerField } from './record.ts';

const TWO_32 = 2 ** 32;

/** Writes everything but `hashNext`. `view`: over the engine area, in which `record` is a place. */
export function writeRecord(
  view: DataView,
  record: number,
  instruction: Instruction,
  handler: number,
  heat: number,
): void {
  view.setUint32(record, handler, true);
  view.setUint32(record + RecordField.rip, instruction.address, true);
  view.setUint32(record + RecordField.link, 0, true);
  view.setInt32(record + RecordField.heat, heat, true);
  view.setUint8(record + RecordField.length, instruction.length);
  view.setUint16(record + RecordField.passed, 0, true);
  const { operands } = instruction;
  for (let i = 0; i < operands.length; i++) writeOperand(view, record, operands[i]!, i);
}

function writeOperand(view: DataView, record: number, operand: Operand, i: number): void {
  switch (operand.kind) {
    case OperandKind.Register:
      view.setUint16(record + registerField(i), registerOffset(operand.class, operand.index), true);
      return;
    case OperandKind.Memory:
      view.setUint16(record + RecordField.base, operand.base * 8, true);
      view.setUint16(record + RecordField.index, operand.index * 8, true);
      view.setUint16(record + RecordField.segment, operand.segment * 8, true);
      view.setInt32(record + RecordField.displacement, operand.displacement, true);
      view.setUint8(record + RecordField.scale, operand.scaleShift);
      return;
    case OperandKind.Immediate: {
      const value = operand.value & (operand.width === 64 ? -1n : (1n << BigInt(operand.width)) - 1n);
      view.setBigUint64(record + RecordField.immediate, BigInt.asUintN(64, value), true);
      return;
    }
    case OperandKind.Relative:
      view.setUint32(record + RecordField.immediate, operand.target, true);
      view.setUint32(record + RecordField.immediate + 4, Math.floor(operand.target / TWO_32), true);
  }
}

function registerOffset(kind: RegisterClass, index: number): number {
  // Relative to the top of the stack: no place of its own.
  if (kind === RegisterClass.St) return index;
  if (kind === RegisterClass.Xmm || kind === RegisterClass.Ymm) return State.xmm + 32 * index;
  return State.gpr + 8 * index + (kind === RegisterClass.Gpr8High ? 1 : 0);
}
