/**
 * Instructions that are executed one by one because they have no handler, as decoded, for all address spaces of an engine: CPUID alone comes fifty times in the start of a
 * program that is linked with glibc.
 */
import type { Instruction } from '../x86/instruction.ts';

/** Beyond this many all are forgotten. */
const MAX_KEPT = 4096;

interface Kept {
  readonly bytes: Uint8Array;
  readonly instruction: Instruction;
}

export class SingleInstructions {
  readonly #kept = new Map<number, Kept>();

  /** `bytes`: what is at the address now, at least the instruction. */
  find(address: number, bytes: Uint8Array): Instruction | undefined {
    const kept = this.#kept.get(address);
    if (kept === undefined || kept.bytes.length > bytes.length) return undefined;
    for (let i = 0; i < kept.bytes.length; i++) if (kept.bytes[i] !== bytes[i]) return undefined;
    return kept.instruction;
  }

  add(instruction: Instruction, bytes: Uint8Array): void {
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    this.#kept.set(instruction.address, { bytes: bytes.slice(0, instruction.length), instruction });
  }
}
