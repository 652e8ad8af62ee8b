/** Machine code as text: address, bytes, Intel syntax, with the names of the places that it refers to. */
import { guestAddress } from '../../cpu/address.ts';
import { decode } from '../../cpu/x86/decode.ts';
import { format } from '../../cpu/x86/format.ts';
import { OperandKind, type Instruction } from '../../cpu/x86/instruction.ts';
import type { NamedPlace } from './symbol-table.ts';

/** What lies at an address of the program. */
export type Namer = (address: number) => NamedPlace | undefined;

/** Columns for the bytes of an instruction; longer ones take what they need. */
const BYTES_WIDTH = 8 * 3;

/** `main`, `main+0x12`, or undefined. */
export function nameOf(namer: Namer, address: number): string | undefined {
  const place = namer(address);
  if (place === undefined) return undefined;
  return address === place.start ? place.name : `${place.name}+0x${(address - place.start).toString(16)}`;
}

export function hexadecimal(address: number): string {
  return address.toString(16);
}

/** The instruction, and what it refers to. */
export function describe(instruction: Instruction, namer: Namer): string {
  const target = targetOf(instruction);
  const name = target === undefined ? undefined : nameOf(namer, target);
  if (name === undefined) return format(instruction);
  return isBranch(instruction) ? `${format(instruction)} <${name}>` : `${format(instruction)}  # <${name}>`;
}

function isBranch({ operands }: Instruction): boolean {
  return operands.some(({ kind }) => kind === OperandKind.Relative);
}

/** A branch's target, or the place that it reads or writes relative to itself. */
function targetOf({ operands }: Instruction): number | undefined {
  for (const operand of operands) {
    if (operand.kind === OperandKind.Relative) return operand.target;
    if (operand.kind === OperandKind.Memory && operand.ripRelative) return operand.displacement;
  }
  return undefined;
}

/** One instruction as a line. */
export function listingLine(instruction: Instruction, bytes: Uint8Array, namer: Namer): string {
  return line(instruction.address, bytes, describe(instruction, namer));
}

function line(address: number, bytes: Uint8Array, text: string): string {
  const shown = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `${hexadecimal(address).padStart(8)}:  ${shown.padEnd(BYTES_WIDTH)}  ${text}`;
}

/**
 * The lines of a stretch of code, a heading where a symbol begins. Bytes that are no instruction are shown one by one. The last of the
 * `lengthBytes` that are wanted may be in the middle of an instruction, which is shown whole.
 */
export function* listing(
  bytes: Uint8Array,
  address: number,
  namer: Namer,
  lengthBytes = bytes.length,
): Generator<string> {
  for (let at = 0; at < Math.min(lengthBytes, bytes.length);) {
    const place = namer(address + at);
    if (place !== undefined && (place.start === address + at || at === 0)) {
      yield '';
      yield `${hexadecimal(address + at).padStart(16, '0')} <${nameOf(namer, address + at)}>:`;
    }
    const instruction = decode(bytes, at, guestAddress(address + at));
    const length = typeof instruction === 'number' ? 1 : instruction.length;
    const own = bytes.subarray(at, at + length);
    yield typeof instruction === 'number' ? line(address + at, own, '(bad)') : listingLine(instruction, own, namer);
    at += length;
  }
}
