/** The disassembler: an Instruction as text in Intel syntax, for traces and error messages. */
import {
  FS_BASE,
  GS_BASE,
  NO_REGISTER,
  OperandKind,
  RegisterClass,
  Repeat,
  type Instruction,
  type MemoryOperand,
  type Operand,
  type RegisterOperand,
} from './instruction.ts';

const CONDITIONS = ['o', 'no', 'b', 'ae', 'e', 'ne', 'be', 'a', 's', 'ns', 'p', 'np', 'l', 'ge', 'le', 'g'] as const;
const LEGACY = ['ax', 'cx', 'dx', 'bx', 'sp', 'bp', 'si', 'di'] as const;
const LOW_BYTES = ['al', 'cl', 'dl', 'bl', 'spl', 'bpl', 'sil', 'dil'] as const;
const HIGH_BYTES = ['ah', 'ch', 'dh', 'bh'] as const;
const SEGMENTS = ['es', 'cs', 'ss', 'ds', 'fs', 'gs'] as const;
const WIDTH_NAMES: Readonly<Record<number, string>> = {
  8: 'byte',
  16: 'word',
  32: 'dword',
  48: 'fword',
  64: 'qword',
  80: 'tbyte',
  128: 'xmmword',
  256: 'ymmword',
};
/** One-operand-size names of string instructions: movsb, stosq, … */
const STRING_SUFFIXES: Readonly<Record<number, string>> = { 8: 'b', 16: 'w', 32: 'd', 64: 'q' };
const STRINGS = new Set(['movs', 'cmps', 'stos', 'lods', 'scas', 'ins', 'outs']);
/** Names of ours (instruction.ts) that have a better known spelling. */
const SPELLINGS: Readonly<Record<string, string>> = {
  ud: 'ud2',
  pushseg: 'push',
  popseg: 'pop',
  movcr: 'mov',
  movdr: 'mov',
  callf: 'call far',
  jmpf: 'jmp far',
};

/** `lock add dword ptr [rax+rcx*4+0x10], 5` */
export function format(instruction: Instruction): string {
  const lock = instruction.lock ? 'lock ' : '';
  const repeat = instruction.repeat === Repeat.None ? '' : instruction.repeat === Repeat.Repe ? 'rep ' : 'repne ';
  const operands = instruction.operands.map(formatOperand).join(', ');
  return `${lock}${repeat}${name(instruction)} ${operands}`.trimEnd();
}

function name({ mnemonic, condition, width }: Instruction): string {
  if (STRINGS.has(mnemonic)) return mnemonic + (STRING_SUFFIXES[width] ?? '');
  if (mnemonic === 'jcc' || mnemonic === 'setcc' || mnemonic === 'cmovcc')
    return mnemonic.slice(0, -2) + CONDITIONS[condition];
  return SPELLINGS[mnemonic] ?? mnemonic;
}

function formatOperand(operand: Operand): string {
  switch (operand.kind) {
    case OperandKind.Register:
      return registerName(operand);
    case OperandKind.Immediate:
      return hexadecimal(operand.value);
    case OperandKind.Relative:
      return hexadecimal(BigInt(operand.target));
    case OperandKind.Memory:
      return memory(operand);
  }
}

function registerName({ class: registerClass, index }: RegisterOperand): string {
  switch (registerClass) {
    case RegisterClass.Gpr8:
      return LOW_BYTES[index] ?? `r${index}b`;
    case RegisterClass.Gpr8High:
      return HIGH_BYTES[index]!;
    case RegisterClass.Gpr16:
      return LEGACY[index] ?? `r${index}w`;
    case RegisterClass.Gpr32:
      return addressRegister(index, 32);
    case RegisterClass.Gpr64:
      return addressRegister(index, 64);
    case RegisterClass.Segment:
      return SEGMENTS[index]!;
    case RegisterClass.Xmm:
      return `xmm${index}`;
    case RegisterClass.Ymm:
      return `ymm${index}`;
    case RegisterClass.Mmx:
      return `mm${index}`;
    case RegisterClass.St:
      return `st(${index})`;
    case RegisterClass.Control:
      return `cr${index}`;
    case RegisterClass.Debug:
      return `dr${index}`;
  }
}

function addressRegister(index: number, width: 64 | 32): string {
  const legacy = LEGACY[index];
  if (legacy !== undefined) return (width === 64 ? 'r' : 'e') + legacy;
  return width === 64 ? `r${index}` : `r${index}d`;
}

function memory(operand: MemoryOperand): string {
  const { base, index, scaleShift, displacement, addressWidth, segment, width } = operand;
  const terms: string[] = [];
  if (base !== NO_REGISTER) terms.push(addressRegister(base, addressWidth));
  if (index !== NO_REGISTER) terms.push(`${addressRegister(index, addressWidth)}*${1 << scaleShift}`);
  const offset = BigInt(displacement);
  let address = terms.join('+');
  if (terms.length === 0) address = hexadecimal(BigInt.asUintN(64, offset));
  else if (offset !== 0n) address += (offset < 0n ? '-' : '+') + hexadecimal(offset < 0n ? -offset : offset);
  const prefix = segment === FS_BASE ? 'fs:' : segment === GS_BASE ? 'gs:' : '';
  const size = WIDTH_NAMES[width];
  return `${size === undefined ? '' : `${size} ptr `}${prefix}[${address}]`;
}

function hexadecimal(value: bigint): string {
  const digits = value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  return value > -10n && value < 10n ? String(value) : digits;
}
