/**
 * MMX: the packed rules on 64-bit registers, which are the fractions of the physical x87 registers. Executed by a host helper:
 * the instructions are rare and every one of them resets the x87 stack. Source: SDM vol. 1, 9.5 and 9.6.
 */
import { Trap } from '../../engine.ts';
import { State } from '../../state-layout.ts';
import type { CpuState } from '../../state.ts';
import {
  OperandKind,
  RegisterClass,
  type ImmediateOperand,
  type Instruction,
  type Operand,
} from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import type { HelperMachine } from '../helpers.ts';
import type { Ops } from '../ops.ts';
import { packedIntegersFrom } from './convert.ts';
import { packedRules } from './packed.ts';

const LOW = 0xffff_ffff_ffff_ffffn;
/** Operands of these are taken together: the rule works on neighbours, or halves both. */
const JOINED = new Set('phaddw phaddd phaddsw phsubw phsubd phsubsw packsswb packuswb packssdw'.split(' '));
/** The high unpack of 64 bits is the upper half of the low unpack of 128. */
const UNPACK_HIGH: Readonly<Record<string, string>> = {
  punpckhbw: 'punpcklbw',
  punpckhwd: 'punpcklwd',
  punpckhdq: 'punpckldq',
};

/** Instructions that an MMX register makes different from their XMM form, or that have none. */
type Rule = (machine: HelperMachine, a: bigint, b: bigint, immediate: number) => bigint;

function lanes(w: number, value: bigint): bigint[] {
  return Array.from({ length: 64 / w }, (_, index) => BigInt.asUintN(w, value >> BigInt(index * w)));
}

function join(w: number, values: readonly bigint[]): bigint {
  return values.reduceRight((joined, lane) => (joined << BigInt(w)) | BigInt.asUintN(w, lane), 0n);
}

function shift(w: number, kind: 'left' | 'logical' | 'arithmetic'): Rule {
  return (_, a, b) => {
    const count = b < BigInt(w) ? b : BigInt(kind === 'arithmetic' ? w - 1 : w);
    const moved = (lane: bigint): bigint => {
      if (kind === 'left') return lane << count;
      return (kind === 'logical' ? lane : BigInt.asIntN(w, lane)) >> count;
    };
    return join(w, lanes(w, a).map(moved));
  };
}

const RULES: Readonly<Record<string, Rule>> = {
  psllw: shift(16, 'left'),
  pslld: shift(32, 'left'),
  psllq: shift(64, 'left'),
  psrlw: shift(16, 'logical'),
  psrld: shift(32, 'logical'),
  psrlq: shift(64, 'logical'),
  psraw: shift(16, 'arithmetic'),
  psrad: shift(32, 'arithmetic'),
  pshufb: (machine, a, b) => machineRule(machine, 'pshufb', a, b & 0x8787_8787_8787_8787n),
  pshufw: (_, __, b, order) => {
    const words = lanes(16, b);
    return join(
      16,
      [0, 2, 4, 6].map((at) => words[(order >> at) & 3]!),
    );
  },
  palignr: (_, a, b, count) => (((a << 64n) | b) >> BigInt(8 * count)) & LOW,
  pinsrw: (_, a, b, lane) => join(16, lanes(16, a).with(lane & 3, b & 0xffffn)),
  pextrw: (_, __, b, lane) => lanes(16, b)[lane & 3]!,
  pmovmskb: (_, __, b) => lanes(8, b).reduceRight((mask, lane) => (mask << 1n) | (lane >> 7n), 0n),
  movq: (_, __, b) => b,
  movd: (_, __, b) => b & 0xffff_ffffn,
  movntq: (_, __, b) => b,
  movq2dq: (_, __, b) => b,
  movdq2q: (_, __, b) => b & LOW,
  cvtps2pi: (machine, _, b) => packedIntegersFrom<bigint>(machine, 32, 'nearest', b & LOW) & LOW,
  cvttps2pi: (machine, _, b) => packedIntegersFrom<bigint>(machine, 32, 'truncate', b & LOW) & LOW,
  cvtpd2pi: (machine, _, b) => packedIntegersFrom<bigint>(machine, 64, 'nearest', b) & LOW,
  cvttpd2pi: (machine, _, b) => packedIntegersFrom<bigint>(machine, 64, 'truncate', b) & LOW,
  cvtpi2ps: (machine, a, b) => (a & ~LOW) | (machine.simd('f32x4.convert_i32x4_s', [b]) & LOW),
  cvtpi2pd: (machine, _, b) => machine.simd('f64x2.convert_low_i32x4_s', [b]),
};

function machineRule(ops: Ops<bigint>, mnemonic: string, a: bigint, b: bigint): bigint {
  const rule = packedRules[mnemonic];
  if (rule === undefined) throw new Error(`no MMX rule for ${mnemonic}`);
  return rule(ops, a, b);
}

