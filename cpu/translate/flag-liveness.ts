/** Which flags matter where: in a region's blocks, and past its end. */
import { Control, controlOf, flagSet, ALL_FLAGS } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import { directTarget, type Block, type Decoded, type Region } from './region.ts';
import type { CodeSource } from './translator.ts';

export interface LiveFlags {
  /** Flags that must be in their locals at the block's end to go on in the region. */
  readonly inside: number;
  /** Flags that code outside may read when the region is left at the block's end. */
  readonly outside: number;
}

/** Instructions looked at past the end of a region. */
const HORIZON = 8;

/** By block address. */
export function liveFlags(region: Region, source: CodeSource): Map<number, LiveFlags> {
  const before = new Map<number, number>();
  const after = new Map<number, LiveFlags>();
  const outside = new Map<number, number>();
  const order = [...region.blocks.values()].reverse();
  for (const block of order) outside.set(block.address, flagsOutside(block, source));
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order) {
      const left = outside.get(block.address)!;
      const inside = block.successors.reduce((live, address) => live | (before.get(address) ?? 0), 0);
      after.set(block.address, { inside, outside: left });
      const passed = ASSUMED_DEAD.has(lastOf(block)?.control ?? Control.Next) ? inside : inside | left;
      const into = block.code.reduceRight(throughInstruction, passed);
      if (before.get(block.address) === into) continue;
      before.set(block.address, into);
      changed = true;
    }
  }
  return after;
}

/** Functions called or returned to are taken to read no flags but those that the calling or returning block itself makes. */
const ASSUMED_DEAD: ReadonlySet<Control> = new Set([Control.Call, Control.Return]);

function lastOf(block: Block): Decoded | undefined {
  return block.code[block.code.length - 1];
}

function flagsOutside(block: Block, source: CodeSource): number {
  const last = lastOf(block);
  const target = last && directTarget(last.instruction);
  if (!last?.definition) return ALL_FLAGS;
  const ways: (number | undefined)[] = [];
  switch (last.control) {
    case Control.Next:
      ways.push(block.end);
      break;
    case Control.Branch:
      ways.push(block.end, target);
      break;
    case Control.Repeat:
      ways.push(block.end, last.instruction.address);
      break;
    case Control.Jump:
    case Control.Call:
      ways.push(target);
      break;
    default:
      return ALL_FLAGS;
  }
  return ways.reduce((live: number, way) => {
    if (way === undefined) return ALL_FLAGS;
    return block.successors.includes(way) ? live : live | flagsReadFrom(way, source);
  }, 0);
}

/** Flags that the straight line at an address may read before it writes them. */
function flagsReadFrom(address: number, source: CodeSource): number {
  let unknown = ALL_FLAGS;
  let read = 0;
  for (let at = address, count = 0; unknown !== 0 && count < HORIZON; count++) {
    const instruction = source.decode(at);
    const definition = instruction && semanticsOf(instruction.mnemonic);
    if (!definition) break;
    read |= flagSet(definition.flagsRead, instruction) & unknown;
    unknown &= ~flagSet(definition.flagsWritten, instruction);
    const control = controlOf(definition, instruction);
    const target = directTarget(instruction);
    if (control === Control.Next) at += instruction.length;
    else if (control === Control.Jump && target !== undefined) at = target;
    else break;
  }
  return read | unknown;
}

function throughInstruction(live: number, { instruction, definition }: Decoded): number {
  if (!definition) return ALL_FLAGS;
  return (live & ~flagSet(definition.flagsWritten, instruction)) | flagSet(definition.flagsRead, instruction);
}
