/** The straight-line code from an address: what one step of a lock-step run executes first. */
import { guestAddress } from '../address.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { Control, controlOf } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import { decode } from '../x86/decode.ts';
import type { Instruction } from '../x86/instruction.ts';

const WINDOW_BYTES = 256;
const MAX_INSTRUCTIONS = 64;

/** Instructions up to and including the first that ends a block, at most MAX_INSTRUCTIONS. */
export function readStretch(memory: GuestMemory, start: number): Instruction[] {
  const bytes = new Uint8Array(WINDOW_BYTES);
  const available = bytes.subarray(0, memory.read(guestAddress(start), bytes));
  const found: Instruction[] = [];
  for (let offset = 0; offset < available.length && found.length < MAX_INSTRUCTIONS;) {
    const instruction = decode(available, offset, guestAddress(start + offset));
    if (typeof instruction === 'number') break;
    found.push(instruction);
    offset += instruction.length;
    const definition = semanticsOf(instruction.mnemonic);
    if (definition === undefined || controlOf(definition, instruction) !== Control.Next) break;
  }
  return found;
}
