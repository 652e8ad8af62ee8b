/**
 * Exchanges that compare or add: cmpxchg xadd cmpxchg8b cmpxchg16b. Source: SDM vol. 2.
 * Memory is written before registers: the address may come from a register that changes.
 */
import { Trap } from '../engine.ts';
import { Gpr } from '../state-layout.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { addFlags, subFlags } from './flags.ts';
import { Flag, type Ops, type Width } from './ops.ts';

/** Either the destination is written or the accumulator; the other keeps all its 64 bits. */
function cmpxchg<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const destination = operand(instruction, 0);
  const old = ops.readForUpdate(destination);
  const expected = ops.gpr(w, Gpr.rax);
  const replacement = ops.read(operand(instruction, 1));
  ops.when(
    ops.eq(w, expected, old),
    () => ops.write(destination, replacement),
    () => ops.setGpr(w, Gpr.rax, old),
  );
  ops.setFlags(subFlags(ops, w, expected, old, ops.sub(w, expected, old)));
}

function xadd<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const destination = operand(instruction, 0);
  const source = operand(instruction, 1);
  const a = ops.readForUpdate(destination);
  const b = ops.read(source);
  const sum = ops.add(w, a, b);
  if (destination.kind === OperandKind.Memory) ops.write(destination, sum);
  ops.write(source, a);
  if (destination.kind !== OperandKind.Memory) ops.write(destination, sum);
  ops.setFlags(addFlags(ops, w, a, b, sum));
}

/** Two halves, low first, compared with rdx:rax (edx:eax) and replaced by rcx:rbx (ecx:ebx). */
function exchangePair<V>(ops: Ops<V>, half: 32 | 64, address: V): void {
  const upper = ops.add(64, address, ops.constant(64, half / 8));
  const low = ops.loadForUpdate(half, address);
  const high = ops.loadForUpdate(half, upper);
  const differsLow = ops.ne(half, low, ops.gpr(half, Gpr.rax));
  const differs = ops.or(32, differsLow, ops.ne(half, high, ops.gpr(half, Gpr.rdx)));
  ops.store(half, address, ops.select(half, differs, low, ops.gpr(half, Gpr.rbx)));
  ops.store(half, upper, ops.select(half, differs, high, ops.gpr(half, Gpr.rcx)));
  ops.when(differs, () => {
    ops.setGpr(half, Gpr.rax, low);
    ops.setGpr(half, Gpr.rdx, high);
  });
  ops.setFlags({ z: () => ops.xor(32, differs, ops.constant(32, 1)) });
}

function cmpxchg8b<V>(ops: Ops<V>, instruction: Instruction): void {
  exchangePair(ops, 32, ops.linearAddress(operand(instruction, 0)));
}

function cmpxchg16b<V>(ops: Ops<V>, instruction: Instruction): void {
  const address = ops.linearAddress(operand(instruction, 0));
  const low = ops.and(64, address, ops.constant(64, 15));
  ops.trapIf(ops.ne(64, low, ops.constant(64, 0)), Trap.GeneralProtection);
  exchangePair(ops, 64, address);
}

export const atomics: Definitions = {
  cmpxchg: define(cmpxchg, { flagsWritten: ALL_FLAGS }),
  xadd: define(xadd, { flagsWritten: ALL_FLAGS }),
  cmpxchg8b: define(cmpxchg8b, { flagsWritten: Flag.Z }),
  cmpxchg16b: define(cmpxchg16b, { flagsWritten: Flag.Z }),
};
