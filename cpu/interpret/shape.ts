/**
 * The shape of an instruction: what the interpreter has one handler for. Everything else about an instruction (register
 * numbers, displacement, immediate, addresses) is data in its record. Instructions without a shape are executed by the
 * evaluator.
 */
import { Gpr } from '../state-layout.ts';
import { FS_BASE, NO_REGISTER, OperandKind, RegisterClass } from '../x86/instruction.ts';
import type { Instruction, MemoryOperand, Operand, RegisterOperand } from '../x86/instruction.ts';

/** How a memory operand's address is computed; the fewer parts, the cheaper. */
export const AddressForm = {
  /** base + displacement */
  Base: 0,
  /** base + index << scale + displacement */
  Indexed: 1,
  /** displacement, unsigned 32 bits: RIP-relative, absolute */
  Absolute: 2,
  /** segment base + base + index << scale + displacement */
  Segment: 3,
  /** The fixed registers of a string instruction, no segment override. */
  String: 4,
} as const;
export type AddressForm = (typeof AddressForm)[keyof typeof AddressForm];

/** Instructions whose memory operands are fixed registers. */
const STRINGS: ReadonlySet<string> = new Set(['movs', 'stos', 'lods', 'scas', 'cmps']);
/** Operands of any kind. A fourth is a vector register or an immediate. */
const FREE_OPERANDS = 3;
const LAST_OPERAND = FREE_OPERANDS;
/** Nothing, an immediate byte, an XMM or a YMM register. */
const LAST_CODES = 4;
/** Distinct operand codes, see operandCode. */
const OPERAND_CODES = 256;
const RELATIVE = 48;

export function addressForm(instruction: Instruction, operand: MemoryOperand): AddressForm | undefined {
  const { base, index, displacement, segment } = operand;
  if (operand.addressWidth === 32) return undefined;
  // Its address is computed with the increased rsp: another meaning than with any other base.
  if (instruction.mnemonic === 'pop' && base === Gpr.rsp) return undefined;
  if (STRINGS.has(instruction.mnemonic)) return segment === NO_REGISTER ? AddressForm.String : undefined;
  if (segment === NO_REGISTER && base === NO_REGISTER && index === NO_REGISTER && displacement >= 0) {
    return displacement < 2 ** 32 ? AddressForm.Absolute : undefined;
  }
  if (displacement !== (displacement | 0)) return undefined;
  if (segment >= FS_BASE) return AddressForm.Segment;
  return index === NO_REGISTER ? AddressForm.Base : AddressForm.Indexed;
}

/** A small number for kind, class and width of an operand; undefined when no handler can have such an operand. */
function operandCode(instruction: Instruction, operand: Operand): number | undefined {
  switch (operand.kind) {
    case OperandKind.Register:
      return registerCode(operand);
    case OperandKind.Memory: {
      const form = addressForm(instruction, operand);
      return form === undefined ? undefined : 64 + form * 16 + widthCode(operand.width);
    }
    case OperandKind.Immediate:
      return 32 + widthCode(operand.width);
    case OperandKind.Relative:
      return operand.target >= 0 && operand.target < 2 ** 32 ? RELATIVE : undefined;
  }
}

/** A high byte register is a low byte register at another place. */
function registerCode(operand: RegisterOperand): number | undefined {
  const kind = operand.class === RegisterClass.Gpr8High ? RegisterClass.Gpr8 : operand.class;
  if (kind === RegisterClass.Segment) return undefined;
  return 1 + kind;
}

function lastOperandCode(operand: Operand | undefined): number | undefined {
  if (operand === undefined) return 0;
  if (operand.kind === OperandKind.Immediate) return operand.width === 8 ? 1 : undefined;
  if (operand.kind !== OperandKind.Register) return undefined;
  if (operand.class === RegisterClass.Xmm) return 2;
  return operand.class === RegisterClass.Ymm ? 3 : undefined;
}

function widthCode(width: number): number {
  return width === 80 ? 9 : width === 0 ? 0 : 32 - Math.clz32(width >> 2);
}

/**
 * The shape as one number, given the mnemonic's number; −1 when the instruction can only be evaluated. Two instructions
 * of one shape differ only in what their records hold.
 */
export function shapeOf(mnemonic: number, instruction: Instruction): number {
  const { operands } = instruction;
  let shape = mnemonic;
  shape = shape * 16 + widthCode(instruction.width);
  shape = shape * 16 + instruction.condition;
  shape = shape * 4 + instruction.repeat;
  shape = shape * 2 + (instruction.addressWidth === 32 ? 1 : 0);
  let memoryOperands = 0;
  for (let i = 0; i < FREE_OPERANDS; i++) {
    const operand = operands[i];
    if (operand === undefined) {
      shape *= OPERAND_CODES;
      continue;
    }
    const code = operandCode(instruction, operand);
    if (code === undefined) return -1;
    if (operand.kind === OperandKind.Memory) memoryOperands++;
    shape = shape * OPERAND_CODES + code;
  }
  if (memoryOperands > 1 && !STRINGS.has(instruction.mnemonic)) return -1;
  const last = lastOperandCode(operands[LAST_OPERAND]);
  return last === undefined ? -1 : shape * LAST_CODES + last;
}

/** The mnemonic's number in a shape. */
export function mnemonicOf(shape: number): number {
  return Math.floor(shape / (16 * 16 * 4 * 2 * OPERAND_CODES ** FREE_OPERANDS * LAST_CODES));
}

export function startsWithRelative(shape: number): boolean {
  return Math.floor(shape / (OPERAND_CODES ** (FREE_OPERANDS - 1) * LAST_CODES)) % OPERAND_CODES === RELATIVE;
}
