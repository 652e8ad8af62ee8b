/** The x87 instructions as one host helper, exact in every case, and their definitions for the table, which know a quick way for the usual ones. */
import { Trap } from '../../engine.ts';
import { State } from '../../state-layout.ts';
import type { Instruction } from '../../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definition, type Definitions } from '../definition.ts';
import type { HelperMachine } from '../helpers.ts';
import { Flag, type Semantics } from '../ops.ts';
import { arithmeticInstructions, type X87 } from './arithmetic-instructions.ts';
import { NON_WAITING, controlInstructions } from './control-instructions.ts';
import { Fpu } from './fpu.ts';
import { isMemory } from './operands.ts';
import { quickSemantics } from './quick/definitions.ts';
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

function definitionOf(mnemonic: string): Definition {
  const quick = quickSemantics[mnemonic];
  const semantics: Semantics =
    quick === undefined
      ? (ops, instruction) => ops.helper('x87', instruction)
      : (ops, instruction) => {
          if (!ops.preferHelper('x87', instruction)) quick(ops, instruction);
        };
  const evaluateOnly = quick === undefined;
  if (/^fu?comip?$/.test(mnemonic)) return define(semantics, { evaluateOnly, flagsMaybeWritten: ALL_FLAGS });
  const flagsRead = mnemonic.startsWith('fcmov') ? Flag.C | Flag.Z | Flag.P : 0;
  return define(semantics, { evaluateOnly, flagsRead });
}

/** No exception is looked for first, none is raised. */
function storingWord(word: 'fcw' | 'fsw'): Definition {
  return define((ops, instruction) => ops.write(operand(instruction, 0), ops.stateWord(word)));
}

export const x87Definitions: Definitions = {
  ...Object.fromEntries([...instructions.keys()].map((mnemonic) => [mnemonic, definitionOf(mnemonic)])),
  fnstcw: storingWord('fcw'),
  fnstsw: storingWord('fsw'),
};
