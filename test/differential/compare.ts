/**
 * Compares two judges' results of one case. What the SDM leaves undefined is masked: flags from the semantics' own data
 * (flagsUndefined), the rest from the table below.
 */
import { guestAddress } from '../../cpu/address.ts';
import { flagSet } from '../../cpu/semantics/definition.ts';
import { Flag } from '../../cpu/semantics/ops.ts';
import { semanticsOf } from '../../cpu/semantics/table.ts';
import { GPR_NAMES, Rflags } from '../../cpu/state-layout.ts';
import { decode } from '../../cpu/x86/decode.ts';
import { OperandKind, RegisterClass, Repeat } from '../../cpu/x86/instruction.ts';
import type { Instruction } from '../../cpu/x86/instruction.ts';
import { FX_SIZE, Fx, Vector, WINDOW1_SIZE, WINDOW2_SIZE } from './machine-record.ts';
import type { MachineCase, MachineResult } from './machine-record.ts';
import { isProcessorChoice } from './processor-choice.ts';

const RCX = 1;
const MISALIGNED_MODE = 1 << 17;

/** Results that the SDM gives only a relative error for: processors differ. Source: SDM vol. 2, RCPPS, RSQRTPS. */
const APPROXIMATE = new Set(['rcpps', 'rcpss', 'rsqrtps', 'rsqrtss', 'vrcpps', 'vrcpss', 'vrsqrtps', 'vrsqrtss']);
/** x87 functions: less than one unit in the last place off; whether exact, and rounded which way, may differ. Source: SDM vol. 1, 8.3.10. */
const TRANSCENDENTAL = new Set(['fsin', 'fcos', 'fsincos', 'fptan', 'fpatan', 'f2xm1', 'fyl2x', 'fyl2xp1']);
/** Of those, defined only for small arguments, which random ones hardly are. */
const NARROW_DOMAIN = new Set(['f2xm1', 'fyl2xp1']);
/** Sums of more than two: which of several NaNs comes out is not said. Source: SDM vol. 2, DPPS, DPPD. */
const NAN_CHOICE = new Set(['dpps', 'dppd', 'vdpps', 'vdppd']);
const ROUNDING_STATUS = 0x0230; // C1, PE, UE
/** Read or write more than one item: which of them a fault names is the processor's choice. */
const BLOCK_ACCESS = new Set([
  'fldenv',
  'fnstenv',
  'frstor',
  'fnsave',
  'fxsave',
  'fxrstor',
  'enter',
  'maskmovdqu',
  'vmaskmovdqu',
]);
/** Load from two places: where neither can be read, which one the fault names is the processor's choice. */
const TWO_LOADS = new Set(['cmps']);

export interface Difference {
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
}

export interface CompareOptions {
  /** Whether MXCSR's sticky exception flags count. */
  readonly mxcsrFlags: 'compare' | 'ignore';
  /** Whether the upper halves of the YMM registers count: not where one of the judges has none. */
  readonly ymm: 'compare' | 'ignore';
  /** Whether #SS is told from #GP; Unicorn does not say. */
  readonly stackFaults: 'compare' | 'ignore';
}

export function instructionOf(machineCase: MachineCase): Instruction | undefined {
  const code = new Uint8Array(64).fill(0xcc);
  code.set(machineCase.code);
  const decoded = decode(code, 0, guestAddress(machineCase.codeAddress));
  return typeof decoded === 'number' ? undefined : decoded;
}

