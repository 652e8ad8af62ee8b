/**
 * Finding a region: the code reached from a hot address without leaving its function, as basic blocks. Calls are taken to
 * return: the place after them is an entry, as is the place after everything that the region has to leave for.
 */
import { Control, controlOf, flagSet, ALL_FLAGS, type Definition } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import type { CodeSource } from './translator.ts';

/** A region stops growing here; what it reaches beyond is left by a jump. */
const MAX_INSTRUCTIONS = 1200;
const DIRECT_LIMIT = 2 ** 32;

export interface Decoded {
  readonly instruction: Instruction;
  /** Undefined: no translation; the interpreter executes it. */
  readonly definition: Definition | undefined;
  readonly control: Control;
}

export interface Block {
  readonly address: number;
  readonly code: readonly Decoded[];
  /** Address after the last instruction. */
  readonly end: number;
  /** Blocks of the region that this one can go on to, as addresses. */
  readonly successors: readonly number[];
}

export interface Region {
  readonly entry: number;
  /** By address, the entry's first. */
  readonly blocks: ReadonlyMap<number, Block>;
  /** Addresses at which the region can be entered, `entry` first. */
  readonly entries: readonly number[];
  /** Blocks that close a cycle: where fuel is checked. */
  readonly heads: ReadonlySet<number>;
  readonly instructions: number;
}

/** `refused`: addresses of instructions known to have no translation, besides those whose definition says so. */
export function findRegion(entry: number, source: CodeSource, refused: ReadonlySet<number>): Region | undefined {
  const finder = new Finder(source, refused);
  finder.explore(entry);
  return finder.region(entry);
}

class Finder {
  readonly #source: CodeSource;
  readonly #refused: ReadonlySet<number>;
  readonly #decoded = new Map<number, Decoded>();
  readonly #leaders = new Set<number>();
  readonly #returns = new Set<number>();

  constructor(source: CodeSource, refused: ReadonlySet<number>) {
    this.#source = source;
    this.#refused = refused;
  }

