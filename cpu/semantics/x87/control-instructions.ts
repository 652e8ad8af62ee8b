/** x87 control: control and status word, environment, whole state. Source: SDM vol. 1, 8.1.10 and figures 8-9 to 8-12. */
import { State } from '../../state-layout.ts';
import type { Instruction } from '../../x86/instruction.ts';
import type { HelperMachine } from '../helpers.ts';
import type { X87 } from './arithmetic-instructions.ts';
import { decode, encode } from './float80.ts';
import type { Fpu } from './fpu.ts';
import { memoryOperand } from './operands.ts';

const ALL_MASKED = 0x3f;
const REGISTER_BYTES = 80;

/** Environments have seven words of 32 bits, or of 16 with an operand-size prefix. */
function wordBytes(instruction: Instruction): 2 | 4 {
  return instruction.width === 16 ? 2 : 4;
}

/** Upper halves of 32-bit words without a meaning are ones; selectors are 0. */
function environment(fpu: Fpu, size: 2 | 4): Uint8Array {
  const bytes = new Uint8Array(7 * size);
  const view = new DataView(bytes.buffer);
  const { view: state } = fpu.state;
  const put = (index: number, value: number, upper: number) =>
    size === 2 ? view.setUint16(index * 2, value, true) : view.setUint32(index * 4, (upper << 16) | value, true);
  put(0, fpu.fcw, 0xffff);
  put(1, fpu.fsw, 0xffff);
  put(2, fpu.fullTags(), 0xffff);
  const fop = state.getUint16(State.fop, true);
  put(3, state.getUint16(State.fip, true), state.getUint16(State.fip + 2, true));
  put(4, 0, fop);
  put(5, state.getUint16(State.fdp, true), state.getUint16(State.fdp + 2, true));
  put(6, 0, 0xffff);
  return bytes;
}

function loadEnvironment(fpu: Fpu, bytes: Uint8Array, size: 2 | 4): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number) => view.getUint16(index * size, true);
  const whole = (index: number) => (size === 2 ? word(index) : view.getUint32(index * 4, true));
  const { view: state } = fpu.state;
  fpu.loadFullTags(word(2));
  fpu.fcw = word(0);
  fpu.loadStatus(word(1));
  state.setBigUint64(State.fip, BigInt(whole(3)), true);
  state.setBigUint64(State.fdp, BigInt(whole(5)), true);
  state.setUint16(State.fop, size === 2 ? 0 : view.getUint16(18, true) & 0x7ff, true);
}

/** Of an image in two pages the last byte is touched right after the first, which shows in the fault address. */
function loadImage(machine: HelperMachine, instruction: Instruction, length: number): Uint8Array {
  const address = machine.linearAddress(memoryOperand(instruction));
  machine.load(8, address);
  machine.load(8, BigInt.asUintN(64, address + BigInt(length - 1)));
  return machine.loadBytes(address, length);
}

function storeImage(machine: HelperMachine, instruction: Instruction, image: Uint8Array): void {
  const address = machine.linearAddress(memoryOperand(instruction));
  machine.loadForUpdate(8, address);
  machine.loadForUpdate(8, BigInt.asUintN(64, address + BigInt(image.length - 1)));
  machine.storeBytes(address, image);
}

function fnstenv(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  storeImage(machine, instruction, environment(fpu, wordBytes(instruction)));
  fpu.fcw |= ALL_MASKED;
}

function fldenv(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  const size = wordBytes(instruction);
  const bytes = loadImage(machine, instruction, 7 * size);
  loadEnvironment(fpu, bytes, size);
}

/** The environment and then the registers from ST(0) on; then as after fninit. */
function fnsave(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  const header = environment(fpu, wordBytes(instruction));
  const bytes = new Uint8Array(header.length + REGISTER_BYTES);
  bytes.set(header);
  for (let i = 0; i < 8; i++) bytes.set(encode(fpu.get(i)), header.length + 10 * i);
  storeImage(machine, instruction, bytes);
  fpu.initialize();
}

function frstor(fpu: Fpu, instruction: Instruction, machine: HelperMachine): void {
  const size = wordBytes(instruction);
  const header = 7 * size;
  const bytes = loadImage(machine, instruction, header + REGISTER_BYTES);
  loadEnvironment(fpu, bytes.subarray(0, header), size);
  const { tags } = fpu;
  for (let i = 0; i < 8; i++) fpu.set(i, decode(bytes.subarray(header + 10 * i, header + 10 * i + 10)));
  fpu.tags = tags;
}

const nothing: X87 = () => undefined;

export const controlInstructions: Readonly<Record<string, X87>> = {
  fldcw: (fpu, instruction, machine) => {
    fpu.fcw = Number(machine.read(instruction.operands[0]!));
  },
  fnclex: (fpu) => fpu.clearExceptions(),
  fninit: (fpu) => fpu.initialize(),
  fnstenv,
  fldenv,
  fnsave,
  frstor,
  fneni: nothing,
  fndisi: nothing,
  fnsetpm: nothing,
};

/** Control instructions that do not look for a pending exception first. */
export const NON_WAITING: ReadonlySet<string> = new Set('fnclex fninit fnstenv fnsave fneni fndisi fnsetpm'.split(' '));
