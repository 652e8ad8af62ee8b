/** x87 loads, stores, constants and moves within the stack. Source: SDM vol. 1, 8.3.2–8.3.4. */
import { Rflags } from '../../state-layout.ts';
import type { Instruction, MemoryOperand } from '../../x86/instruction.ts';
import type { HelperMachine } from '../helpers.ts';
import { exactly } from './arithmetic.ts';
import type { X87 } from './arithmetic-instructions.ts';
import { fromBcd, loadNarrow, toBcd, toInteger, toNarrow } from './conversions.ts';
import { INDEFINITE, ONE, decode, encode, fromInteger, zero, type Float80 } from './float80.ts';
import { FRACTION, LN2, PI, UNIT, divide, logarithm } from './fixed-point.ts';
import { ALL_MASKED, type Fpu } from './fpu.ts';
import { isMemory, memoryOperand, stackIndex } from './operands.ts';
import { Rounding, X, roundPack, type Result } from './rounding.ts';

// --- loads -------------------------------------------------------------------------------------------------------------
function fld(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  const source = instruction.operands[0]!;
  if (isMemory(source)) return fpu.pushChecked(loadFloat(machine, source));
  const index = stackIndex(source);
  if (!fpu.isEmpty(index)) return fpu.pushChecked(exactly(fpu.get(index)));
  if (fpu.stackUnderflow()) fpu.push(INDEFINITE);
}

function loadFloat(machine: HelperMachine, source: MemoryOperand): Result {
  if (source.width === 80) return exactly(decode(machine.loadBytes(machine.linearAddress(source), 10)));
  return loadNarrow(source.width as 32 | 64, machine.read(source));
}

function fild(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  const source = memoryOperand(instruction);
  fpu.pushChecked(exactly(fromInteger(BigInt.asIntN(source.width, machine.read(source)))));
}

function fbld(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  const address = machine.linearAddress(memoryOperand(instruction));
  fpu.pushChecked(exactly(fromBcd(machine.loadBytes(address, 10))));
}

const LN10 = logarithm((5n * UNIT) / 4n) + 3n * LN2;

/** Constants kept with more bits than a register, in fixed point. */
export const IRRATIONALS = {
  fldpi: PI,
  fldln2: LN2,
  fldl2e: divide(UNIT, LN2),
  fldl2t: divide(LN10, LN2),
  fldlg2: divide(LN2, LN10),
} as const;

export function roundIrrational(fixed: bigint, rounding: number): Float80 {
  return roundPack(0, fixed, -FRACTION, true, { rounding, precision: 64, masks: ALL_MASKED }).value;
}

/** Rounded by the rounding mode, without a precision exception. */
function irrational(fixed: bigint): X87 {
  return (fpu) => fpu.pushChecked(exactly(roundIrrational(fixed, fpu.control.rounding)));
}

// --- stores ------------------------------------------------------------------------------------------------------------
interface Stored {
  readonly bytes: Uint8Array;
  readonly flags: number;
  readonly roundedUp: boolean;
}

type Convert = (fpu: Fpu, width: number) => Stored;

/** Stores ST(0) as `convert` makes it, or what an empty register gives. */
function storing(convert: Convert, missing: (width: number) => Uint8Array, pops: 0 | 1): X87 {
  return (fpu, instruction, machine) => {
    const target = memoryOperand(instruction);
    const address = machine.linearAddress(target);
    if (fpu.isEmpty(0)) {
      if (fpu.fcw & X.Invalid) machine.storeBytes(address, missing(target.width));
      if (!fpu.stackUnderflow()) return;
    } else {
      const { bytes, flags, roundedUp } = convert(fpu, target.width);
      const delivered = fpu.deliversToMemory(flags);
      if (delivered) machine.storeBytes(address, bytes);
      fpu.settle(delivered ? flags : flags & ~X.Precision, roundedUp);
      if (!delivered) return;
    }
    if (pops) fpu.pop();
  };
}

function littleEndian(width: number, value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes.subarray(0, width / 8);
}

const floatConversion: Convert = (fpu, width) => {
  if (width === 80) return { bytes: encode(fpu.get(0)), flags: 0, roundedUp: false };
  const result = toNarrow(width as 32 | 64, fpu.get(0), fpu.control);
  return { ...result, bytes: littleEndian(width, result.value) };
};

function integerConversion(rounding: 'control' | 'truncate'): Convert {
  return (fpu, width) => {
    const mode = rounding === 'control' ? fpu.control.rounding : Rounding.TowardZero;
    const result = toInteger(width as 16 | 32 | 64, fpu.get(0), mode);
    return { ...result, bytes: littleEndian(width, result.value) };
  };
}

const bcdConversion: Convert = (fpu) => {
  const result = toBcd(fpu.get(0), fpu.control.rounding);
  return { ...result, bytes: result.value };
};

