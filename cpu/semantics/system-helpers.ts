/** Helpers of system.ts and moves.ts: time stamp, segment selectors, software interrupts. */
import { Trap } from '../engine.ts';
import { Gpr, State } from '../state-layout.ts';
import { OperandKind, type ImmediateOperand, type Instruction, type RegisterOperand } from '../x86/instruction.ts';
import { operand } from './definition.ts';
import type { HelperMachine } from './helpers.ts';
import { Selector } from './system.ts';

export function rdtsc(machine: HelperMachine): void {
  if (machine.state.hidesTimeStamp) machine.raise(Trap.GeneralProtection);
  const ticks = machine.timestamp();
  machine.state.gpr[Gpr.rax] = ticks & 0xffff_ffffn;
  machine.state.gpr[Gpr.rdx] = (ticks >> 32n) & 0xffff_ffffn;
}

/** IA32_TSC_AUX, as Linux sets it, is the number of the processor: there is one. */
export function rdtscp(machine: HelperMachine): void {
  rdtsc(machine);
  machine.state.gpr[Gpr.rcx] = 0n;
}

/** Non-canonical bases are refused. */
const CANONICAL_BITS = 48;

/** rdfsbase, rdgsbase, wrfsbase, wrgsbase. Source: SDM vol. 2. */
export function segmentBase(machine: HelperMachine, { mnemonic, operands }: Instruction): void {
  const register = operands[0] as RegisterOperand;
  const index = (mnemonic.endsWith('fsbase') ? State.fsBase : State.gsBase) / 8;
  const { gpr } = machine.state;
  if (mnemonic.startsWith('rd')) return machine.write(register, BigInt.asUintN(register.width, gpr[index]!));
  const base = machine.read(register);
  if (BigInt.asUintN(64, BigInt.asIntN(CANONICAL_BITS, base)) !== base) machine.raise(Trap.GeneralProtection);
  gpr[index] = base;
}

/** rdrand, rdseed: there is always a number, CF = 1. */
export function random(machine: HelperMachine, instruction: Instruction): void {
  const register = operand(instruction, 0) as RegisterOperand;
  const [number] = crypto.getRandomValues(new BigUint64Array(1));
  machine.write(register, BigInt.asUintN(register.width, number!));
  const clear = () => 0n;
  machine.setFlags({ c: () => 1n, o: clear, s: clear, z: clear, a: clear, p: clear });
}

/** IA32_TSC_AUX: see rdtscp. */
export function rdpid(machine: HelperMachine, instruction: Instruction): void {
  machine.write(operand(instruction, 0), 0n);
}

/** What each segment register reads as, by its number: es cs ss ds fs gs. */
const SELECTORS: readonly number[] = [0, Selector.code, Selector.data, 0, 0, 0];
const SS = 2;

/** mov r/m, sreg: a register destination is zero-extended to the operand size, memory takes 16 bits. */
export function storeSegment(machine: HelperMachine, instruction: Instruction): void {
  const source = operand(instruction, 1) as RegisterOperand;
  machine.write(operand(instruction, 0), BigInt(SELECTORS[source.index]!));
}

/** mov sreg, r/m: null or the data segment; ss takes the data segment only. The bases of fs and gs stay. */
export function loadSegment(machine: HelperMachine, instruction: Instruction): void {
  const selector = Number(machine.read(operand(instruction, 1)) & 0xffffn);
  const isNull = (selector & 0xfffc) === 0;
  const destination = operand(instruction, 0) as RegisterOperand;
  const allowed = selector === Selector.data || (isNull && destination.index !== SS);
  if (!allowed) machine.raise(Trap.GeneralProtection);
}

/** int n: trapAddress tells the kernel the vector. */
export function softwareInterrupt(machine: HelperMachine, instruction: Instruction): void {
  const vector = operand(instruction, 0);
  if (vector.kind !== OperandKind.Immediate) throw new Error('int without a vector');
  machine.state.trapAddress = Number((vector as ImmediateOperand).value & 0xffn);
  machine.raise(Trap.SoftwareInterrupt);
}
