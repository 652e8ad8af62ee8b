/**
 * Finding a region: the code of a function around a hot address, as basic blocks, with the small functions that it calls. Calls are
 * taken to return: the place after them is an entry, as is the place after everything that the region has to leave for. What
 * was hardly ever reached so far stays outside: most of a function never runs.
 */
import { Control, controlOf, type Definition } from '../semantics/definition.ts';
import { semanticsOf } from '../semantics/table.ts';
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { jumpTable, linkage, type RegisterValues } from './jump-table.ts';
import type { CodeSource } from './translator.ts';

/** A region stops growing here; what it reaches beyond is left by a jump. */
const MAX_INSTRUCTIONS = 1200;
const MAX_BLOCKS = 300;
/** Called functions up to this size are taken in, while the region is smaller than the limit. */
const CALLEE_INSTRUCTIONS = 40;
const CALLEE_LIMIT = 500;
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

/** What translating the blocks of a region has shown, for laying it out anew. */
export interface Insights {
  /** Addresses of instructions that have no translation, besides those whose definition says so. */
  readonly refused: Set<number>;
  /** By address of an indirect jump: the only place it goes. */
  readonly targets: Map<number, number>;
}

/** The region around `wanted`, with the code of the function at `start` if that reaches it, else undefined. */
export function findRegion(
  start: number,
  wanted: number,
  source: CodeSource,
  insights: Insights,
  registers: RegisterValues,
): Region | undefined {
  const finder = new Finder(source, insights, registers);
  finder.explore(start);
  return finder.region(start, wanted);
}

class Finder {
  readonly #source: CodeSource;
  readonly #insights: Insights;
  readonly #registers: RegisterValues;
  /** Everything looked at, whether it belongs to the region or not. */
  readonly #seen = new Map<number, Decoded | undefined>();
  readonly #decoded = new Map<number, Decoded>();
  readonly #leaders = new Set<number>();
  readonly #returns = new Set<number>();
  /** Functions taken in. */
  readonly #functions = new Set<number>();
  /** Targets of direct calls, and for each the places after the calls. */
  readonly #callees = new Map<number, number[]>();
  /** By address of an indirect jump: targets found in its jump table. */
  readonly #switches = new Map<number, readonly number[]>();

  constructor(source: CodeSource, insights: Insights, registers: RegisterValues) {
    this.#registers = registers;
    this.#source = source;
    this.#insights = insights;
  }

