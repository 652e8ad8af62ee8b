/**
 * Finding a region: the code reached from a hot address without leaving its function, as basic blocks. Calls are taken to
 * return: the place after them is an entry, as is the place after everything that the region has to leave for. Targets of
 * jumps that were hardly ever taken so far stay outside: most of what can be reached from a place never runs.
 */
import { Control, controlOf, flagSet, ALL_FLAGS, type Definition } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { jumpTable, type RegisterValues } from './jump-table.ts';
import type { CodeSource } from './translator.ts';

/** A region stops growing here; what it reaches beyond is left by a jump. */
const MAX_INSTRUCTIONS = 1200;
/** And here. */
const MAX_BLOCKS = 150;
/** Called functions are taken in while the region is smaller than this. */
const CALLEE_LIMIT = 300;
/** A return is compared with at most this many places. */
const MAX_RETURN_SITES = 12;
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
  /** Blocks of the region that this one can go on to, as addresses; those of `candidates` included. */
  readonly successors: readonly number[];
  /** Known possible targets of an indirect jump or a return, in the region: the real one is compared with them. */
  readonly candidates: readonly number[];
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
export function findRegion(
  entry: number,
  source: CodeSource,
  refused: ReadonlySet<number>,
  registers: RegisterValues,
): Region | undefined {
  const finder = new Finder(source, refused, registers);
  finder.explore(entry);
  return finder.region(entry);
}

class Finder {
  readonly #source: CodeSource;
  readonly #refused: ReadonlySet<number>;
  readonly #registers: RegisterValues;
  readonly #decoded = new Map<number, Decoded>();
  readonly #leaders = new Set<number>();
  readonly #returns = new Set<number>();
  /** Targets of direct calls, and for each the places after the calls. */
  readonly #callees = new Map<number, number[]>();
  /** By address of an indirect jump: targets found in its jump table. */
  readonly #switches = new Map<number, readonly number[]>();

  constructor(source: CodeSource, refused: ReadonlySet<number>, registers: RegisterValues) {
    this.#registers = registers;
    this.#source = source;
    this.#refused = refused;
  }

  explore(entry: number): void {
    this.#exploreFunction(entry);
    const taken = new Set([entry]);
    for (let found = true; found && this.#decoded.size < CALLEE_LIMIT;) {
      const callee = [...this.#callees.keys()].find((address) => !taken.has(address) && this.#source.isWarm(address));
      found = callee !== undefined;
      if (callee === undefined) break;
      taken.add(callee);
      this.#exploreFunction(callee);
    }
  }

  #exploreFunction(entry: number): void {
    const queue = [entry];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (this.#leaders.size >= MAX_BLOCKS && !this.#decoded.has(next)) continue;
      this.#leaders.add(next);
      this.#straightLine(next, queue);
    }
  }

  region(entry: number): Region | undefined {
    if (!this.#decoded.has(entry)) return undefined;
    const blocks = new Map<number, Block>();
    const order = [entry, ...[...this.#leaders].filter((leader) => leader !== entry).sort((a, b) => a - b)];
    for (const leader of order) if (this.#decoded.has(leader)) blocks.set(leader, this.#block(leader));
    this.#linkReturns(blocks);
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
          if (target !== undefined && this.#source.isWarm(target)) queue.push(target);
          return;
        case Control.Repeat:
          // Jumps to itself: a block of its own.
          this.#leaders.add(address);
          queue.push(next);
          return;
        case Control.Jump:
          if (target === undefined) queue.push(...this.#switchTargets(instruction));
          else queue.push(target);
          return;
        case Control.Call:
          if (target !== undefined) this.#noteCall(target, next);
          this.#enterLater(next, queue);
          return;
        case Control.Trap:
          this.#enterLater(next, queue);
          return;
        default:
          return;
      }
      address = next;
    }
  }

  #noteCall(target: number, returnSite: number): void {
    const sites = this.#callees.get(target);
    if (sites) sites.push(returnSite);
    else this.#callees.set(target, [returnSite]);
  }

  #switchTargets(instruction: Instruction): readonly number[] {
    // The table's address is often loaded long before the jump, outside of a loop: nearest in the text, nearest last.
    const before = [...this.#decoded.values()].map((decoded) => decoded.instruction);
    before.sort((a, b) => a.address - b.address);
    before.splice(before.findIndex((other) => other.address >= instruction.address));
    const targets = jumpTable(instruction, before, this.#source, this.#registers).filter((target) =>
      this.#source.isWarm(target),
    );
    this.#switches.set(instruction.address, targets);
    return targets;
  }

  /** Gives the returns of every function that is called in the region the places after those calls. */
  #linkReturns(blocks: Map<number, Block>): void {
    for (const [callee, sites] of this.#callees) {
      const known = this.#known(sites).slice(0, MAX_RETURN_SITES);
      if (!blocks.has(callee) || known.length === 0) continue;
      const seen = new Set<number>();
      const queue = [callee];
      for (let address = queue.pop(); address !== undefined; address = queue.pop()) {
        const block = blocks.get(address);
        if (!block || seen.has(address)) continue;
        seen.add(address);
        const control = block.code[block.code.length - 1]!.control;
        if (control === Control.Call) queue.push(block.end);
        else queue.push(...block.successors);
        if (control !== Control.Return) continue;
        const candidates = [...new Set([...block.candidates, ...known])].slice(0, MAX_RETURN_SITES);
        blocks.set(address, { ...block, candidates, successors: candidates });
      }
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
      if (!decoded) return { address, code, end: at, successors: [], candidates: [] };
      code.push(decoded);
      at += decoded.instruction.length;
      const ends = decoded.control !== Control.Next || !decoded.definition;
      if (ends) {
        const candidates = this.#known(this.#switches.get(decoded.instruction.address) ?? []);
        return { address, code, end: at, successors: [...candidates, ...this.#successors(decoded, at)], candidates };
      }
      if (this.#leaders.has(at)) return { address, code, end: at, successors: this.#known([at]), candidates: [] };
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
      case Control.Call:
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
 * its end to go on in the region. Leaving the region makes all flags real by itself.
 */
export function liveFlags(region: Region): Map<number, number> {
  const before = new Map<number, number>();
  const after = new Map<number, number>();
  const order = [...region.blocks.values()].reverse();
  for (let changed = true; changed;) {
    changed = false;
    for (const block of order) {
      const out = block.successors.reduce((live, address) => live | (before.get(address) ?? 0), leftFlags(block));
      const into = block.code.reduceRight((live, decoded) => throughInstruction(live, decoded), out);
      after.set(block.address, out);
      if (before.get(block.address) === into) continue;
      before.set(block.address, into);
      changed = true;
    }
  }
  return after;
}

/** Code past the end of the region may read any flag; functions called or returned to read none that they did not make. */
function leftFlags(block: Block): number {
  const last = block.code[block.code.length - 1];
  if (!last?.definition) return 0;
  const { control, instruction } = last;
  // A signal handler or debugger sees the flags of a trap.
  if (control === Control.Trap) return ALL_FLAGS;
  const on = [block.end];
  if (control === Control.Branch) on.push(directTarget(instruction) ?? block.end);
  else if (control === Control.Jump) on.splice(0, 1, directTarget(instruction) ?? block.end);
  else if (control !== Control.Next && control !== Control.Repeat) return 0;
  return on.every((address) => block.successors.includes(address)) ? 0 : ALL_FLAGS;
}

function throughInstruction(live: number, { instruction, definition }: Decoded): number {
  if (!definition) return ALL_FLAGS;
  return (live & ~flagSet(definition.flagsWritten, instruction)) | flagSet(definition.flagsRead, instruction);
}
