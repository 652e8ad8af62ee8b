/** Jumps within the code segment: jmp jcc call ret jrcxz loop loope loopne. Source: SDM vol. 2. */
import { Gpr } from '../state-layout.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { Control, conditionFlags, define, operand, type Definitions } from './definition.ts';
import { Flag, type Ops } from './ops.ts';
import { pushValue } from './stack.ts';

function jmp<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.jump(ops.read(operand(instruction, 0)));
}

function jcc<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.branch(ops.condition(instruction.condition), ops.read(operand(instruction, 0)));
}

/** The target is read before the push, so `call [rsp]` and `call rsp` use the old stack pointer. */
function call<V>(ops: Ops<V>, instruction: Instruction): void {
  const target = ops.read(operand(instruction, 0));
  pushValue(ops, 64, ops.next());
  ops.call(target);
}

function ret<V>(ops: Ops<V>, instruction: Instruction): void {
  const rsp = ops.gpr(64, Gpr.rsp);
  const target = ops.load(64, rsp);
  let top = ops.add(64, rsp, ops.constant(64, 8));
  const released = instruction.operands[0];
  if (released?.kind === OperandKind.Immediate) top = ops.add(64, top, ops.zeroExtend(16, 64, ops.read(released)));
  ops.setGpr(64, Gpr.rsp, top);
  ops.ret(target);
}

/** jrcxz, and jecxz by address size. */
function jrcxz<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.addressWidth;
  ops.branch(ops.eq(w, ops.gpr(w, Gpr.rcx), ops.constant(w, 0)), ops.read(operand(instruction, 0)));
}

/** Counts rcx (ecx) down and jumps while it is not 0, and ZF is as wanted. */
function loopWhile<V>(ops: Ops<V>, instruction: Instruction, wanted?: V): void {
  const w = instruction.addressWidth;
  const count = ops.sub(w, ops.gpr(w, Gpr.rcx), ops.constant(w, 1));
  const more = ops.ne(w, count, ops.constant(w, 0));
  ops.setGpr(w, Gpr.rcx, count);
  ops.branch(wanted === undefined ? more : ops.and(32, more, wanted), ops.read(operand(instruction, 0)));
}

function loop<V>(ops: Ops<V>, instruction: Instruction): void {
  loopWhile(ops, instruction);
}

function loope<V>(ops: Ops<V>, instruction: Instruction): void {
  loopWhile(ops, instruction, ops.flag(Flag.Z));
}

function loopne<V>(ops: Ops<V>, instruction: Instruction): void {
  loopWhile(ops, instruction, ops.xor(32, ops.flag(Flag.Z), ops.constant(32, 1)));
}

export const control: Definitions = {
  jmp: define(jmp, { control: Control.Jump }),
  jcc: define(jcc, { control: Control.Branch, flagsRead: conditionFlags }),
  call: define(call, { control: Control.Call }),
  ret: define(ret, { control: Control.Return }),
  jrcxz: define(jrcxz, { control: Control.Branch }),
  loop: define(loop, { control: Control.Branch }),
  loope: define(loope, { control: Control.Branch, flagsRead: Flag.Z }),
  loopne: define(loopne, { control: Control.Branch, flagsRead: Flag.Z }),
};
