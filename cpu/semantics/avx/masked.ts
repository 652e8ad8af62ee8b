/** Masked moves and gathers: memory is touched only where the mask has a sign bit. Host helpers. Source: SDM vol. 2. */
import { OperandKind, type Instruction, type MemoryOperand, type Operand } from '../../x86/instruction.ts';
import { define, operand, type Definition, type Definitions } from '../definition.ts';
import type { HelperMachine } from '../helpers.ts';
import { isWide } from './halves.ts';

function readAll(machine: HelperMachine, source: Operand): bigint {
  return machine.read(source) | (machine.readHigh(source) << 128n);
}

/** All 256 bits. */
function writeAll(machine: HelperMachine, destination: Operand, value: bigint): void {
  machine.write(destination, BigInt.asUintN(128, value));
  machine.writeHigh(destination, value >> 128n);
}

function element(w: number, from: bigint, index: number): bigint {
  return BigInt.asUintN(w, from >> BigInt(w * index));
}

function withElement(w: number, into: bigint, index: number, value: bigint): bigint {
  const at = BigInt(w * index);
  const ones = (1n << BigInt(w)) - 1n;
  return (into & ~(ones << at)) | (value << at);
}

function isChosen(w: number, mask: bigint, index: number): boolean {
  return element(w, mask, index) >> BigInt(w - 1) === 1n;
}

function elementWidth({ mnemonic }: Instruction): 32 | 64 {
  return mnemonic === 'vmaskmovps' || mnemonic === 'vpmaskmovd' ? 32 : 64;
}

/** Elements that are not chosen load as zero; a store leaves them alone. */
export function maskedMove(machine: HelperMachine, instruction: Instruction): void {
  const [destination, , source] = instruction.operands as [Operand, Operand, Operand];
  const w = elementWidth(instruction);
  const mask = readAll(machine, operand(instruction, 1));
  const count = (isWide(instruction) ? 256 : 128) / w;
  const chosen = Array.from({ length: count }, (_, index) => index).filter((index) => isChosen(w, mask, index));
  if (destination.kind === OperandKind.Memory) return store(machine, destination, readAll(machine, source), w, chosen);
  const address = machine.linearAddress(source);
  let value = 0n;
  for (const index of chosen) value = withElement(w, value, index, machine.load(w, elementAddress(address, w, index)));
  writeAll(machine, destination, value);
}

function elementAddress(address: bigint, w: number, index: number): bigint {
  return BigInt.asUintN(64, address + BigInt((index * w) / 8));
}

/** Everything is checked before the first element is stored. */
function store(machine: HelperMachine, place: Operand, value: bigint, w: 32 | 64, chosen: readonly number[]): void {
  const address = machine.linearAddress(place);
  for (const index of chosen) machine.probeBytes(elementAddress(address, w, index), w / 8);
  for (const index of chosen) machine.store(w, elementAddress(address, w, index), element(w, value, index));
}

/**
 * Elements from base + index * scale. Each element that is done takes its bit out of the mask at once: after a fault the instruction goes
 * on where it was.
 */
export function gather(machine: HelperMachine, instruction: Instruction): void {
  const [destination, place, indexes, mask] = instruction.operands as [Operand, MemoryOperand, Operand, Operand];
  const w = place.width as 32 | 64;
  const indexWidth = instruction.mnemonic.includes('gatherd') ? 32 : 64;
  const width = Math.min(registerWidth(destination), (registerWidth(indexes) * w) / indexWidth);
  const base = machine.effectiveAddress(place);
  const segmentBase = machine.state.gpr[place.segment]!;
  const index = readAll(machine, indexes);
  let done = readAll(machine, destination);
  let left = readAll(machine, mask);
  for (let at = 0; at < width / w; at++) {
    if (isChosen(w, left, at)) {
      const offset = BigInt.asIntN(indexWidth, element(indexWidth, index, at)) << BigInt(place.scaleShift);
      const address = BigInt.asUintN(place.addressWidth, base + offset);
      done = withElement(w, done, at, machine.load(w, BigInt.asUintN(64, address + segmentBase)));
      writeAll(machine, destination, done);
    }
    left = withElement(w, left, at, 0n);
    writeAll(machine, mask, left);
  }
  writeAll(machine, mask, 0n);
  writeAll(machine, destination, BigInt.asUintN(width, done));
}

function registerWidth(register: Operand): number {
  return (register as MemoryOperand).width;
}

const masked: Definition = define((ops, instruction) => ops.helper('maskedMove', instruction), { evaluateOnly: true });
const gathering: Definition = define((ops, instruction) => ops.helper('gather', instruction), { evaluateOnly: true });

export const avxMasked: Definitions = {
  vmaskmovps: masked,
  vmaskmovpd: masked,
  vpmaskmovd: masked,
  vpmaskmovq: masked,
  vpgatherdd: gathering,
  vpgatherdq: gathering,
  vpgatherqd: gathering,
  vpgatherqq: gathering,
  vgatherdps: gathering,
  vgatherdpd: gathering,
  vgatherqps: gathering,
  vgatherqpd: gathering,
};
