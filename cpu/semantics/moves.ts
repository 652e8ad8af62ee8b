/** Data movement without arithmetic: mov movzx movsx movsxd movbe bswap xchg lea cmovcc setcc movnti xlat. Source: SDM vol. 2. */
import { Gpr } from '../state-layout.ts';
import { OperandKind, RegisterClass, type Instruction, type MemoryOperand, type Operand } from '../x86/instruction.ts';
import { movedAddress } from './address.ts';
import { conditionFlags, define, operand, type Definitions } from './definition.ts';
import { resize } from './flags.ts';
import type { Ops, Width } from './ops.ts';

function isSegment(candidate: Operand): boolean {
  return candidate.kind === OperandKind.Register && candidate.class === RegisterClass.Segment;
}

function mov<V>(ops: Ops<V>, instruction: Instruction): void {
  const destination = operand(instruction, 0);
  const source = operand(instruction, 1);
  if (isSegment(destination)) return ops.helper('loadSegment', instruction);
  if (isSegment(source)) return ops.helper('storeSegment', instruction);
  ops.write(destination, ops.read(source));
}

/** Width of a general register or memory operand. */
function widthOf(candidate: Operand): Width {
  return (candidate as MemoryOperand).width as Width;
}

function movzx<V>(ops: Ops<V>, instruction: Instruction): void {
  const source = operand(instruction, 1);
  const w = instruction.width as Width;
  ops.write(operand(instruction, 0), ops.zeroExtend(widthOf(source), w, ops.read(source)));
}

/** movsx and movsxd; movsxd without REX.W moves 16 or 32 bits as they are. */
function movsx<V>(ops: Ops<V>, instruction: Instruction): void {
  const source = operand(instruction, 1);
  const w = instruction.width as Width;
  const from = widthOf(source);
  const value = ops.read(source);
  ops.write(operand(instruction, 0), from >= w ? ops.truncate(from, w, value) : ops.signExtend(from, w, value));
}

function movbe<V>(ops: Ops<V>, instruction: Instruction): void {
  const value = ops.read(operand(instruction, 1));
  ops.write(operand(instruction, 0), ops.byteSwap(instruction.width as Width, value));
}

/** Undefined for 16 bits; processors give 0. */
function bswap<V>(ops: Ops<V>, instruction: Instruction): void {
  const destination = operand(instruction, 0);
  const w = instruction.width as Width;
  ops.write(destination, w === 16 ? ops.constant(16, 0) : ops.byteSwap(w, ops.read(destination)));
}

function xchg<V>(ops: Ops<V>, instruction: Instruction): void {
  const [first, second] = memoryFirst(instruction);
  const a = ops.readForUpdate(first);
  const b = ops.read(second);
  ops.write(first, b);
  ops.write(second, a);
}

function memoryFirst(instruction: Instruction): [Operand, Operand] {
  const first = operand(instruction, 0);
  const second = operand(instruction, 1);
  return second.kind === OperandKind.Memory ? [second, first] : [first, second];
}

function lea<V>(ops: Ops<V>, instruction: Instruction): void {
  const address = ops.effectiveAddress(operand(instruction, 1));
  ops.write(operand(instruction, 0), resize(ops, 64, instruction.width as Width, address));
}

/** The source is read, and a 32-bit destination is zero-extended, whatever the condition. */
function cmovcc<V>(ops: Ops<V>, instruction: Instruction): void {
  const destination = operand(instruction, 0);
  const moved = ops.read(operand(instruction, 1));
  const kept = ops.read(destination);
  const condition = ops.condition(instruction.condition);
  ops.write(destination, ops.select(instruction.width as Width, condition, moved, kept));
}

function setcc<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.write(operand(instruction, 0), ops.truncate(32, 8, ops.condition(instruction.condition)));
}

/** al = the byte at rbx + al. */
function xlat<V>(ops: Ops<V>, instruction: Instruction): void {
  const offset = ops.zeroExtend(8, 64, ops.gpr(8, Gpr.rax));
  const address = movedAddress(ops, operand(instruction, 0) as MemoryOperand, offset);
  ops.setGpr(8, Gpr.rax, ops.load(8, address));
}

export const moves: Definitions = {
  mov: define(mov),
  movzx: define(movzx),
  movsx: define(movsx),
  movsxd: define(movsx),
  movbe: define(movbe),
  bswap: define(bswap),
  xchg: define(xchg),
  lea: define(lea),
  cmovcc: define(cmovcc, { flagsRead: conditionFlags }),
  movnti: define(mov),
  xlat: define(xlat),
  setcc: define(setcc, { flagsRead: conditionFlags }),
};
