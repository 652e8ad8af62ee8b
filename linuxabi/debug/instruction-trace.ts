/**
 * --trace-asm: each instruction that programs execute, as a line: which thread, where, the instruction, and what it changed of the registers.
 *
 *     2  0x401615 <work>            xor edx, edx                          rdx=0x0 eflags=[ZF PF]
 */
import type { CpuState } from '../../cpu/state.ts';
import { stateChanges } from '../../cpu/state-changes.ts';
import type { StepListener } from '../../cpu/stepping-engine.ts';
import type { Instruction } from '../../cpu/x86/instruction.ts';
import type { Machine } from '../machine.ts';
import type { CodeFilter } from './code-filter.ts';
import { describe, nameOf, type Namer } from './listing.ts';
import { PlaceNames } from './place-names.ts';
import type { NamedPlace } from './symbol-table.ts';

const PLACE_WIDTH = 34;
const TEXT_WIDTH = 44;

export class InstructionTrace implements StepListener {
  /** Given as soon as there is one. */
  machine: Machine | undefined;
  readonly #filter: CodeFilter | undefined;
  readonly #write: (line: string) => void;
  readonly #names = new PlaceNames();
  readonly #namer: Namer = (address) => this.#nameOf(address);
  #lastPlace: NamedPlace | undefined;
  #lastSpace: object | undefined;

  constructor(write: (line: string) => void, filter?: CodeFilter) {
    this.#write = write;
    this.#filter = filter;
  }

  wants(address: number): boolean {
    return this.#filter === undefined || this.#filter.matches(address, this.#namer);
  }

  executed(instruction: Instruction, before: CpuState, after: CpuState): void {
    const { address } = instruction;
    const name = nameOf(this.#namer, address);
    const place = `0x${address.toString(16)}${name === undefined ? '' : ` <${name}>`}`;
    const text = describe(instruction, this.#namer).padEnd(TEXT_WIDTH);
    const changes = stateChanges(before, after).join(' ');
    this.#write(`${this.#threadOf(after)}  ${place.padEnd(PLACE_WIDTH)}  ${text}  ${changes}`.trimEnd());
  }

  /** Whose slice it is. */
  #threadOf(state: CpuState): number {
    for (const thread of this.machine?.actor?.threads.values() ?? []) {
      if (!thread.ended && thread.cpu.state === state) return thread.tid;
    }
    return 0;
  }

  /** Most addresses asked for lie in the function asked for last. */
  #nameOf(address: number): NamedPlace | undefined {
    const space = this.machine?.actor?.image?.space;
    if (space === undefined) return undefined;
    const last = this.#lastPlace;
    if (last !== undefined && space === this.#lastSpace && address >= last.start && address < last.end) return last;
    const found = this.#names.at(space, address);
    if (found !== undefined) [this.#lastPlace, this.#lastSpace] = [found, space];
    return found;
  }
}
