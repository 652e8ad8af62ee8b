/** Bitwise operations: and or xor not test. Source: SDM vol. 2. */
import type { Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { logicFlags } from './flags.ts';
import { Flag, type Ops, type Semantics, type Width } from './ops.ts';

function bitwise(operation: 'and' | 'or' | 'xor'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const a = ops.readForUpdate(operand(instruction, 0));
    const result = ops[operation](w, a, ops.read(operand(instruction, 1)));
    ops.write(operand(instruction, 0), result);
    ops.setFlags(logicFlags(ops, w, result));
  };
}

function test<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const a = ops.read(operand(instruction, 0));
  const b = ops.read(operand(instruction, 1));
  ops.setFlags({ ...logicFlags(ops, w, ops.and(w, a, b)), hint: { kind: 'and', width: w, a, b } });
}

function not<V>(ops: Ops<V>, instruction: Instruction): void {
  const destination = operand(instruction, 0);
  ops.write(destination, ops.not(instruction.width as Width, ops.readForUpdate(destination)));
}

const flags = { flagsWritten: ALL_FLAGS, flagsUndefined: Flag.A };

export const logic: Definitions = {
  and: define(bitwise('and'), flags),
  or: define(bitwise('or'), flags),
  xor: define(bitwise('xor'), flags),
  test: define(test, flags),
  not: define(not),
};