function compute(machine: HelperMachine, mnemonic: string, a: bigint, b: bigint, immediate: number): bigint {
  const own = RULES[mnemonic];
  if (own !== undefined) return own(machine, a, b, immediate);
  const unpack = UNPACK_HIGH[mnemonic];
  if (unpack !== undefined) return machineRule(machine, unpack, a, b) >> 64n;
  if (!JOINED.has(mnemonic)) return machineRule(machine, mnemonic, a, b) & LOW;
  const both = a | (b << 64n);
  return machineRule(machine, mnemonic, both, both) & LOW;
}

/** TOP = 0 and every register valid. */
function enterMmx(state: CpuState): void {
  resetTop(state);
  state.bytes[State.ftw] = 0xff;
}

function resetTop(state: CpuState): void {
  state.view.setUint16(State.fsw, state.view.getUint16(State.fsw, true) & ~0x3800, true);
}

/** A write sets sign and exponent of the x87 register to ones. */
function writeMmx(state: CpuState, index: number, value: bigint): void {
  state.view.setBigUint64(State.st + 16 * index, value, true);
  state.view.setUint16(State.st + 16 * index + 8, 0xffff, true);
}

function isMmx(candidate: Operand): boolean {
  return candidate.kind === OperandKind.Register && candidate.class === RegisterClass.Mmx;
}

/** Old value of the destination where the rule may want it: not of memory. */
function previous(machine: HelperMachine, destination: Operand): bigint {
  return destination.kind === OperandKind.Register ? machine.read(destination) : 0n;
}

/** 128-bit memory operands of SSE instructions are aligned; here cvtpd2pi and cvttpd2pi. */
function readSource(machine: HelperMachine, source: Operand): bigint {
  if (source.kind === OperandKind.Memory && source.width === 128) {
    const address = machine.linearAddress(source);
    if (address & 15n) machine.raise(Trap.GeneralProtection);
  }
  return machine.read(source);
}

export function mmx(machine: HelperMachine, instruction: Instruction): void {
  const destination = operand(instruction, 0);
  const source = operand(instruction, 1);
  const last = instruction.operands.at(-1)!;
  const immediate = last.kind === OperandKind.Immediate ? Number((last as ImmediateOperand).value) & 0xff : 0;
  const b = readSource(machine, source);
  const a = previous(machine, destination);
  const result = compute(machine, instruction.mnemonic, a, b, immediate);
  if (destination.kind === OperandKind.Memory) machine.write(destination, result);
  // cvtpi2ps and cvtpi2pd from memory leave x87 alone.
  if (isMmx(source) || isMmx(destination)) enterMmx(machine.state);
  if (destination.kind !== OperandKind.Register) return;
  if (destination.class === RegisterClass.Mmx) writeMmx(machine.state, destination.index, result);
  else machine.write(destination, result);
}

/** All x87 registers empty; TOP = 0 like after every MMX instruction. */
export function emms(machine: HelperMachine): void {
  resetTop(machine.state);
  machine.state.bytes[State.ftw] = 0;
}

/**
 * maskmovq, maskmovdqu: the bytes whose mask byte has bit 7 set. The whole operand must be writable: the SDM lets a processor fault
 * for bytes that are not chosen, and processors do.
 */
export function maskedStore(machine: HelperMachine, instruction: Instruction): void {
  const data = machine.read(operand(instruction, 1));
  const mask = machine.read(operand(instruction, 2));
  const address = machine.linearAddress(operand(instruction, 0));
  const isNarrow = isMmx(operand(instruction, 1));
  const bytes = machine.loadBytes(address, isNarrow ? 8 : 16);
  bytes.forEach((_, index) => {
    const at = BigInt(8 * index);
    if ((mask >> (at + 7n)) & 1n) bytes[index] = Number((data >> at) & 0xffn);
  });
  machine.storeBytes(address, bytes);
  if (isNarrow) enterMmx(machine.state);
}

const byHelper = <V>(ops: Ops<V>, instruction: Instruction): void => ops.helper('mmx', instruction);
const masked = <V>(ops: Ops<V>, instruction: Instruction): void => ops.helper('maskedStore', instruction);

const ONLY_MMX = 'pshufw movntq movq2dq movdq2q cvtps2pi cvttps2pi cvtpd2pi cvttpd2pi cvtpi2ps cvtpi2pd'.split(' ');

export const mmxOnly: Definitions = {
  ...Object.fromEntries(ONLY_MMX.map((mnemonic) => [mnemonic, define(byHelper, { evaluateOnly: true })])),
  emms: define((ops, instruction) => ops.helper('emms', instruction), { evaluateOnly: true }),
  maskmovq: define(masked, { evaluateOnly: true }),
  maskmovdqu: define(masked, { evaluateOnly: true }),
};
