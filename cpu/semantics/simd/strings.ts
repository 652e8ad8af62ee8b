/**
 * SSE4.2 string comparison: pcmpestri, pcmpestrm, pcmpistri, pcmpistrm, as a host helper. Source: SDM vol. 1, 12.10 (4.1 of vol. 2: imm8 control byte).
 */
import { Gpr, Rflags } from '../../state-layout.ts';
import { RegisterClass, type ImmediateOperand, type Instruction } from '../../x86/instruction.ts';
import { registerOperand } from '../../x86/registers.ts';
import { ALL_FLAGS, define, operand, type Definitions } from '../definition.ts';
import type { HelperMachine } from '../helpers.ts';
import type { Ops } from '../ops.ts';

const Aggregation = { Any: 0, Ranges: 1, Each: 2, Ordered: 3 } as const;
const ARITHMETIC_FLAGS = Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.OF;

interface Text {
  readonly elements: readonly number[];
  /** Valid elements: up to the terminator or the explicit length. */
  readonly length: number;
}

/** Elements by imm[1:0]: bytes or words, unsigned or signed. */
function elementsOf(vector: bigint, control: number): number[] {
  const bits = control & 1 ? 16 : 8;
  const cut = control & 2 ? BigInt.asIntN : BigInt.asUintN;
  return Array.from({ length: 128 / bits }, (_, index) => Number(cut(bits, vector >> BigInt(index * bits))));
}

function implicitText(vector: bigint, control: number): Text {
  const elements = elementsOf(vector, control);
  const end = elements.indexOf(0);
  return { elements, length: end < 0 ? elements.length : end };
}

/** The length register's absolute value, at most the number of elements. */
function explicitText(vector: bigint, control: number, length: bigint): Text {
  const elements = elementsOf(vector, control);
  const absolute = length < 0n ? -length : length;
  return { elements, length: absolute > BigInt(elements.length) ? elements.length : Number(absolute) };
}

/** Bit j: what element j of the second text is to the first. Comparisons with invalid elements are overridden: SDM table 4-7. */
function aggregate(kind: number, first: Text, second: Text): boolean[] {
  const { elements: set } = first;
  return second.elements.map((element, j) => {
    switch (kind) {
      case Aggregation.Any:
        return j < second.length && set.slice(0, first.length).includes(element);
      case Aggregation.Ranges:
        return j < second.length && inRanges(set, first.length, element);
      case Aggregation.Each:
        if (j < first.length && j < second.length) return set[j] === element;
        return j >= first.length && j >= second.length;
      default:
        return startsAt(first, second, j);
    }
  });
}

/** Pairs of bounds; a pair without its upper bound is none. */
function inRanges(bounds: readonly number[], length: number, element: number): boolean {
  for (let i = 0; i + 1 < length; i += 2) if (bounds[i]! <= element && element <= bounds[i + 1]!) return true;
  return false;
}

/** The first text, as far as the vector reaches, is at position j of the second. */
function startsAt(first: Text, second: Text, j: number): boolean {
  for (let i = 0; i < first.length && i + j < second.elements.length; i++)
    if (i + j >= second.length || first.elements[i] !== second.elements[i + j]) return false;
  return true;
}

/** imm[5:4]: 1 negates all, 3 the valid ones of the second text. */
function polarized(bits: boolean[], control: number, second: Text): boolean[] {
  const polarity = (control >> 4) & 3;
  return bits.map((bit, j) => (polarity === 1 || (polarity === 3 && j < second.length) ? !bit : bit));
}

function compareTexts(machine: HelperMachine, instruction: Instruction, first: Text, second: Text): void {
  const control = controlOf(instruction);
  const bits = polarized(aggregate((control >> 2) & 3, first, second), control, second);
  if (instruction.mnemonic.includes('stri')) writeIndex(machine, bits, control);
  else writeMask(machine, bits, control);
  const { state } = machine;
  let flags = state.rflags & ~ARITHMETIC_FLAGS;
  if (bits.includes(true)) flags |= Rflags.CF;
  if (second.length < second.elements.length) flags |= Rflags.ZF;
  if (first.length < first.elements.length) flags |= Rflags.SF;
  if (bits[0]) flags |= Rflags.OF;
  state.rflags = flags;
}

/** ecx: the lowest or (imm[6]) highest bit set, or the number of elements. */
function writeIndex(machine: HelperMachine, bits: readonly boolean[], control: number): void {
  const found = control & 0x40 ? bits.lastIndexOf(true) : bits.indexOf(true);
  machine.setGpr(32, Gpr.rcx, BigInt(found < 0 ? bits.length : found));
}

/** xmm0: the bits, or (imm[6]) each widened to its element. */
function writeMask(machine: HelperMachine, bits: readonly boolean[], control: number): void {
  const width = control & 0x40 ? 128 / bits.length : 1;
  const ones = (1n << BigInt(width)) - 1n;
  const mask = bits.reduceRight((joined, bit) => (joined << BigInt(width)) | (bit ? ones : 0n), 0n);
  machine.write(registerOperand(RegisterClass.Xmm, 0), mask);
}

function controlOf(instruction: Instruction): number {
  return Number((operand(instruction, 2) as ImmediateOperand).value) & 0xff;
}

/** Memory operands need no alignment. The 64 at the end of a mnemonic is REX.W: lengths are rax and rdx. */
export function compareStrings(machine: HelperMachine, instruction: Instruction): void {
  const control = controlOf(instruction);
  const second = machine.read(operand(instruction, 1));
  const first = machine.read(operand(instruction, 0));
  if (instruction.mnemonic.startsWith('pcmpi'))
    return compareTexts(machine, instruction, implicitText(first, control), implicitText(second, control));
  const w = instruction.mnemonic.endsWith('64') ? 64 : 32;
  const length = (register: number) => BigInt.asIntN(w, machine.state.gpr[register]!);
  const firstText = explicitText(first, control, length(Gpr.rax));
  compareTexts(machine, instruction, firstText, explicitText(second, control, length(Gpr.rdx)));
}

const semantics = <V>(ops: Ops<V>, instruction: Instruction): void => ops.helper('compareStrings', instruction);
const definition = define(semantics, { flagsWritten: ALL_FLAGS, evaluateOnly: true });

export const stringComparisons: Definitions = {
  pcmpestri: definition,
  pcmpestri64: definition,
  pcmpestrm: definition,
  pcmpestrm64: definition,
  // In line, of bytes: string-index.ts.
  pcmpistri: { ...definition, evaluateOnly: false },
  pcmpistrm: definition,
};