export function differences(
  machineCase: MachineCase,
  expected: MachineResult,
  actual: MachineResult,
  options: CompareOptions,
): Difference[] {
  const found: Difference[] = [];
  const add = (field: string, want: string, got: string): void => {
    if (want !== got) found.push({ field, expected: want, actual: got });
  };
  const instruction = instructionOf(machineCase);
  if (instruction !== undefined && isProcessorChoice(instruction, machineCase.gpr[RCX]!)) return found;
  if (mayFaultAlone(instruction, expected) || loadsMisalignedMode(instruction, expected)) return found;
  if (loadsMisaligned(instruction, expected, actual)) return found;
  add('trap', trapName(expected), trapName(actual));
  if (options.stackFaults === 'compare') add('stack fault', isStackFault(expected), isStackFault(actual));
  if (found.length > 0 || isKnownDeviation(instruction, expected)) return found;
  if (vector(expected) === Vector.Page) {
    const mnemonic = instruction?.mnemonic ?? '';
    const ignoredBits = BLOCK_ACCESS.has(mnemonic) ? 12n : 0n;
    if (!TWO_LOADS.has(mnemonic))
      add('fault address', hex(expected.address >> ignoredBits), hex(actual.address >> ignoredBits));
  }
  add('rip', hex(expected.rip), hex(actual.rip));
  for (let index = 0; index < 16; index++) add(GPR_NAMES[index]!, hex(expected.gpr[index]!), hex(actual.gpr[index]!));
  const mask = ~(Rflags.RF | undefinedFlags(instruction));
  add('rflags', flagNames(expected.rflags & mask), flagNames(actual.rflags & mask));
  if (instruction === undefined || !APPROXIMATE.has(instruction.mnemonic))
    compareFloat(instruction, expected, actual, options, add);
  compareBytes('window1', expected.window1, actual.window1, WINDOW1_SIZE, add);
  compareBytes('window2', expected.window2, actual.window2, WINDOW2_SIZE, add);
  add('write outside the windows', String(expected.strayWrite), String(actual.strayWrite));
  return found;
}

/**
 * Where k42 differs on purpose, and no program can tell without looking for it: a jump to a non-canonical address is #GP at its target, not
 * at the jump; an 80-bit store that faults stores nothing; an MMX instruction that faults has not yet reset the x87 stack; a repeated
 * CMPS or SCAS that faults leaves the flags of the last comparison, not those from before the instruction.
 */
function isKnownDeviation(instruction: Instruction | undefined, expected: MachineResult): boolean {
  if (instruction === undefined) return false;
  const { mnemonic, operands, repeat } = instruction;
  const isMmx = operands.some((found) => found.kind === OperandKind.Register && found.class === RegisterClass.Mmx);
  switch (vector(expected)) {
    case Vector.X87:
      return isMmx;
    case Vector.Protection:
      return isMmx || mnemonic === 'jmp' || mnemonic === 'call' || mnemonic === 'ret';
    case Vector.Page:
      if (mnemonic === 'fstp' || mnemonic === 'fbstp') return operands[0]?.kind === OperandKind.Memory;
      return isMmx || ((mnemonic === 'cmps' || mnemonic === 'scas') && repeat !== Repeat.None);
    default:
      return false;
  }
}

/** Bytes that the mask leaves out may fault or not; here they don't. Source: SDM vol. 2, MASKMOVDQU. */
function mayFaultAlone(instruction: Instruction | undefined, expected: MachineResult): boolean {
  return vector(expected) === Vector.Page && instruction !== undefined && /^v?maskmovd?q/.test(instruction.mnemonic);
}

/** SHA with a misaligned operand: #GP in the manuals and in Intel's processors; AMD's Zen loads it. */
function loadsMisaligned(
  instruction: Instruction | undefined,
  expected: MachineResult,
  actual: MachineResult,
): boolean {
  const faults = [vector(expected), vector(actual)];
  return /^sha(1|256)/.test(instruction?.mnemonic ?? '') && faults.includes(Vector.Protection);
}

/** MXCSR bit 17 exists in AMD's processors only. Source: AMD64 Architecture Programmer's Manual, vol. 2, 11.2.4. */
function loadsMisalignedMode(instruction: Instruction | undefined, expected: MachineResult): boolean {
  const loaded = new DataView(expected.fx.buffer, expected.fx.byteOffset, FX_SIZE).getUint32(Fx.mxcsr, true);
  return /^v?ldmxcsr$/.test(instruction?.mnemonic ?? '') && (loaded & MISALIGNED_MODE) !== 0;
}

