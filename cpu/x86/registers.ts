/** The register operands: one immutable object for each register, shared by all decoded instructions. */
import { OperandKind, RegisterClass, type RegisterOperand } from './instruction.ts';

/** Registers and their width in bits, by RegisterClass. */
const CLASSES: readonly (readonly [count: number, width: number])[] = [
  [16, 8],
  [4, 8],
  [16, 16],
  [16, 32],
  [16, 64],
  [16, 128],
  [8, 64],
  [8, 80],
  [6, 16],
  [16, 256],
  [16, 64],
  [16, 64],
];

const registers: readonly (readonly RegisterOperand[])[] = CLASSES.map(([count, width], registerClass) =>
  Array.from({ length: count }, (_, index) =>
    Object.freeze({ kind: OperandKind.Register, class: registerClass as RegisterClass, index, width }),
  ),
);

/** Throws for an index the class doesn't have: a hole in the decoder. */
export function registerOperand(registerClass: RegisterClass, index: number): RegisterOperand {
  const register = registers[registerClass]![index];
  if (register === undefined) throw new Error(`no register ${index} of class ${registerClass}`);
  return register;
}

/** General register of 16, 32 or 64 bits. */
export function generalRegister(width: number, index: number): RegisterOperand {
  const registerClass = width === 64 ? RegisterClass.Gpr64 : width === 32 ? RegisterClass.Gpr32 : RegisterClass.Gpr16;
  return registers[registerClass]![index]!;
}

/** Byte register: without a REX prefix 4..7 are ah ch dh bh. */
export function byteRegister(index: number, hasRex: number): RegisterOperand {
  if (hasRex === 0 && index >= 4 && index < 8) return registers[RegisterClass.Gpr8High]![index - 4]!;
  return registers[RegisterClass.Gpr8]![index]!;
}

export const Fixed = {
  al: registerOperand(RegisterClass.Gpr8, 0),
  cl: registerOperand(RegisterClass.Gpr8, 1),
  ax: registerOperand(RegisterClass.Gpr16, 0),
  dx: registerOperand(RegisterClass.Gpr16, 2),
  fs: registerOperand(RegisterClass.Segment, 4),
  gs: registerOperand(RegisterClass.Segment, 5),
} as const;
