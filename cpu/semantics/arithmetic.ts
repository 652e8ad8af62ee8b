/** Integer addition and subtraction: add adc sub sbb cmp inc dec neg. Source: SDM vol. 2. */
import type { Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { adcFlags, addFlags, fromBoolean, sbbFlags, subFlags } from './flags.ts';
import { Flag, type Ops, type Width } from './ops.ts';

function add<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const b = ops.read(operand(instruction, 1));
  const result = ops.add(w, a, b);
  ops.write(operand(instruction, 0), result);
  ops.setFlags(addFlags(ops, w, a, b, result));
}

function adc<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const b = ops.read(operand(instruction, 1));
  const carry = ops.flag(Flag.C);
  const result = ops.add(w, ops.add(w, a, b), fromBoolean(ops, w, carry));
  ops.write(operand(instruction, 0), result);
  ops.setFlags(adcFlags(ops, w, a, b, carry, result));
}

function sub<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const b = ops.read(operand(instruction, 1));
  const result = ops.sub(w, a, b);
  ops.write(operand(instruction, 0), result);
  ops.setFlags(subFlags(ops, w, a, b, result));
}

function sbb<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const b = ops.read(operand(instruction, 1));
  const borrow = ops.flag(Flag.C);
  const result = ops.sub(w, ops.sub(w, a, b), fromBoolean(ops, w, borrow));
  ops.write(operand(instruction, 0), result);
  ops.setFlags(sbbFlags(ops, w, a, b, borrow, result));
}

function cmp<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.read(operand(instruction, 0));
  const b = ops.read(operand(instruction, 1));
  ops.setFlags(subFlags(ops, w, a, b, ops.sub(w, a, b)));
}

function inc<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const result = ops.add(w, a, ops.constant(w, 1));
  ops.write(operand(instruction, 0), result);
  ops.setFlags({
    result: { width: w, value: result },
    o: () => ops.eq(w, result, ops.constant(w, 1n << BigInt(w - 1))),
    a: () => ops.eq(w, ops.and(w, result, ops.constant(w, 15)), ops.constant(w, 0)),
  });
}

function dec<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const result = ops.sub(w, a, ops.constant(w, 1));
  ops.write(operand(instruction, 0), result);
  ops.setFlags({
    result: { width: w, value: result },
    o: () => ops.eq(w, a, ops.constant(w, 1n << BigInt(w - 1))),
    a: () => ops.eq(w, ops.and(w, a, ops.constant(w, 15)), ops.constant(w, 0)),
  });
}

function neg<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.readForUpdate(operand(instruction, 0));
  const zero = ops.constant(w, 0);
  const result = ops.neg(w, a);
  ops.write(operand(instruction, 0), result);
  ops.setFlags({
    result: { width: w, value: result },
    c: () => ops.ne(w, a, zero),
    o: () => ops.eq(w, a, ops.constant(w, 1n << BigInt(w - 1))),
    a: () => ops.ne(w, ops.and(w, a, ops.constant(w, 15)), zero),
    hint: { kind: 'sub', width: w, a: zero, b: a },
  });
}

const plain = { flagsWritten: ALL_FLAGS };
const withCarry = { flagsRead: Flag.C, flagsWritten: ALL_FLAGS };
const keepCarry = { flagsWritten: ALL_FLAGS & ~Flag.C };

export const arithmetic: Definitions = {
  add: define(add, plain),
  adc: define(adc, withCarry),
  sub: define(sub, plain),
  sbb: define(sbb, withCarry),
  cmp: define(cmp, plain),
  inc: define(inc, keepCarry),
  dec: define(dec, keepCarry),
  neg: define(neg, plain),
};
