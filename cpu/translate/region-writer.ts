/**
 * Writes a region as one Wasm function (state, entry) → Exit code: registers into locals, the blocks as structured code,
 * registers back to the state block, and from there on to another region through the trampoline or out.
 */
import { Exit } from '../exit.ts';
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { LeaveKind } from './block-ops.ts';
import { BlockWriter } from './block-writer.ts';
import { FlowGraph } from './flow-graph.ts';
import { Leaf } from './ir.ts';
import { Locals } from './locals.ts';
import { makeReducible } from './reducible.ts';
import type { Region } from './region.ts';
import { slotType, stateOffset } from './slots.ts';
import { writeStructured } from './structure.ts';
import type { TranslatedBlock } from './translated-block.ts';

/** Instructions charged for entering a region, whatever is run of it. */
const ENTRY_FUEL = 8;

export interface RegionFunction {
  readonly locals: readonly number[];
  readonly code: CodeWriter;
}

/** `dispatch`: index of the imported trampoline function (state) → Exit code. */
export function writeRegion(
  region: Region,
  blocks: ReadonlyMap<number, TranslatedBlock>,
  dispatch: number,
): RegionFunction {
  return new RegionWriter(region, blocks, dispatch).write();
}

class RegionWriter {
  readonly #region: Region;
  readonly #blocks: ReadonlyMap<number, TranslatedBlock>;
  readonly #dispatch: number;
  readonly #locals = new Locals();
  readonly #code = new CodeWriter(4096);
  readonly #graph = new FlowGraph();
  /** What a node of the graph is: a block, or the way to an address outside. */
  readonly #contents = new Map<number, TranslatedBlock | number>();
  readonly #nodes = new Map<number, number>();
  #single = 0;
  #fuel = 0;
  #trap = 0;
  #continue = 0;

  constructor(region: Region, blocks: ReadonlyMap<number, TranslatedBlock>, dispatch: number) {
    this.#region = region;
    this.#blocks = blocks;
    this.#dispatch = dispatch;
  }

