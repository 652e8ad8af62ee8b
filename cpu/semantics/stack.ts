/** The stack: push pop pushf popf enter leave. Source: SDM vol. 2. */
import { Gpr, Rflags } from '../state-layout.ts';
import { OperandKind, type ImmediateOperand, type Instruction } from '../x86/instruction.ts';
import { movedAddress } from './address.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { resize } from './flags.ts';
import type { Ops, Width } from './ops.ts';

/** Bits that popf changes at privilege level 3: not IF, IOPL, VM, RF. */
const POPF_BITS =
  Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.TF | Rflags.DF | Rflags.OF | Rflags.NT;
export const POPF_BITS_64 = POPF_BITS | Rflags.AC | Rflags.ID;

/** Stores below rsp, then moves rsp. */
export function pushValue<V>(ops: Ops<V>, w: Width, value: V): void {
  const top = ops.sub(64, ops.gpr(64, Gpr.rsp), ops.constant(64, w / 8));
  ops.store(w, top, value);
  ops.setGpr(64, Gpr.rsp, top);
}

/** Moves rsp past a value of `bytes` bytes. */
export function dropStack<V>(ops: Ops<V>, rsp: V, bytes: number): void {
  ops.setGpr(64, Gpr.rsp, ops.add(64, rsp, ops.constant(64, bytes)));
}

function push<V>(ops: Ops<V>, instruction: Instruction): void {
  pushValue(ops, instruction.width as Width, ops.read(operand(instruction, 0)));
}

/** The address of a memory destination is computed with the increased rsp; `pop rsp` keeps the popped value. */
function pop<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const destination = operand(instruction, 0);
  const rsp = ops.gpr(64, Gpr.rsp);
  const value = ops.load(w, rsp);
  if (destination.kind !== OperandKind.Memory) {
    dropStack(ops, rsp, w / 8);
    return ops.write(destination, value);
  }
  const fromRsp = destination.base === Gpr.rsp;
  const address = fromRsp ? movedAddress(ops, destination, ops.constant(64, w / 8)) : ops.linearAddress(destination);
  ops.store(w, address, value);
  dropStack(ops, rsp, w / 8);
}

/** The image has RF and VM clear. */
function pushf<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const image = ops.and(64, ops.rflags(), ops.constant(64, 0xfc_ffff));
  pushValue(ops, w, resize(ops, 64, w, image));
}

function popf<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const rsp = ops.gpr(64, Gpr.rsp);
  const popped = ops.zeroExtend(w, 64, ops.load(w, rsp));
  const mask = w === 16 ? POPF_BITS : POPF_BITS_64;
  const kept = ops.and(64, ops.rflags(), ops.constant(64, ~BigInt(mask)));
  dropStack(ops, rsp, w / 8);
  ops.setRflags(ops.or(64, kept, ops.and(64, popped, ops.constant(64, mask))));
}

/** enter size, level: pushes rbp, copies level - 1 outer frame pointers and the new one, makes room that must be writable. */
function enter<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const level = Number((operand(instruction, 1) as ImmediateOperand).value) & 31;
  const rbp = ops.gpr(64, Gpr.rbp);
  const rsp = ops.gpr(64, Gpr.rsp);
  const step = w / 8;
  const below = (base: V, slots: number) => ops.sub(64, base, ops.constant(64, slots * step));
  const frame = below(rsp, 1);
  ops.store(w, frame, resize(ops, 64, w, rbp));
  for (let i = 1; i < level; i++) ops.store(w, below(frame, i), ops.load(w, below(rbp, i)));
  if (level > 0) ops.store(w, below(frame, level), resize(ops, 64, w, frame));
  const size = ops.zeroExtend(16, 64, ops.read(operand(instruction, 0)));
  const top = ops.sub(64, below(frame, level), size);
  ops.loadForUpdate(w, top);
  ops.setGpr(w, Gpr.rbp, resize(ops, 64, w, frame));
  ops.setGpr(64, Gpr.rsp, top);
}

function leave<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const frame = ops.gpr(64, Gpr.rbp);
  const saved = ops.load(w, frame);
  dropStack(ops, frame, w / 8);
  ops.setGpr(w, Gpr.rbp, saved);
}

export const stack: Definitions = {
  push: define(push),
  pop: define(pop),
  pushf: define(pushf, { flagsRead: ALL_FLAGS, evaluateOnly: true }),
  popf: define(popf, { flagsRead: ALL_FLAGS, flagsWritten: ALL_FLAGS, evaluateOnly: true }),
  enter: define(enter, { evaluateOnly: true }),
  leave: define(leave),
};
