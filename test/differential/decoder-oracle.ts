/**
 * The decoder against iced-x86: one code region or one byte sequence decoded by both, written in one neutral notation and compared.
 *
 * The mapping of names, where iced-x86 has more mnemonics than we: `mnemonicOf`. What this CPU doesn't have (AVX, AES, …: CLAIMED) must be
 * Invalid with us; it is counted as unsupported.
 */
import {
  Code,
  ConditionCode,
  CpuidFeature,
  Decoder,
  DecoderError,
  DecoderOptions,
  Instruction as IcedInstruction,
  MemorySizeExt,
  Mnemonic,
  OpKind,
  Register,
} from 'iced-x86';
import { guestAddress } from '../../cpu/address.ts';
import { DecodeFailure, decode } from '../../cpu/x86/decode.ts';
import {
  FS_BASE,
  GS_BASE,
  NO_REGISTER,
  OperandKind,
  RegisterClass,
  Repeat,
  type Instruction,
  type Operand,
} from '../../cpu/x86/instruction.ts';

/** Features whose instructions the tables have: x86-64-v3, and what most processors of that level execute besides. */
const CLAIMED = new Set(
  (
    'INTEL8086 INTEL186 INTEL286 INTEL386 INTEL486 X64 CMOV CMPXCHG16B CPUID CX8 CLFSH FPU FPU287 FPU387 FXSR LZCNT MMX MOVBE MSR ' +
    'MULTIBYTENOP PAUSE POPCNT PREFETCHW RDPMC RDTSCP SEP SSE SSE2 SSE3 SSSE3 SSE4_1 SSE4_2 SYSCALL TSC CET_IBT ' +
    'ADX AES AVX AVX2 BMI1 BMI2 F16C FMA FSGSBASE PCLMULQDQ RDPID RDRAND RDSEED SHA XSAVE XSAVEC XSAVEOPT'
  ).split(' '),
);
/** Instructions of features not claimed that are decoded all the same: same bytes as an older instruction or a hint, or #UD by semantics. */
const DECODED_ANYWAY = new Set(['nop', 'tzcnt', 'xgetbv', 'wbinvd']);
/** Of a claimed feature, but #UD in user mode: left out of the tables. */
const LEFT_OUT = new Set(['Rsm']);

export interface Tally {
  compared: number;
  unsupported: number;
  invalid: number;
  differences: string[];
}

export function newTally(): Tally {
  return { compared: 0, unsupported: 0, invalid: 0, differences: [] };
}

const MAX_REPORTED = 50;

/** Decodes from `start` to `end` of the region, step by step as iced-x86 does. */
export function sweep(code: Uint8Array, address: number, start: number, end: number, tally: Tally): void {
  const decoder = new Decoder(64, code, DecoderOptions.None);
  const instruction = new IcedInstruction();
  decoder.position = start;
  decoder.ip = BigInt(address + start);
  while (decoder.position < end && tally.differences.length < MAX_REPORTED) {
    const offset = decoder.position;
    decoder.decodeOut(instruction);
    compare(code, offset, address + offset, instruction, decoder.lastError, tally);
  }
  instruction.free();
  decoder.free();
}

/** Decodes the first instruction in `bytes`, which must not be shorter than 15 bytes. */
export class SingleOracle {
  readonly #instruction = new IcedInstruction();

