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
  pushseg: 'push',
  popseg: 'pop',
  movcr: 'mov',
  movdr: 'mov',
  callf: 'call far',
  jmpf: 'jmp far',
  retf: 'ret far',
};
/** Names that say the operand size, by width. */
const SIZED: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  pushf: { 64: 'pushfq' },
  popf: { 64: 'popfq' },
  iret: { 32: 'iretd', 64: 'iretq' },
};
/** REP means here: as long as they compare equal. */
const COMPARING = new Set(['cmps', 'scas']);

/** `lock add dword ptr [rax+rcx*4+0x10], 5` */
export function format(instruction: Instruction): string {
  if (isExchangeNop(instruction)) return 'xchg ax, ax';
  const lock = instruction.lock ? 'lock ' : '';
  const operands = shownOperands(instruction)
    .map((operand) => formatOperand(operand, instruction))
    .join(', ');
  return `${lock}${repeatPrefix(instruction)}${name(instruction)} ${operands}`.trimEnd();
}

/** 66 90: what nop is, said of 16 bits. */
function isExchangeNop({ mnemonic, width, operands }: Instruction): boolean {
  return mnemonic === 'nop' && width === 16 && operands.length === 0;
}

function repeatPrefix({ repeat, mnemonic }: Instruction): string {
  if (repeat === Repeat.None) return '';
  if (repeat === Repeat.Repne) return 'repne ';
  return COMPARING.has(mnemonic) ? 'repe ' : 'rep ';
}

/**
 * What goes without saying is left out: the name of a string instruction says its accumulator; x87 instructions with memory mean the top of
 * the stack; masked moves go to [rdi]. The index of a gather stands within its memory operand.
 */
function shownOperands({ mnemonic, operands }: Instruction): readonly Operand[] {
  if (mnemonic.startsWith('maskmov')) return operands.filter(({ kind }) => kind !== OperandKind.Memory);
  if (isGather(mnemonic)) return operands.filter((_, place) => place !== GATHER_INDEX);
  const inMemory = operands.filter(({ kind }) => kind === OperandKind.Memory);
  const saysRegister = STRINGS.has(mnemonic) && mnemonic !== 'ins' && mnemonic !== 'outs';
  return saysRegister || (mnemonic.startsWith('f') && inMemory.length > 0) ? inMemory : operands;
}

/** Operands of a gather: destination, memory, index, mask. */
const GATHER_INDEX = 2;

function isGather(mnemonic: string): boolean {
  return mnemonic.startsWith('vgather') || mnemonic.startsWith('vpgather');
}

function name({ mnemonic, condition, width, addressWidth, operands }: Instruction): string {
  if (STRINGS.has(mnemonic)) return mnemonic + (STRING_SUFFIXES[width] ?? '');
  if (mnemonic === 'jcc' || mnemonic === 'setcc' || mnemonic === 'cmovcc')
    return mnemonic.slice(0, -2) + CONDITIONS[condition];
  if (mnemonic === 'jrcxz' && addressWidth === 32) return 'jecxz';
  // Two forms with operands, ud0 and ud1, do the same.
  if (mnemonic === 'ud') return operands.length === 0 ? 'ud2' : 'ud1';
  return SIZED[mnemonic]?.[width] ?? SPELLINGS[mnemonic] ?? mnemonic;
}

function formatOperand(operand: Operand, instruction: Instruction): string {
  switch (operand.kind) {
    case OperandKind.Register:
      return registerName(operand);
    case OperandKind.Immediate:
      return hexadecimal(BigInt.asUintN(operand.width, operand.value));
    case OperandKind.Relative:
      return hexadecimal(BigInt.asUintN(64, BigInt(operand.target)));
    case OperandKind.Memory:
      return memory(operand, instruction);
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
      return index === 0 ? 'st' : `st(${index})`;
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

/** Of operands that are named but not accessed. */
function nominalWidth({ mnemonic, width }: Instruction): number {
  if (mnemonic === 'nop') return width;
  return mnemonic.startsWith('prefetch') ? 8 : 0;
}

function indexName({ index, addressWidth }: MemoryOperand, { mnemonic, operands }: Instruction): string | undefined {
  if (isGather(mnemonic)) return registerName(operands[GATHER_INDEX] as RegisterOperand);
  return index === NO_REGISTER ? undefined : addressRegister(index, addressWidth);
}

function memory(operand: MemoryOperand, instruction: Instruction): string {
  const { base, scaleShift, displacement, addressWidth, segment } = operand;
  const terms: string[] = [];
  if (base !== NO_REGISTER) terms.push(addressRegister(base, addressWidth));
  const index = indexName(operand, instruction);
  // Without a base, a scale of 1 tells an index from one.
  if (index !== undefined) terms.push(scaleShift === 0 && base !== NO_REGISTER ? index : `${index}*${1 << scaleShift}`);
  const offset = BigInt(displacement);
  let address = terms.join('+');
  if (terms.length === 0) address = hexadecimal(BigInt.asUintN(addressWidth, offset));
  else if (offset !== 0n) address += (offset < 0n ? '-' : '+') + hexadecimal(offset < 0n ? -offset : offset);
  const prefix = segment === FS_BASE ? 'fs:' : segment === GS_BASE ? 'gs:' : '';
  const size = WIDTH_NAMES[operand.width || nominalWidth(instruction)];
  return `${size === undefined ? '' : `${size} ptr `}${prefix}[${address}]`;
}

function hexadecimal(value: bigint): string {
  const digits = value < 0n ? `-0x${(-value).toString(16)}` : `0x${value.toString(16)}`;
  return value > -10n && value < 10n ? String(value) : digits;
}