  explore(start: number): void {
    this.#exploreFunction(start);
    const refused = new Set<number>();
    while (this.#decoded.size < CALLEE_LIMIT) {
      const callee = [...this.#callees.keys()].find(
        (address) => !this.#functions.has(address) && !refused.has(address) && this.#source.history.isReached(address),
      );
      if (callee === undefined) return;
      if (this.#isSmall(callee)) this.#exploreFunction(callee);
      else refused.add(callee);
    }
  }

  region(start: number, wanted: number): Region | undefined {
    if (!this.#decoded.has(start) || !this.#decoded.has(wanted)) return undefined;
    this.#leaders.add(wanted);
    const blocks = new Map<number, Block>();
    const order = [start, ...[...this.#leaders].filter((leader) => leader !== start).sort((a, b) => a - b)];
    for (const leader of order) if (this.#decoded.has(leader)) blocks.set(leader, this.#block(leader));
    this.#linkReturns(blocks);
    const returns = [...this.#returns].filter((address) => blocks.has(address));
    const heads = retreating([start, wanted, ...returns], blocks);
    const entries = new Set([start, wanted, ...heads, ...returns]);
    return { entry: start, blocks, entries: [...entries], heads, instructions: this.#decoded.size };
  }

  #exploreFunction(start: number): void {
    this.#functions.add(start);
    const queue = [start];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (this.#leaders.size >= MAX_BLOCKS && !this.#decoded.has(next)) continue;
      this.#leaders.add(next);
      this.#straightLine(next, queue);
    }
  }

  #straightLine(start: number, queue: number[]): void {
    for (let at = start; !this.#decoded.has(at) && this.#decoded.size < MAX_INSTRUCTIONS;) {
      const decoded = this.#decode(at);
      if (!decoded) return;
      this.#decoded.set(at, decoded);
      const next = at + decoded.instruction.length;
      if (decoded.definition && decoded.control === Control.Next) {
        at = next;
        continue;
      }
      queue.push(...this.#ways(decoded));
      const comesBack = decoded.control === Control.Call || decoded.control === Control.Trap;
      if (comesBack || !decoded.definition) this.#returns.add(next);
      // Jumps to itself: a block of its own.
      if (decoded.control === Control.Repeat) this.#leaders.add(at);
      const target = directTarget(decoded.instruction);
      if (decoded.control === Control.Call && target !== undefined) this.#noteCall(target, next);
      return;
    }
  }

  #decode(address: number): Decoded | undefined {
    if (this.#seen.has(address)) return this.#seen.get(address);
    const instruction = address < DIRECT_LIMIT ? this.#source.decode(address) : undefined;
    const decoded =
      instruction && (this.#insights.refused.has(address) ? untranslated(instruction) : classify(instruction));
    this.#seen.set(address, decoded);
    return decoded;
  }

  /** Where control usually goes on in the same function after the end of a straight line. */
  #ways({ instruction, definition, control }: Decoded): readonly number[] {
    const { history } = this.#source;
    const next = instruction.address + instruction.length;
    const target = directTarget(instruction);
    if (!definition) return [next];
    switch (control) {
      case Control.Branch: {
        const ways = history.isPassed(instruction.address, next) ? [next] : [];
        if (target !== undefined && history.isReached(target) && !this.#isOther(target)) ways.push(target);
        return ways;
      }
      case Control.Jump:
        if (target === undefined) return this.#switchTargets(instruction);
        return this.#isOther(target) ? [] : [target];
      case Control.Return:
        return [];
      default:
        return [next];
    }
  }

  /** Whether a jump goes to another function: a call as the last thing that a function does. */
  #isOther(target: number): boolean {
    return this.#source.history.isFunction(target) && !this.#functions.has(target);
  }

  /** Whether the usual ways through a function are short. */
  #isSmall(start: number): boolean {
    const queue = [start];
    const seen = new Set<number>();
    for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
      while (at !== undefined && !seen.has(at)) {
        seen.add(at);
        if (seen.size > CALLEE_INSTRUCTIONS) return false;
        const decoded = this.#decode(at);
        if (!decoded) break;
        if (decoded.definition && decoded.control === Control.Next) {
          at += decoded.instruction.length;
          continue;
        }
        if (decoded.control === Control.Jump && !this.#isFollowed(decoded.instruction)) return false;
        queue.push(...this.#ways(decoded));
        break;
      }
    }
    return true;
  }

  /** Whether a jump goes to one place, as far as is known. */
  #isFollowed(instruction: Instruction): boolean {
    if (directTarget(instruction) !== undefined) return true;
    return linkage(instruction) !== undefined && this.#switchTargets(instruction).length === 1;
  }

  #noteCall(target: number, returnSite: number): void {
    const sites = this.#callees.get(target);
    if (sites) sites.push(returnSite);
    else this.#callees.set(target, [returnSite]);
  }

  #switchTargets(instruction: Instruction): readonly number[] {
    const only = this.#insights.targets.get(instruction.address);
    const known = only === undefined ? this.#switches.get(instruction.address) : [only];
    if (known) {
      this.#switches.set(instruction.address, known);
      return known;
    }
    // The table's address is often loaded long before the jump, outside of a loop: nearest in the text, nearest last.
    const before = [...this.#decoded.values()].map((decoded) => decoded.instruction);
    before.sort((a, b) => a.address - b.address);
    before.splice(before.findIndex((other) => other.address >= instruction.address));
    const targets = jumpTable(instruction, before, this.#source, this.#registers).filter((target) =>
      this.#source.history.isReached(target),
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

  /** Those that blocks of the region start at. */
  #known(addresses: readonly number[]): number[] {
    return addresses.filter((address) => this.#leaders.has(address) && this.#decoded.has(address));
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

export function directTarget(instruction: Instruction): number | undefined {
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