  write(): RegionFunction {
    this.#buildGraph();
    const code = this.#code;
    const out = code.block();
    this.#continue = code.block();
    this.#trap = code.block();
    this.#fuel = code.block();
    this.#single = code.block();
    writeStructured(this.#graph, code, this.#locals.selector, {
      body: (node) => this.#body(node),
      loopHead: () => undefined,
    });
    code.op(Op.unreachable);
    for (const exit of [Exit.Single, Exit.Fuel, Exit.Trap, Exit.Continue]) {
      code.end();
      code.i32Const(exit);
      code.localSet(this.#locals.exit);
      if (exit !== Exit.Continue) code.br(out);
    }
    code.end();
    this.#epilogue();
    const whole = new CodeWriter(code.length + 256);
    this.#prologue(whole);
    whole.bytes(code.view());
    return { locals: this.#locals.types, code: whole };
  }

  #buildGraph(): void {
    const graph = this.#graph;
    const root = graph.body([], this.#region.entries.length > 1 ? 'multiway' : 'jump');
    for (const block of this.#blocks.values()) {
      const node = graph.body();
      this.#contents.set(node, block);
      this.#nodes.set(block.block.address, node);
    }
    for (const [address, block] of this.#blocks) {
      graph.successors(this.#nodes.get(address)!).push(...this.#ways(block).map((way) => this.#nodeOf(way)));
    }
    graph.successors(root).push(...this.#region.entries.map((address) => this.#nodeOf(address)));
    makeReducible(graph);
  }

  /** Addresses that a block goes on to, known now. */
  #ways({ leave, leaveAddress }: TranslatedBlock): number[] {
    const target = leave.target?.op === Leaf.Constant ? Number(leave.target.value) : undefined;
    if (leave.kind === LeaveKind.Next) return [leaveAddress];
    if (leave.kind === LeaveKind.Jump && target !== undefined) return [target];
    if (leave.kind === LeaveKind.Branch) return [target!, leaveAddress];
    return [];
  }

  #nodeOf(address: number): number {
    const known = this.#nodes.get(address);
    if (known !== undefined) return known;
    const node = this.#graph.body();
    this.#contents.set(node, address);
    this.#nodes.set(address, node);
    return node;
  }

  #body(node: number): void {
    const code = this.#code;
    const content = this.#contents.get(node);
    if (content === undefined) {
      if (this.#region.entries.length > 1) code.localGet(this.#locals.entry);
    } else if (typeof content === 'number') {
      this.#leaveFor(content, this.#continue);
    } else {
      this.#block(content);
    }
  }

  #block(translated: TranslatedBlock): void {
    const code = this.#code;
    const { block, leave, leaveAddress } = translated;
    if (this.#region.heads.has(block.address)) this.#checkFuel(block.address);
    const writer = new BlockWriter(code, this.#locals, translated);
    writer.write(this.#single);
    switch (leave.kind) {
      case LeaveKind.Branch:
        writer.push(leave.condition!);
        return;
      case LeaveKind.Single:
        this.#leaveFor(leaveAddress, this.#single);
        return;
      case LeaveKind.Trap:
        code.localGet(this.#locals.state);
        code.i32Const(leave.trap!);
        code.memory(Op['i32.store'], State.trapKind);
        this.#leaveFor(leaveAddress, this.#trap);
        return;
      case LeaveKind.Next:
        return;
      default:
        if (leave.kind === LeaveKind.Jump && leave.target!.op === Leaf.Constant) return;
        writer.push(leave.target!);
        code.localSet(this.#locals.rip);
        code.br(this.#continue);
    }
  }

  #leaveFor(address: number, label: number): void {
    this.#code.i64Const(address);
    this.#code.localSet(this.#locals.rip);
    this.#code.br(label);
  }

  /** On every cycle: charges about one turn, and leaves when the fuel is used up. */
  #checkFuel(address: number): void {
    const code = this.#code;
    code.i64Const(address);
    code.localSet(this.#locals.rip);
    code.localGet(this.#locals.fuel);
    code.i32Const(this.#turnCost(address));
    code.op(Op['i32.sub']);
    code.localTee(this.#locals.fuel);
    code.i32Const(0);
    code.op(Op['i32.lt_s']);
    code.brIf(this.#fuel);
  }

  /** Instructions from a head to the next head in address order. */
  #turnCost(address: number): number {
    let next = Infinity;
    for (const head of this.#region.heads) if (head > address && head < next) next = head;
    let cost = 0;
    for (const { address: at, code } of this.#region.blocks.values())
      if (at >= address && at < next) cost += code.length;
    return Math.max(cost, 1);
  }

  #prologue(code: CodeWriter): void {
    const { state, fuel } = this.#locals;
    code.localGet(state);
    code.memory(Op['i32.load'], State.fuel);
    code.i32Const(ENTRY_FUEL);
    code.op(Op['i32.sub']);
    code.localSet(fuel);
    for (const slot of this.#locals.slots()) {
      code.localGet(state);
      code.memory(loadOf(slotType(slot)), stateOffset(slot));
      code.localSet(this.#locals.slot(slot));
    }
  }

  #epilogue(): void {
    const code = this.#code;
    const { state, rip, fuel, exit } = this.#locals;
    for (const slot of this.#written()) {
      code.localGet(state);
      code.localGet(this.#locals.slot(slot));
      code.memory(storeOf(slotType(slot)), stateOffset(slot));
    }
    code.localGet(state);
    code.localGet(rip);
    code.memory(Op['i64.store'], State.rip);
    code.localGet(state);
    code.localGet(fuel);
    code.memory(Op['i32.store'], State.fuel);
    code.localGet(exit);
    code.op(Op['i32.eqz']);
    code.if();
    code.localGet(state);
    code.returnCall(this.#dispatch);
    code.end();
    code.localGet(exit);
  }

  #written(): Set<number> {
    const slots = new Set<number>();
    for (const { steps, flagWrites, exitFlags } of this.#blocks.values()) {
      for (const step of steps) for (const slot of step.writes.keys()) slots.add(slot);
      for (const slot of flagWrites.keys()) slots.add(slot);
      for (const values of exitFlags.values()) for (const slot of values.keys()) slots.add(slot);
    }
    return slots;
  }
}

function loadOf(type: number): number {
  if (type === Type.v128) return Op['v128.load'];
  return type === Type.i64 ? Op['i64.load'] : Op['i32.load'];
}

function storeOf(type: number): number {
  if (type === Type.v128) return Op['v128.store'];
  return type === Type.i64 ? Op['i64.store'] : Op['i32.store'];
}
