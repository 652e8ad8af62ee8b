/** The x87 instructions as one host helper, and their definitions for the table. */
import { Trap } from '../../engine.ts';
import { State } from '../../state-layout.ts';
import type { Instruction } from '../../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definition, type Definitions } from '../definition.ts';
import type { HelperMachine } from '../helpers.ts';
import { Flag, type Ops } from '../ops.ts';
import { arithmeticInstructions, type X87 } from './arithmetic-instructions.ts';
import { NON_WAITING, controlInstructions } from './control-instructions.ts';
import { Fpu } from './fpu.ts';
import { isMemory } from './operands.ts';
import { transferInstructions } from './transfer-instructions.ts';

const instructions: ReadonlyMap<string, X87> = new Map(
  Object.entries({ ...arithmeticInstructions, ...transferInstructions, ...controlInstructions }),
);

/** An unmasked exception of an earlier instruction is reported by the next waiting one, before it does anything. */
export function x87(machine: HelperMachine, instruction: Instruction): void {
  const run = instructions.get(instruction.mnemonic);
  if (run === undefined) throw new Error(`not an x87 instruction: ${instruction.mnemonic}`);
  const fpu = new Fpu(machine.state);
  if (fpu.pending && !NON_WAITING.has(instruction.mnemonic)) machine.raise(Trap.FloatingPoint);
  run(fpu, instruction, machine);
  if (!(instruction.mnemonic in controlInstructions)) notePointers(machine, instruction);
}

/** FIP and FDP of the last instruction that was not a control instruction. */
function notePointers(machine: HelperMachine, instruction: Instruction): void {
  if (instruction.mnemonic === 'fwait') return;
  const { view } = machine.state;
  view.setBigUint64(State.fip, BigInt(instruction.address), true);
  const memory = instruction.operands.find(isMemory);
  if (memory) view.setBigUint64(State.fdp, machine.linearAddress(memory), true);
}

function semantics<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.helper('x87', instruction);
}

const plain = define(semantics, { evaluateOnly: true });
const toFlags = define(semantics, { evaluateOnly: true, flagsMaybeWritten: ALL_FLAGS });
const conditional = define(semantics, { evaluateOnly: true, flagsRead: Flag.C | Flag.Z | Flag.P });

function definitionOf(mnemonic: string): Definition {
  if (/^fu?comip?$/.test(mnemonic)) return toFlags;
  return mnemonic.startsWith('fcmov') ? conditional : plain;
}

/** Not a helper: C libraries ask for the rounding mode in every conversion of text to a number. */
function storeControl<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.write(operand(instruction, 0), ops.controlWord('x87'));
}

export const x87Definitions: Definitions = {
  ...Object.fromEntries([...instructions.keys()].map((mnemonic) => [mnemonic, definitionOf(mnemonic)])),
  fnstcw: define(storeControl),
};
