/**
 * String instructions: movs stos lods scas cmps. Source: SDM vol. 2, and REP/REPE/REPNE.
 *
 * A repeated one does one iteration and jumps to itself, so that a fault or preemption in the middle is just another
 * instruction boundary: rsi, rdi and rcx stand for the iterations done.
 */
import { Gpr } from '../state-layout.ts';
import { Repeat, type Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, Control, define, operand, type Definition, type Definitions } from './definition.ts';
import { subFlags } from './flags.ts';
import type { Ops, Semantics, Width } from './ops.ts';

/** One iteration. Gives the condition under which a repeated scan goes on, undefined for those that only count. */
type Iteration = <V>(ops: Ops<V>, instruction: Instruction) => V | undefined;

function advance<V>(ops: Ops<V>, instruction: Instruction, registers: readonly number[]): void {
  const w = instruction.addressWidth;
  const bytes = instruction.width / 8;
  const step = ops.select(w, ops.directionFlag(), ops.constant(w, -bytes), ops.constant(w, bytes));
  for (const register of registers) ops.setGpr(w, register, ops.add(w, ops.gpr(w, register), step));
}

function movs<V>(ops: Ops<V>, instruction: Instruction): undefined {
  ops.write(operand(instruction, 0), ops.read(operand(instruction, 1)));
  advance(ops, instruction, [Gpr.rsi, Gpr.rdi]);
}

function stos<V>(ops: Ops<V>, instruction: Instruction): undefined {
  ops.write(operand(instruction, 0), ops.read(operand(instruction, 1)));
  advance(ops, instruction, [Gpr.rdi]);
}

function lods<V>(ops: Ops<V>, instruction: Instruction): undefined {
  ops.write(operand(instruction, 0), ops.read(operand(instruction, 1)));
  advance(ops, instruction, [Gpr.rsi]);
}

function compare(registers: readonly number[]): Iteration {
  return <V>(ops: Ops<V>, instruction: Instruction): V => {
    const w = instruction.width as Width;
    // Processors look at [rdi] first, which shows when both fault.
    const b = ops.read(operand(instruction, 1));
    const a = ops.read(operand(instruction, 0));
    advance(ops, instruction, registers);
    ops.setFlags(subFlags(ops, w, a, b, ops.sub(w, a, b)));
    return instruction.repeat === Repeat.Repne ? ops.ne(w, a, b) : ops.eq(w, a, b);
  };
}

function repeated(iteration: Iteration, bulk: 'bulk' | 'single'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    if (instruction.repeat === Repeat.None) {
      iteration(ops, instruction);
      return;
    }
    const w = instruction.addressWidth;
    ops.when(ops.ne(w, ops.gpr(w, Gpr.rcx), ops.constant(w, 0)), () => {
      if (bulk === 'bulk') ops.bulk(instruction);
      const goesOn = iteration(ops, instruction);
      const left = ops.sub(w, ops.gpr(w, Gpr.rcx), ops.constant(w, 1));
      ops.setGpr(w, Gpr.rcx, left);
      const more = ops.ne(w, left, ops.constant(w, 0));
      ops.branch(goesOn === undefined ? more : ops.and(32, more, goesOn), ops.here());
    });
  };
}

function isRepeated(instruction: Instruction): boolean {
  return instruction.repeat !== Repeat.None;
}

function string(semantics: Semantics, flags: number): Definition {
  return define(semantics, {
    flagsWritten: (instruction) => (isRepeated(instruction) ? 0 : flags),
    flagsMaybeWritten: (instruction) => (isRepeated(instruction) ? flags : 0),
    control: (instruction) => (isRepeated(instruction) ? Control.Repeat : Control.Next),
  });
}

export const strings: Definitions = {
  movs: string(repeated(movs, 'bulk'), 0),
  stos: string(repeated(stos, 'bulk'), 0),
  lods: string(repeated(lods, 'single'), 0),
  scas: string(repeated(compare([Gpr.rdi]), 'single'), ALL_FLAGS),
  cmps: string(repeated(compare([Gpr.rsi, Gpr.rdi]), 'single'), ALL_FLAGS),
};