  compare(bytes: Uint8Array, address: number, tally: Tally): void {
    const decoder = new Decoder(64, bytes, DecoderOptions.None);
    decoder.ip = BigInt(address);
    decoder.decodeOut(this.#instruction);
    compare(bytes, 0, address, this.#instruction, decoder.lastError, tally);
    decoder.free();
  }
}

function compare(
  code: Uint8Array,
  offset: number,
  address: number,
  theirs: IcedInstruction,
  error: DecoderError,
  tally: Tally,
) {
  const ours = decode(code, offset, guestAddress(address));
  const verdict = judge(ours, theirs, error);
  if (verdict === 'same') tally.compared++;
  else if (verdict === 'unsupported') tally.unsupported++;
  else if (verdict === 'invalid') tally.invalid++;
  else {
    const bytes = Buffer.from(code.subarray(offset, offset + 15)).toString('hex');
    tally.differences.push(`${address.toString(16)} ${bytes}: ${verdict}`);
  }
}

function judge(ours: Instruction | DecodeFailure, theirs: IcedInstruction, error: DecoderError): string {
  const invalid = theirs.code === Code.INVALID;
  if (typeof ours === 'number') {
    if (invalid) {
      const truncated = error === DecoderError.NoMoreBytes;
      return truncated === (ours === DecodeFailure.Truncated)
        ? 'invalid'
        : `ours failure ${ours}, theirs error ${error}`;
    }
    if (isClaimed(theirs.code, theirs)) return `ours failure ${ours}, theirs ${describeTheirs(theirs)}`;
    return ours === DecodeFailure.Invalid ? 'unsupported' : `ours failure ${ours}, theirs unsupported`;
  }
  const described = describeOurs(ours);
  if (invalid) return `ours ${described}, theirs invalid`;
  if (!isClaimed(theirs.code, theirs) && !DECODED_ANYWAY.has(ours.mnemonic))
    return `ours ${described}, theirs not claimed`;
  const expected = describeTheirs(theirs);
  return described === expected ? 'same' : `ours ${described}, theirs ${expected}`;
}

const claimedCodes = new Map<Code, boolean>();

function isClaimed(code: Code, instruction: IcedInstruction): boolean {
  let claimed = claimedCodes.get(code);
  if (claimed === undefined) {
    const features = [...instruction.cpuidFeatures()].map((feature) => CpuidFeature[feature]!);
    claimed = features.every((feature) => CLAIMED.has(feature)) && !LEFT_OUT.has(Code[code]!);
    claimedCodes.set(code, claimed);
  }
  return claimed;
}

// --- ours ------------------------------------------------------------------------------------------------------

function describeOurs(instruction: Instruction): string {
  const counted = instruction.operands.filter((operand) => !isIdle(instruction.mnemonic, operand.kind));
  const operands = counted.map(describeOperand).join(' ');
  const lock = instruction.lock ? 'lock ' : '';
  return `${instruction.length} ${lock}${REPEATS[instruction.repeat]}${instruction.mnemonic}.${instruction.condition} ${operands}`;
}

/** Registers that a NOP names: processors that give those bytes a meaning name others. */
function isIdle(mnemonic: string, kind: number): boolean {
  return mnemonic === 'nop' && kind === OperandKind.Register;
}

const REPEATS = { [Repeat.None]: '', [Repeat.Repe]: 'repe ', [Repeat.Repne]: 'repne ' };

function describeOperand(operand: Operand): string {
  switch (operand.kind) {
    case OperandKind.Register:
      return `r${operand.class}.${operand.index}:${operand.width}`;
    case OperandKind.Immediate:
      return `i${operand.width}:${BigInt.asUintN(operand.width, operand.value)}`;
    case OperandKind.Relative:
      return `j${BigInt.asUintN(64, BigInt(operand.target))}`;
    case OperandKind.Memory:
      return describeMemory(operand);
  }
}

interface NeutralMemory {
  width: number;
  base: number;
  index: number;
  scaleShift: number;
  displacement: number | bigint;
  segment: number;
  addressWidth: number;
}

function describeMemory(memory: NeutralMemory): string {
  const { width, base, index, scaleShift, displacement, segment, addressWidth } = memory;
  // Without an index the scale means nothing; absolute addresses past 2^53 are rounded by design (instruction.ts).
  const scaled = index === NO_REGISTER ? '' : `+${index}<<${scaleShift}`;
  const offset = BigInt.asUintN(addressWidth, BigInt(Number(BigInt.asIntN(64, BigInt(displacement)))));
  return `m${width}[${base}${scaled}+${offset}@${segment}/${addressWidth}]`;
}

// --- theirs ----------------------------------------------------------------------------------------------------

function describeTheirs(instruction: IcedInstruction): string {
  const mnemonic = mnemonicOf(instruction);
  const operands: string[] = [];
  for (let i = 0; i < instruction.opCount; i++)
    if (!isIdle(mnemonic, instruction.opKind(i))) operands.push(...describeTheirOperands(instruction, i, mnemonic));
  addImplicit(mnemonic, operands);
  const isString = instruction.isStringInstruction;
  const repeat =
    isString && instruction.hasRepePrefix ? 'repe ' : isString && instruction.hasRepnePrefix ? 'repne ' : '';
  const lock = instruction.hasLockPrefix ? 'lock ' : '';
  const condition =
    instruction.conditionCode === ConditionCode.None || mnemonic.startsWith('loop')
      ? 0
      : CONDITIONS.indexOf(ConditionCode[instruction.conditionCode]!);
  return `${instruction.length} ${lock}${repeat}${mnemonic}.${condition} ${operands.join(' ')}`;
}

const CONDITIONS = 'o no b ae e ne be a s ns p np l ge le g'.split(' ');
const X87_WITH_ST0 = new Set('fadd fmul fcom fcomp fsub fsubr fdiv fdivr'.split(' '));

/** Operands that iced-x86 leaves implicit and we write out. */
function addImplicit(mnemonic: string, operands: string[]): void {
  if (X87_WITH_ST0.has(mnemonic) && operands.length === 1) operands.unshift(`r${RegisterClass.St}.0:80`);
  if (/^(pblendvb|blendvp[sd]|sha256rnds2)$/.test(mnemonic) && operands.length === 2)
    operands.push(`r${RegisterClass.Xmm}.0:128`);
}

/** iced-x86 names with another name here; string instructions and the rest by rule below. */
const RENAMED: Readonly<Record<string, string>> = {
  wait: 'fwait',
  sal: 'shl',
  xlatb: 'xlat',
  ud0: 'ud',
  ud1: 'ud',
  ud2: 'ud',
  pushfq: 'pushf',
  popfq: 'popf',
  iretd: 'iret',
  iretq: 'iret',
  jecxz: 'jrcxz',
  sysretq: 'sysret',
  sysexitq: 'sysexit',
  fxsave64: 'fxsave',
  fxrstor64: 'fxrstor',
  xsave64: 'xsave',
  xrstor64: 'xrstor',
  xsaveopt64: 'xsaveopt',
  xsavec64: 'xsavec',
  reservednop: 'nop',
  prefetch: 'nop',
  prefetchwt1: 'nop',
  prefetchreserved: 'nop',
  cldemote: 'nop',
  rdsspd: 'nop',
  rdsspq: 'nop',
  prefetchit0: 'nop',
  prefetchit1: 'nop',
  wbnoinvd: 'wbinvd',
};

function mnemonicOf(instruction: IcedInstruction): string {
  const name = Mnemonic[instruction.mnemonic]!.toLowerCase();
  if (instruction.isStringInstruction) return name.slice(0, -1);
  if (instruction.isJccShort || instruction.isJccNear) return 'jcc';
  if (instruction.conditionCode !== ConditionCode.None && name.startsWith('set')) return 'setcc';
  if (instruction.conditionCode !== ConditionCode.None && name.startsWith('cmov')) return 'cmovcc';
  if (instruction.isCallFar || instruction.isCallFarIndirect) return 'callf';
  if (instruction.isJmpFar || instruction.isJmpFarIndirect) return 'jmpf';
  const special = specialRegister(instruction);
  if (special !== undefined) return special;
  return RENAMED[name] ?? name;
}

function specialRegister(instruction: IcedInstruction): string | undefined {
  const mnemonic = instruction.mnemonic;
  for (let i = 0; i < Math.min(instruction.opCount, 2); i++) {
    if (instruction.opKind(i) !== OpKind.Register) continue;
    const name = Register[instruction.opRegister(i)]!;
    if (mnemonic === Mnemonic.Mov && /^CR\d/.test(name)) return 'movcr';
    if (mnemonic === Mnemonic.Mov && /^DR\d/.test(name)) return 'movdr';
    if (mnemonic === Mnemonic.Push && /^[FG]S$/.test(name)) return 'pushseg';
    if (mnemonic === Mnemonic.Pop && /^[FG]S$/.test(name)) return 'popseg';
  }
  return undefined;
}

const IMMEDIATE_WIDTHS = new Map<OpKind, number>([
  [OpKind.Immediate8, 8],
  [OpKind.Immediate8_2nd, 8],
  [OpKind.Immediate16, 16],
  [OpKind.Immediate32, 32],
  [OpKind.Immediate64, 64],
  [OpKind.Immediate8to16, 16],
  [OpKind.Immediate8to32, 32],
  [OpKind.Immediate8to64, 64],
  [OpKind.Immediate32to64, 64],
]);

/** Base register and address width of the implicit memory operands of string instructions; ES ones ignore a segment prefix. */
const IMPLICIT_MEMORY = new Map<OpKind, readonly [base: number, addressWidth: number, segment: 'prefix' | 'none']>([
  [OpKind.MemorySegRSI, [6, 64, 'prefix']],
  [OpKind.MemorySegESI, [6, 32, 'prefix']],
  [OpKind.MemorySegRDI, [7, 64, 'prefix']],
  [OpKind.MemorySegEDI, [7, 32, 'prefix']],
  [OpKind.MemoryESRDI, [7, 64, 'none']],
  [OpKind.MemoryESEDI, [7, 32, 'none']],
]);

/** A memory operand with a vector register as index is two operands with us. */
function describeTheirOperands(instruction: IcedInstruction, i: number, mnemonic: string): string[] {
  const described = describeTheirOperand(instruction, i, mnemonic);
  if (!isVectorIndexed(instruction) || instruction.opKind(i) !== OpKind.Memory) return [described];
  return [described, describeRegister(instruction.memoryIndex)];
}

function isVectorIndexed(instruction: IcedInstruction): boolean {
  return instruction.memoryIndex >= Register.XMM0 && instruction.memoryIndex <= Register.YMM15;
}

function describeTheirOperand(instruction: IcedInstruction, i: number, mnemonic: string): string {
  const kind = instruction.opKind(i);
  if (kind === OpKind.Register) return describeRegister(instruction.opRegister(i));
  if (kind === OpKind.NearBranch64) return `j${instruction.nearBranch64}`;
  const width = IMMEDIATE_WIDTHS.get(kind);
  if (width !== undefined) return `i${width}:${BigInt.asUintN(width, instruction.immediate(i))}`;
  const size = memoryWidth(instruction, mnemonic);
  const implicit = IMPLICIT_MEMORY.get(kind);
  if (implicit === undefined) return describeTheirMemory(instruction, size);
  const segment = implicit[2] === 'prefix' ? segmentOf(instruction) : NO_REGISTER;
  return describeMemory({
    width: size,
    base: implicit[0],
    index: NO_REGISTER,
    scaleShift: 0,
    displacement: 0,
    segment,
    addressWidth: implicit[1],
  });
}

/** Widths that we leave 0 because semantics treat the operand as a block of bytes or don't access it. */
const NO_WIDTH = new Set(
  'nop lea prefetchnta prefetcht0 prefetcht1 prefetcht2 prefetchw fxsave fxrstor xsave xrstor xsaveopt xsavec fldenv fnstenv frstor fnsave invlpg'.split(
    ' ',
  ),
);

function memoryWidth(instruction: IcedInstruction, mnemonic: string): number {
  if (NO_WIDTH.has(mnemonic)) return 0;
  return MemorySizeExt.size(instruction.memorySize) * 8;
}

function segmentOf(instruction: IcedInstruction): number {
  const segment = instruction.segmentPrefix;
  return segment === Register.FS ? FS_BASE : segment === Register.GS ? GS_BASE : NO_REGISTER;
}

function describeTheirMemory(instruction: IcedInstruction, width: number): string {
  const base = instruction.memoryBase;
  const index = instruction.memoryIndex;
  const is32 =
    isNarrow(base) ||
    isNarrow(index) ||
    (base === Register.None && index === Register.None && instruction.memoryDisplSize === 4);
  return describeMemory({
    width,
    base: base === Register.RIP || base === Register.EIP ? NO_REGISTER : addressRegister(base),
    index: isVectorIndexed(instruction) || index === Register.AL ? NO_REGISTER : addressRegister(index),
    scaleShift: Math.log2(instruction.memoryIndexScale),
    displacement: instruction.memoryDisplacement,
    segment: segmentOf(instruction),
    addressWidth: is32 ? 32 : 64,
  });
}

function isNarrow(register: Register): boolean {
  return (register >= Register.EAX && register <= Register.R15D) || register === Register.EIP;
}

function addressRegister(register: Register): number {
  if (register === Register.None) return NO_REGISTER;
  return register >= Register.RAX && register <= Register.R15 ? register - Register.RAX : register - Register.EAX;
}

/** iced-x86 numbers registers consecutively by class. */
const REGISTER_RANGES: readonly (readonly [
  first: Register,
  last: Register,
  RegisterClass,
  index: number,
  width: number,
])[] = [
  [Register.AL, Register.BL, RegisterClass.Gpr8, 0, 8],
  [Register.AH, Register.BH, RegisterClass.Gpr8High, 0, 8],
  [Register.SPL, Register.R15L, RegisterClass.Gpr8, 4, 8],
  [Register.AX, Register.R15W, RegisterClass.Gpr16, 0, 16],
  [Register.EAX, Register.R15D, RegisterClass.Gpr32, 0, 32],
  [Register.RAX, Register.R15, RegisterClass.Gpr64, 0, 64],
  [Register.ES, Register.GS, RegisterClass.Segment, 0, 16],
  [Register.XMM0, Register.XMM15, RegisterClass.Xmm, 0, 128],
  [Register.YMM0, Register.YMM15, RegisterClass.Ymm, 0, 256],
  [Register.MM0, Register.MM7, RegisterClass.Mmx, 0, 64],
  [Register.ST0, Register.ST7, RegisterClass.St, 0, 80],
  [Register.CR0, Register.CR15, RegisterClass.Control, 0, 64],
  [Register.DR0, Register.DR15, RegisterClass.Debug, 0, 64],
];

function describeRegister(register: Register): string {
  for (const [first, last, registerClass, index, width] of REGISTER_RANGES)
    if (register >= first && register <= last) return `r${registerClass}.${register - first + index}:${width}`;
  return `r?${Register[register]}`;
}
