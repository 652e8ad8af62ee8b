/** ldmxcsr and stmxcsr. Source: SDM vol. 1, 10.2.3. */
import { Trap } from '../../engine.ts';
import { State } from '../../state-layout.ts';
import type { Instruction } from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import { MXCSR_MASK } from '../fxsave.ts';
import type { HelperMachine } from '../helpers.ts';

export function loadMxcsr(machine: HelperMachine, instruction: Instruction): void {
  const value = Number(machine.read(operand(instruction, 0)));
  if (value & ~MXCSR_MASK) machine.raise(Trap.GeneralProtection);
  machine.state.view.setUint32(State.mxcsr, value, true);
  machine.state.watchExceptions();
}

export const mxcsrAccess: Definitions = {
  ldmxcsr: define((ops, instruction) => ops.helper('loadMxcsr', instruction), { evaluateOnly: true }),
  stmxcsr: define((ops, instruction) => ops.write(operand(instruction, 0), ops.stateWord('mxcsr'))),
};
