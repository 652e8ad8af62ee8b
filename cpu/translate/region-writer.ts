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

/** What a node of the graph is. */
type Content =
  | { readonly kind: 'block'; readonly block: TranslatedBlock }
  /** Leaves at the end of this block, to the address or, without one, to where the rip local says. */
  | { readonly kind: 'exit'; readonly block: TranslatedBlock; readonly address?: number }
  /** Goes to its first successor when the rip local is this address. */
  | { readonly kind: 'compare'; readonly address: number }
  /** By rip local - first address, which the node's successors are numbered with. */
  | { readonly kind: 'table'; readonly first: number; readonly span: number };

/** Up to this many possible targets are compared one by one. */
const COMPARE_LIMIT = 4;
/** Bytes of code that the numbered targets of one jump may be spread over. */
const TABLE_SPAN = 4096;

class RegionWriter {
  readonly #region: Region;
  readonly #blocks: ReadonlyMap<number, TranslatedBlock>;
  readonly #dispatch: number;
  readonly #locals = new Locals();
  readonly #code = new CodeWriter(4096);
  readonly #graph = new FlowGraph();
  /** What a node of the graph is: a block, or the way to an address outside. */
  readonly #contents = new Map<number, Content>();
  readonly #nodes = new Map<number, number>();
  readonly #writers = new Map<TranslatedBlock, BlockWriter>();
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
      this.#contents.set(node, { kind: 'block', block });
      this.#nodes.set(block.block.address, node);
    }
    for (const [address, block] of this.#blocks) {
      graph.successors(this.#nodes.get(address)!).push(...this.#ways(block));
    }
    graph.successors(root).push(...this.#region.entries.map((address) => this.#nodes.get(address)!));
    makeReducible(graph);
  }

  /** Nodes that a block goes on to. */
  #ways(block: TranslatedBlock): number[] {
    const { leave, leaveAddress } = block;
    const target =
      leave.target?.op === Leaf.Constant ? Number(BigInt.asIntN(64, leave.target.value as bigint)) : undefined;
    switch (leave.kind) {
      case LeaveKind.Next:
        return [this.#nodeOf(leaveAddress, block)];
      case LeaveKind.Branch:
        return [this.#nodeOf(target!, block), this.#nodeOf(leaveAddress, block)];
      case LeaveKind.Single:
      case LeaveKind.Trap:
        return [];
      default:
        return [target === undefined ? this.#choice(block) : this.#nodeOf(target, block)];
    }
  }

  #nodeOf(address: number, from: TranslatedBlock): number {
    const known = this.#nodes.get(address);
    return known ?? this.#add([], { kind: 'exit', block: from, address });
  }

  /** Compares the address in the rip local with the candidates; else leaves. */
  #choice(block: TranslatedBlock): number {
    const leave = this.#add([], { kind: 'exit', block });
    return clusters(block.block.candidates).reduce((otherwise, cluster) => this.#chooseIn(cluster, otherwise), leave);
  }

  /** One step of `#choice`: among candidates that are near each other, by address. */
  #chooseIn(cluster: readonly number[], otherwise: number): number {
    if (cluster.length <= COMPARE_LIMIT) {
      return cluster.reduce(
        (rest, address) => this.#add([this.#nodes.get(address)!, rest], { kind: 'compare', address }),
        otherwise,
      );
    }
    const first = cluster[0]!;
    const span = cluster[cluster.length - 1]! - first + 1;
    const targets = Array.from({ length: span + 1 }, () => otherwise);
    for (const address of cluster) targets[address - first] = this.#nodes.get(address)!;
    return this.#add(targets, { kind: 'table', first, span });
  }

  #add(successors: number[], content: Content): number {
    const node = this.#graph.body(successors);
    this.#contents.set(node, content);
    return node;
  }

  #body(node: number): void {
    const code = this.#code;
    const { rip, entry } = this.#locals;
    const content = this.#contents.get(node);
    switch (content?.kind) {
      case undefined:
        if (this.#region.entries.length > 1) code.localGet(entry);
        return;
      case 'block':
        this.#block(content.block);
        return;
      case 'exit':
        this.#writers.get(content.block)!.leaveFlags();
        if (content.address !== undefined) {
          code.i64Const(content.address);
          code.localSet(rip);
        }
        code.br(this.#continue);
        return;
      case 'compare':
        code.localGet(rip);
        code.i64Const(content.address);
        code.op(Op['i64.eq']);
        return;
      default:
        this.#pushTableNumber(content!.first, content!.span);
    }
  }

  /** min(rip - first, span). */
  #pushTableNumber(first: number, span: number): void {
    const code = this.#code;
    const distance = () => {
      code.localGet(this.#locals.rip);
      code.i64Const(first);
      code.op(Op['i64.sub']);
    };
    distance();
    code.op(Op['i32.wrap_i64']);
    code.i32Const(span);
    distance();
    code.i64Const(span);
    code.op(Op['i64.lt_u']);
    code.op(Op.select);
  }

  #block(translated: TranslatedBlock): void {
    const code = this.#code;
    const { block, leave, leaveAddress } = translated;
    if (this.#region.heads.has(block.address)) this.#checkFuel(block.address);
    const writer = new BlockWriter(code, this.#locals, translated);
    this.#writers.set(translated, writer);
    writer.write(this.#single);
    switch (leave.kind) {
      case LeaveKind.Branch:
        writer.push(leave.condition!);
        return;
      case LeaveKind.Single:
        writer.leaveFlags();
        this.#leaveFor(leaveAddress, this.#single);
        return;
      case LeaveKind.Trap:
        code.localGet(this.#locals.state);
        code.i32Const(leave.trap!);
        code.memory(Op['i32.store'], State.trapKind);
        writer.leaveFlags();
        this.#leaveFor(leaveAddress, this.#trap);
        return;
      case LeaveKind.Next:
        return;
      default:
        if (leave.target!.op === Leaf.Constant) return;
        writer.push(leave.target!);
        code.localSet(this.#locals.rip);
    }
  }

  #leaveFor(address: number, label: number): void {
    this.#code.i64Const(address);
    this.#code.localSet(this.#locals.rip);
    this.#code.br(label);
  }

  /** On every cycle: leaves when the fuel is used up, else charges about one turn (even if there is less: no standstill). */
  #checkFuel(address: number): void {
    const code = this.#code;
    code.i64Const(address);
    code.localSet(this.#locals.rip);
    code.localGet(this.#locals.fuel);
    code.i32Const(0);
    code.op(Op['i32.le_s']);
    code.brIf(this.#fuel);
    code.localGet(this.#locals.fuel);
    code.i32Const(this.#turnCost(address));
    code.op(Op['i32.sub']);
    code.localSet(this.#locals.fuel);
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
    for (const { steps, flagWrites, leaveFlags, exitFlags } of this.#blocks.values()) {
      for (const step of steps) for (const slot of step.writes.keys()) slots.add(slot);
      for (const slot of flagWrites.keys()) slots.add(slot);
      for (const slot of leaveFlags.keys()) slots.add(slot);
      for (const values of exitFlags.values()) for (const slot of values.keys()) slots.add(slot);
    }
    return slots;
  }
}

/** Addresses in order, in groups that span less than a table. */
function clusters(addresses: readonly number[]): number[][] {
  const groups: number[][] = [];
  for (const address of [...addresses].sort((a, b) => a - b)) {
    const last = groups[groups.length - 1];
    if (last && address - last[0]! < TABLE_SPAN) last.push(address);
    else groups.push([address]);
  }
  return groups;
}

function loadOf(type: number): number {
  if (type === Type.v128) return Op['v128.load'];
  return type === Type.i64 ? Op['i64.load'] : Op['i32.load'];
}

function storeOf(type: number): number {
  if (type === Type.v128) return Op['v128.store'];
  return type === Type.i64 ? Op['i64.store'] : Op['i32.store'];
}