type Add = (field: string, want: string, got: string) => void;

function compareFloat(
  instruction: Instruction | undefined,
  expected: MachineResult,
  actual: MachineResult,
  options: CompareOptions,
  add: Add,
): void {
  const want = new DataView(expected.fx.buffer, expected.fx.byteOffset, FX_SIZE);
  const got = new DataView(actual.fx.buffer, actual.fx.byteOffset, FX_SIZE);
  const mnemonic = instruction?.mnemonic ?? '';
  // A dot product stops at the step that meets an unmasked exception: which steps there are is the processor's choice.
  const stops = NAN_CHOICE.has(mnemonic) && vector(expected) === Vector.X87;
  const sticky = options.mxcsrFlags === 'compare' && !stops ? 0 : 0x3f;
  const status = NARROW_DOMAIN.has(mnemonic) ? 0xffff : TRANSCENDENTAL.has(mnemonic) ? ROUNDING_STATUS : 0;
  add('fcw', hex(want.getUint16(Fx.fcw, true)), hex(got.getUint16(Fx.fcw, true)));
  add('fsw', hex(want.getUint16(Fx.fsw, true) & ~status), hex(got.getUint16(Fx.fsw, true) & ~status));
  add('ftw', hex(want.getUint8(Fx.ftw)), hex(got.getUint8(Fx.ftw)));
  add('mxcsr', hex(want.getUint32(Fx.mxcsr, true) & ~sticky), hex(got.getUint32(Fx.mxcsr, true) & ~sticky));
  for (let index = 0; index < 8; index++) {
    if (index < 2 && TRANSCENDENTAL.has(mnemonic) && (NARROW_DOMAIN.has(mnemonic) || isNeighbour(want, got, index)))
      continue;
    add(`st${index}`, extended(want, index), extended(got, index));
  }
  const text = NAN_CHOICE.has(mnemonic) ? vectorWithoutNans(mnemonic.endsWith('dppd') ? 64 : 32) : vectorText;
  for (let index = 0; index < 16; index++) add(`xmm${index}`, text(want, index), text(got, index));
  if (options.ymm === 'ignore') return;
  const [wantUpper, gotUpper] = [upperHalves(expected), upperHalves(actual)];
  for (let index = 0; index < 16; index++) add(`ymm${index} upper half`, text(wantUpper, index), text(gotUpper, index));
}

/** The upper halves, at the places of the XMM registers. */
function upperHalves(result: MachineResult): DataView {
  const image = new Uint8Array(FX_SIZE);
  image.set(result.ymm, Fx.xmm);
  return new DataView(image.buffer);
}

/** At most one unit in the last place apart. */
function isNeighbour(want: DataView, got: DataView, index: number): boolean {
  const at = Fx.st + 16 * index;
  const ordinal = (view: DataView): bigint =>
    (BigInt(view.getUint16(at + 8, true)) << 63n) | (view.getBigUint64(at, true) & 0x7fff_ffff_ffff_ffffn);
  const distance = ordinal(want) - ordinal(got);
  return distance >= -1n && distance <= 1n;
}

function compareBytes(name: string, want: Uint8Array, got: Uint8Array, size: number, add: Add): void {
  for (let at = 0; at < size; at += 8) {
    const slice = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(at, at + 8)).toString('hex');
    add(`${name}+${at}`, slice(want), slice(got));
  }
}

/** With exceptions of one kind as one. */
function vector(result: MachineResult): number {
  const number = result.trapNumber;
  if (number === Vector.Stack) return Vector.Protection;
  return number === Vector.Simd ? Vector.X87 : number;
}

function isStackFault(result: MachineResult): string {
  return result.trapNumber === Vector.Stack ? 'yes' : 'no';
}

function trapName(result: MachineResult): string {
  const names = Object.entries(Vector).find(([, value]) => value === vector(result));
  return names?.[0] ?? `signal ${result.signal}, trap ${result.trapNumber}`;
}

