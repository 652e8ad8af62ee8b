/**
 * Targets of a switch, read from its jump table. Only a guess at where the jump will go: the code made from it compares the
 * real target, so a wrong table costs space and nothing else.
 *
 * Two shapes: `jmp [table + index*8]` (or the load before it) with absolute entries, the table's address given or in a register, and the
 * position-independent `lea base, [rip+table]; movsxd reg, [base + index*4]; add reg, base; jmp reg`. And the jump through one variable, `jmp [rip+place]`,
 * as in a procedure linkage table.
 */
import { NO_REGISTER, OperandKind, RegisterClass, type Instruction, type MemoryOperand } from '../x86/instruction.ts';
import type { CodeSource } from './translator.ts';

/** The load from the table is among this many instructions before the jump. */
const NEAR = 8;
const MAX_ENTRIES = 512;
/** Targets are this near to the jump. */
const MAX_DISTANCE = 0x8000;

/** What the general registers hold where the region is entered. */
export type RegisterValues = (register: number) => number;

/** `before`: instructions before the jump, the nearest last. */
export function jumpTable(
  jump: Instruction,
  before: readonly Instruction[],
  source: CodeSource,
  registers: RegisterValues,
): readonly number[] {
  const place = jump.operands[0];
  const baseOf = ({ base }: MemoryOperand, i: number): number =>
    base === NO_REGISTER ? 0 : (addressIn(base, before.slice(0, i)) ?? registers(base));
  const variable = linkage(jump);
  if (variable !== undefined) return pointer(variable, source);
  if (place?.kind === OperandKind.Memory)
    return absoluteTable(place, baseOf(place, before.length), jump.address, source);
  for (let i = before.length - 1; i >= Math.max(0, before.length - NEAR); i--) {
    const memory = before[i]!.operands[1];
    if (memory?.kind !== OperandKind.Memory || memory.index === NO_REGISTER) continue;
    const base = baseOf(memory, i);
    if (memory.width === 64) return absoluteTable(memory, base, jump.address, source);
    if (memory.width === 32 && memory.scaleShift === 2) {
      return relativeTable(base + memory.displacement, base, jump.address, source);
    }
  }
  return [];
}

/** Where a jump through a variable finds its target: the variable's address. */
export function linkage({ operands: [place] }: Instruction): number | undefined {
  return place?.kind === OperandKind.Memory && place.ripRelative && place.segment === NO_REGISTER
    ? place.displacement
    : undefined;
}

function pointer(place: number, source: CodeSource): number[] {
  const bytes = source.data(place, 8);
  return bytes ? [Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))] : [];
}

/** The address that the last `lea` put into a register; undefined when something else set it last, or nothing did. */
function addressIn(register: number, before: readonly Instruction[]): number | undefined {
  for (let i = before.length - 1; i >= 0; i--) {
    const { mnemonic, operands } = before[i]!;
    const [destination, place] = operands;
    if (destination?.kind !== OperandKind.Register || destination.index !== register || !isGeneral(destination.class))
      continue;
    if (mnemonic === 'cmp' || mnemonic === 'test') continue;
    return mnemonic === 'lea' && place?.kind === OperandKind.Memory && place.ripRelative
      ? place.displacement
      : undefined;
  }
  return undefined;
}

function isGeneral(registerClass: RegisterClass): boolean {
  return registerClass <= RegisterClass.Gpr64;
}

function absoluteTable(place: MemoryOperand, base: number, jump: number, source: CodeSource): number[] {
  if (place.index === NO_REGISTER || place.scaleShift !== 3) return [];
  return entries(base + place.displacement, 8, jump, source, (view, offset) => Number(view.getBigUint64(offset, true)));
}

function relativeTable(table: number, base: number, jump: number, source: CodeSource): number[] {
  return entries(table, 4, jump, source, (view, offset) => base + view.getInt32(offset, true));
}

function entries(
  table: number,
  size: number,
  jump: number,
  source: CodeSource,
  read: (view: DataView, offset: number) => number,
): number[] {
  const targets = new Set<number>();
  for (let i = 0; i < MAX_ENTRIES; i++) {
    const bytes = source.data(table + i * size, size);
    if (!bytes) break;
    const target = read(new DataView(bytes.buffer, bytes.byteOffset, size), 0);
    if (Math.abs(target - jump) > MAX_DISTANCE) break;
    targets.add(target);
  }
  return [...targets];
}