  explore(entry: number): void {
    const queue = [entry];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      this.#leaders.add(next);
      this.#straightLine(next, queue);
    }
  }

  region(entry: number): Region | undefined {
    if (!this.#decoded.has(entry)) return undefined;
    const blocks = new Map<number, Block>();
    const order = [entry, ...[...this.#leaders].filter((leader) => leader !== entry).sort((a, b) => a - b)];
    for (const leader of order) if (this.#decoded.has(leader)) blocks.set(leader, this.#block(leader));
    const returns = [...this.#returns].filter((address) => blocks.has(address));
    const heads = retreating([entry, ...returns], blocks);
    const entries = new Set([entry, ...heads, ...returns]);
    return { entry, blocks, entries: [...entries], heads, instructions: this.#decoded.size };
  }

  #straightLine(start: number, queue: number[]): void {
    let address = start;
    while (!this.#decoded.has(address) && this.#decoded.size < MAX_INSTRUCTIONS) {
      const instruction = address < DIRECT_LIMIT ? this.#source.decode(address) : undefined;
      if (!instruction) return;
      const decoded = this.#refused.has(address) ? untranslated(instruction) : classify(instruction);
      this.#decoded.set(address, decoded);
      const next = address + instruction.length;
      const target = directTarget(instruction);
      switch (decoded.control) {
        case Control.Next:
          if (!decoded.definition) this.#enterLater(next, queue);
          if (!decoded.definition) return;
          break;
        case Control.Branch:
          queue.push(next);
          if (target !== undefined) queue.push(target);
          return;
        case Control.Repeat:
          // Jumps to itself: a block of its own.
          this.#leaders.add(address);
          queue.push(next);
          return;
        case Control.Jump:
          if (target !== undefined) queue.push(target);
          return;
        case Control.Call:
        case Control.Trap:
          this.#enterLater(next, queue);
          return;
        default:
          return;
      }
      address = next;
    }
  }

  #enterLater(address: number, queue: number[]): void {
    this.#returns.add(address);
    queue.push(address);
  }

  #block(address: number): Block {
    const code: Decoded[] = [];
    let at = address;
    for (;;) {
      const decoded = this.#decoded.get(at);
      if (!decoded) return { address, code, end: at, successors: [] };
      code.push(decoded);
      at += decoded.instruction.length;
      const ends = decoded.control !== Control.Next || !decoded.definition;
      if (ends) return { address, code, end: at, successors: this.#successors(decoded, at) };
      if (this.#leaders.has(at)) return { address, code, end: at, successors: this.#known([at]) };
    }
  }

  #successors({ instruction, control, definition }: Decoded, next: number): number[] {
    if (!definition) return [];
    const target = directTarget(instruction);
    switch (control) {
      case Control.Branch:
        return this.#known(target === undefined ? [next] : [target, next]);
      case Control.Repeat:
        return this.#known([instruction.address, next]);
      case Control.Jump:
        return target === undefined ? [] : this.#known([target]);
      default:
        return [];
    }
  }

  #known(addresses: readonly number[]): number[] {
    return addresses.filter((address) => this.#decoded.has(address));
  }
}

function untranslated(instruction: Instruction): Decoded {
  return { instruction, definition: undefined, control: Control.Next };
}

function classify(instruction: Instruction): Decoded {
  const definition = semanticsOf(instruction.mnemonic);
  if (!definition || definition.evaluateOnly) return untranslated(instruction);
  const control = controlOf(definition, instruction);
  return { instruction, definition, control };
}

function directTarget(instruction: Instruction): number | undefined {
  const operand = instruction.operands[0];
  return operand?.kind === OperandKind.Relative ? operand.target : undefined;
}

/** Targets of retreating edges of a depth-first walk from these roots in turn: every cycle contains one. */
function retreating(roots: readonly number[], blocks: ReadonlyMap<number, Block>): Set<number> {
  const found = new Set<number>();
  const state = new Map<number, 'open' | 'done'>();
  for (const root of roots) {
    if (state.has(root)) continue;
    state.set(root, 'open');
    const path: { address: number; next: number }[] = [{ address: root, next: 0 }];
    while (path.length > 0) {
      const frame = path[path.length - 1]!;
      const successor = blocks.get(frame.address)?.successors[frame.next++];
      if (successor === undefined) {
        state.set(frame.address, 'done');
        path.pop();
      } else if (state.get(successor) === 'open') {
        found.add(successor);
      } else if (!state.has(successor)) {
        state.set(successor, 'open');
        path.push({ address: successor, next: 0 });
      }
    }
  }
  return found;
}

/**
 * Flags that may be read after each block before they are written again, by block address: what has to be in the flags' locals at
 * its end. Where the region is left for good all flags count; leaving in the middle of a block goes on in the same code.
 */
export function liveFlags(region: Region): Map<number, number> {
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  const order = [...region.blocks.values()].reverse();
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order) {
      const out = block.successors.reduce((live, address) => live | (before.get(address) ?? 0), leavesFor(block));
      const into = block.code.reduceRight((live, decoded) => throughInstruction(live, decoded), out);
      after.set(block.address, out);
      if (before.get(block.address) === into) continue;
      before.set(block.address, into);
      changed = true;
    }
  }
  return after;
}

/** All flags where one of the block's ways out is not in the region. */
function leavesFor(block: Block): number {
  const last = block.code[block.code.length - 1]!;
  const ways = last.control === Control.Branch || last.control === Control.Repeat ? 2 : 1;
  return block.successors.length < ways ? ALL_FLAGS : 0;
}

function throughInstruction(live: number, { instruction, definition }: Decoded): number {
  if (!definition) return ALL_FLAGS;
  return (live & ~flagSet(definition.flagsWritten, instruction)) | flagSet(definition.flagsRead, instruction);
}