const FLAG_BITS: readonly (readonly [flag: number, bit: number, name: string])[] = [
  [Flag.C, Rflags.CF, 'CF'],
  [Flag.P, Rflags.PF, 'PF'],
  [Flag.A, Rflags.AF, 'AF'],
  [Flag.Z, Rflags.ZF, 'ZF'],
  [Flag.S, Rflags.SF, 'SF'],
  [Flag.O, Rflags.OF, 'OF'],
];

function undefinedFlags(instruction: Instruction | undefined): number {
  const definition = instruction === undefined ? undefined : semanticsOf(instruction.mnemonic);
  if (definition === undefined || instruction === undefined) return 0;
  const set = flagSet(definition.flagsUndefined, instruction);
  let mask = 0;
  for (const [flag, bit] of FLAG_BITS) if (set & flag) mask |= bit;
  return mask;
}

function flagNames(flags: number): string {
  const names = FLAG_BITS.filter(([, bit]) => flags & bit).map(([, , name]) => name);
  if (flags & Rflags.DF) names.push('DF');
  return `${hex(flags >>> 0)} ${names.join(' ')}`;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

function extended(view: DataView, index: number): string {
  const at = Fx.st + 16 * index;
  return `${view
    .getUint16(at + 8, true)
    .toString(16)
    .padStart(4, '0')}:${view.getBigUint64(at, true).toString(16).padStart(16, '0')}`;
}

/** Lanes of 32 or 64 bits, NaNs without their bits. */
function vectorWithoutNans(width: 32 | 64): (view: DataView, index: number) => string {
  const offsets = width === 32 ? [12, 8, 4, 0] : [8, 0];
  return (view, index) =>
    offsets
      .map((offset) => {
        const at = Fx.xmm + 16 * index + offset;
        const isNan = Number.isNaN(width === 32 ? view.getFloat32(at, true) : view.getFloat64(at, true));
        const bits = width === 32 ? view.getUint32(at, true) : view.getBigUint64(at, true);
        return isNan ? 'NaN' : bits.toString(16);
      })
      .join('_');
}

function vectorText(view: DataView, index: number): string {
  const at = Fx.xmm + 16 * index;
  const half = (offset: number): string =>
    view
      .getBigUint64(at + offset, true)
      .toString(16)
      .padStart(16, '0');
  return `${half(8)}_${half(0)}`;
}

/** The case as a person needs it: bytes, and every register the case set. */
export function describeCase(machineCase: MachineCase): string {
  const instruction = instructionOf(machineCase);
  const code = Buffer.from(machineCase.code).toString('hex');
  const registers = GPR_NAMES.map((name, index) => `${name}=${hex(machineCase.gpr[index]!)}`).join(' ');
  const fx = new DataView(machineCase.fx.buffer, machineCase.fx.byteOffset, FX_SIZE);
  const floats = `fcw=${hex(fx.getUint16(Fx.fcw, true))} fsw=${hex(fx.getUint16(Fx.fsw, true))} ftw=${hex(fx.getUint8(Fx.ftw))} mxcsr=${hex(fx.getUint32(Fx.mxcsr, true))}`;
  const lines = [`${instruction?.mnemonic ?? 'undecodable'}  ${code} at ${hex(machineCase.codeAddress)}`, registers];
  lines.push(`rflags=${flagNames(machineCase.rflags)} ${floats}`);
  const upper = new DataView(machineCase.ymm.buffer, machineCase.ymm.byteOffset - Fx.xmm);
  const xmm = Array.from(
    { length: 16 },
    (_, index) => `ymm${index}=${vectorText(upper, index)}_${vectorText(fx, index)}`,
  );
  const st = Array.from({ length: 8 }, (_, index) => `st${index}=${extended(fx, index)}`);
  lines.push(...[st.join(' '), xmm.slice(0, 8).join(' '), xmm.slice(8).join(' ')]);
  lines.push(
    `window1=${Buffer.from(machineCase.window1).toString('hex')}`,
    `window2=${Buffer.from(machineCase.window2).toString('hex')}`,
  );
  return lines.join('\n');
}