function missingFloat(width: number): Uint8Array {
  if (width === 80) return encode(INDEFINITE);
  return littleEndian(width, width === 32 ? 0xffc0_0000n : 0xfff8_0000_0000_0000n);
}

function missingInteger(width: number): Uint8Array {
  return littleEndian(width, 1n << BigInt(width - 1));
}

function missingBcd(): Uint8Array {
  return toBcd(INDEFINITE, Rounding.Nearest).value;
}

/** fst, fstp: to memory or to another stack register. */
function fst(pops: 0 | 1): X87 {
  const toMemory = storing(floatConversion, missingFloat, pops);
  return (fpu, instruction, machine) => {
    const target = instruction.operands[0]!;
    if (isMemory(target)) return toMemory(fpu, instruction, machine);
    const index = stackIndex(target);
    if (fpu.isEmpty(0)) {
      if (!fpu.stackUnderflow()) return;
      fpu.set(index, INDEFINITE);
    } else fpu.deliver(index, exactly(fpu.get(0)));
    if (pops) fpu.pop();
  };
}

/** The alias of fstp that does not look at tags. */
function fstpnce(fpu: Fpu, instruction: Instruction): void {
  const index = stackIndex(instruction.operands[0]!);
  fpu.settle(0, false);
  if (!fpu.isEmpty(0)) fpu.set(index, fpu.get(0));
  fpu.pop();
}

// --- within the stack --------------------------------------------------------------------------------------------------
/** Empty registers are exchanged as the indefinite. */
function fxch(fpu: Fpu, instruction: Instruction): void {
  const index = stackIndex(instruction.operands.at(-1)!);
  if (fpu.isEmpty(0) || fpu.isEmpty(index)) {
    if (!fpu.stackUnderflow()) return;
    if (fpu.isEmpty(0)) fpu.set(0, INDEFINITE);
    if (fpu.isEmpty(index)) fpu.set(index, INDEFINITE);
  } else fpu.settle(0, false);
  const top = fpu.get(0);
  fpu.set(0, fpu.get(index));
  fpu.set(index, top);
}

/** Moves when any of the flags is as wanted; an empty register is a stack fault either way. */
function fcmov(flags: number, wanted: 'set' | 'clear'): X87 {
  return (fpu, instruction) => {
    const index = stackIndex(instruction.operands[1]!);
    if (fpu.isEmpty(0) || fpu.isEmpty(index)) {
      if (fpu.stackUnderflow()) fpu.set(0, INDEFINITE);
      return;
    }
    const isSet = (fpu.state.rflags & flags) !== 0;
    if (isSet === (wanted === 'set')) fpu.set(0, fpu.get(index));
  };
}

/** fincstp, fdecstp: tags and contents stay. */
function turn(step: 1 | -1): X87 {
  return (fpu) => {
    fpu.settle(0, false);
    fpu.top += step;
  };
}

export const transferInstructions: Readonly<Record<string, X87>> = {
  fld,
  fild,
  fbld,
  fld1: (fpu) => fpu.pushChecked(exactly(ONE)),
  fldz: (fpu) => fpu.pushChecked(exactly(zero(0))),
  fldpi: irrational(IRRATIONALS.fldpi),
  fldln2: irrational(IRRATIONALS.fldln2),
  fldl2e: irrational(IRRATIONALS.fldl2e),
  fldl2t: irrational(IRRATIONALS.fldl2t),
  fldlg2: irrational(IRRATIONALS.fldlg2),
  fst: fst(0),
  fstp: fst(1),
  fstpnce,
  fist: storing(integerConversion('control'), missingInteger, 0),
  fistp: storing(integerConversion('control'), missingInteger, 1),
  fisttp: storing(integerConversion('truncate'), missingInteger, 1),
  fbstp: storing(bcdConversion, missingBcd, 1),
  fxch,
  fcmovb: fcmov(Rflags.CF, 'set'),
  fcmove: fcmov(Rflags.ZF, 'set'),
  fcmovbe: fcmov(Rflags.CF | Rflags.ZF, 'set'),
  fcmovu: fcmov(Rflags.PF, 'set'),
  fcmovnb: fcmov(Rflags.CF, 'clear'),
  fcmovne: fcmov(Rflags.ZF, 'clear'),
  fcmovnbe: fcmov(Rflags.CF | Rflags.ZF, 'clear'),
  fcmovnu: fcmov(Rflags.PF, 'clear'),
  fincstp: turn(1),
  fdecstp: turn(-1),
  ffree: (fpu, instruction) => {
    fpu.settle(0, false);
    fpu.free(stackIndex(instruction.operands[0]!));
  },
  ffreep: (fpu, instruction) => {
    fpu.settle(0, false);
    fpu.free(stackIndex(instruction.operands[0]!));
    fpu.pop();
  },
  fnop: () => undefined,
  fwait: () => undefined,
};
