/** Operands of 128 or 256 bits in halves: memory of any alignment, and the upper half that every VEX instruction of 128 bits clears. */
import { Trap } from '../../engine.ts';
import { OperandKind, RegisterClass, type Instruction, type Operand } from '../../x86/instruction.ts';
import { operand } from '../definition.ts';
import type { Ops, Width } from '../ops.ts';
import { fromScalar, zero } from '../simd/vector.ts';
import type { Half } from './lane-ops.ts';

export type Halves<V> = readonly [low: V, high: V];

export function isVectorRegister(candidate: Operand): boolean {
  return (
    candidate.kind === OperandKind.Register &&
    (candidate.class === RegisterClass.Xmm || candidate.class === RegisterClass.Ymm)
  );
}

/** Whether an instruction works on 256 bits: some register or memory operand of it has them. */
export function isWide(instruction: Instruction): boolean {
  return instruction.operands.some((candidate) => candidate.kind !== OperandKind.Relative && candidate.width === 256);
}

/** Both halves of a register or of memory of 256 bits. */
export function readHalves<V>(ops: Ops<V>, source: Operand): Halves<V> {
  if (source.kind !== OperandKind.Memory) return [ops.read(source), ops.readHigh(source)];
  const address = ops.linearAddress(source);
  return [ops.load(128, address), ops.load(128, upperAddress(ops, address))];
}

function upperAddress<V>(ops: Ops<V>, address: V): V {
  return ops.add(64, address, ops.constant(64, 16));
}

/** A register, or memory of up to 128 bits with zeros above it. */
export function readLow<V>(ops: Ops<V>, source: Operand): V {
  if (source.kind !== OperandKind.Memory) return ops.read(source);
  if (source.width >= 128) return ops.load(128, ops.linearAddress(source));
  return fromScalar(ops, source.width as Width, ops.read(source));
}

/** A vector register or memory, as wide as the instruction. */
export function writeHalves<V>(ops: Ops<V>, destination: Operand, [low, high]: Halves<V>): void {
  if (destination.kind !== OperandKind.Memory) {
    ops.write(destination, low);
    ops.writeHigh(destination, high);
    return;
  }
  ops.probeWrite(destination);
  const address = ops.linearAddress(destination);
  ops.store(128, address, low);
  ops.store(128, upperAddress(ops, address), high);
}

/** The low half, and zeros above it in a register. */
export function writeLow<V>(ops: Ops<V>, destination: Operand, low: V): void {
  ops.write(destination, low);
  clearHigh(ops, destination);
}

export function clearHigh<V>(ops: Ops<V>, destination: Operand): void {
  if (isVectorRegister(destination)) ops.writeHigh(destination, zero(ops));
}

/** Operand 0 from a rule for each half; the rule of the low half alone for 128 bits. */
export function writeEach<V>(ops: Ops<V>, instruction: Instruction, rule: (half: Half) => V): void {
  const destination = operand(instruction, 0);
  if (!isWide(instruction)) return writeLow(ops, destination, rule(0));
  writeHalves(ops, destination, [rule(0), rule(1)]);
}

/** #GP for memory off a boundary of its own width. */
export function requireAlignment<V>(ops: Ops<V>, place: Operand): void {
  if (place.kind !== OperandKind.Memory) return;
  const rest = ops.and(64, ops.linearAddress(place), ops.constant(64, place.width / 8 - 1));
  ops.trapIf(ops.ne(64, rest, ops.constant(64, 0)), Trap.GeneralProtection);
}
