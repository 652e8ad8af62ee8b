/**
 * Writes a region as one Wasm function (state, entry, depth) → Exit code. Guest registers are in the state block while other code
 * runs: what the way on needs is loaded where the region is entered, what has been written is stored where it is left.
 *
 * A call of a function outside is a nested call of the trampoline: most come back to the place after the call, where the region
 * goes on. `depth` counts such calls; a return at depth 0, or too deep a call, goes through the trampoline as a jump does. Whatever
 * comes back instead of the expected return is passed on: the state block is complete and says where to go on.
 */
import { Exit } from '../exit.ts';
import { State } from '../state-layout.ts';
import { CodeWriter } from '../wasm/code-writer.ts';
import { Op } from '../wasm/opcode.ts';
import { LeaveKind } from './step.ts';
import { BlockWriter, loadSlots, storeSlots } from './block-writer.ts';
import { Leaf } from './ir.ts';
import { Locals } from './locals.ts';
import type { Region } from './region.ts';
import { RegionGraph } from './region-graph.ts';
import type { RoutineIndices } from './routine-imports.ts';
import { slotFlow, type SlotFlow } from './slot-flow.ts';
import { slotKey, slotSet, union, without, type SlotSet } from './slot-set.ts';
import { FLAG_SLOTS } from './slots.ts';
import { writeStructured } from './structure.ts';
import { TransferWriter, type RegionImports } from './transfer-writer.ts';
import type { TranslatedBlock } from './translated-block.ts';

/** Instructions charged for entering a region, whatever is run of it. */
const ENTRY_FUEL = 8;
/** Nested calls at most: each takes a frame of Node's stack, up to some kilobytes. */
const MAX_DEPTH = 64;

export interface RegionFunction {
  readonly locals: readonly number[];
  readonly code: CodeWriter;
}

export function writeRegion(
  region: Region,
  blocks: ReadonlyMap<number, TranslatedBlock>,
  imports: RegionImports,
  routines: RoutineIndices,
): RegionFunction {
  return new RegionWriter(region, blocks, imports, routines).write();
}

const FLAGS = slotSet(FLAG_SLOTS.map(([, slot]) => slot));

class RegionWriter {
  readonly #region: Region;
  readonly #blocks: ReadonlyMap<number, TranslatedBlock>;
  readonly #routines: RoutineIndices;
  readonly #locals = new Locals();
  readonly #code = new CodeWriter(4096);
  readonly #transfer: TransferWriter;
  readonly #graph: RegionGraph;
  readonly #writers = new Map<TranslatedBlock, BlockWriter>();
  readonly #flow: SlotFlow;
  /** Code that stores a set of slots and leaves, and its label, by the set's key. */
  readonly #leaves = new Map<string, { readonly slots: SlotSet; label: number }>();

  constructor(
    region: Region,
    blocks: ReadonlyMap<number, TranslatedBlock>,
    imports: RegionImports,
    routines: RoutineIndices,
  ) {
    this.#region = region;
    this.#routines = routines;
    this.#blocks = blocks;
    this.#transfer = new TransferWriter(this.#code, this.#locals, imports);
    this.#graph = new RegionGraph(region.entries, blocks);
    this.#flow = slotFlow(region, blocks, (block) => this.#canLeave(block));
    this.#findLeaves();
  }

  write(): RegionFunction {
    const code = this.#code;
    this.#prologue();
    const leaves = [...this.#leaves.values()];
    const finish = code.block();
    for (const leave of leaves) leave.label = code.block();
    writeStructured(this.#graph.flow, code, this.#locals.selector, {
      body: (node) => this.#body(node),
      loopHead: () => undefined,
    });
    code.op(Op.unreachable);
    for (const { slots } of leaves.reverse()) {
      code.end();
      storeSlots(code, this.#locals, slots);
      code.br(finish);
    }
    code.end();
    this.#epilogue();
    return { locals: this.#locals.types, code };
  }

  // --- ways out ------------------------------------------------------------------------------------------------------
  #canLeave(block: TranslatedBlock): boolean {
    return (
      this.#graph.leaving.has(block) ||
      this.#region.heads.has(block.block.address) ||
      block.sideExits.some((exit) => exit !== undefined)
    );
  }

  #findLeaves(): void {
    for (const block of this.#blocks.values()) {
      this.#noteLeave(this.#flow.dirtyBefore.get(block.block.address)!);
      if (this.#graph.leaving.has(block)) this.#noteLeave(this.#dirtyAtEnd(block));
    }
  }

  #noteLeave(slots: SlotSet): void {
    const key = slotKey(slots);
    if (!this.#leaves.has(key)) this.#leaves.set(key, { slots, label: -1 });
  }

  #leaveLabel(slots: SlotSet): number {
    return this.#leaves.get(slotKey(slots))!.label;
  }

  /** What is stored when the region is left at the end of a block. */
  #dirtyAtEnd({ block, flagsOutside, leaveFlags }: TranslatedBlock): SlotSet {
    const dirty = this.#flow.dirtyAfter.get(block.address)!;
    const deadFlags = without(FLAGS, flagsOutside);
    return without(union(dirty, slotSet(leaveFlags.keys())), deadFlags);
  }

  // --- code ----------------------------------------------------------------------------------------------------------
  #body(node: number): void {
    const code = this.#code;
    const { rip, entry } = this.#locals;
    const content = this.#graph.contents.get(node)!;
    switch (content.kind) {
      case 'root':
        if (this.#region.entries.length > 1) code.localGet(entry);
        return;
      case 'load':
        loadSlots(code, this.#locals, this.#flow.live.get(content.address)!);
        return;
      case 'block':
        this.#block(content.block);
        return;
      case 'exit':
        this.#exitCode(content.block, content.address);
        return;
      case 'call':
        this.#callCode(content.block, content.address);
        return;
      case 'compare':
        code.localGet(rip);
        code.i64Const(content.address);
        code.op(Op['i64.eq']);
        return;
      case 'below':
        code.localGet(rip);
        code.i64Const(content.address);
        code.op(Op['i64.lt_u']);
        return;
      case 'table':
        this.#pushTableNumber(content.first, content.span);
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
    const dirty = this.#flow.dirtyBefore.get(block.address)!;
    if (this.#region.heads.has(block.address)) this.#checkFuel(block.address, dirty);
    const writer = new BlockWriter(code, this.#locals, translated, this.#routines);
    this.#writers.set(translated, writer);
    writer.write(dirty, this.#leaveLabel(dirty));
    switch (leave.kind) {
      case LeaveKind.Branch:
        writer.push(leave.condition!);
        return;
      case LeaveKind.Single:
        this.#leaveFor(translated, leaveAddress, Exit.Single);
        return;
      case LeaveKind.Trap:
        code.localGet(this.#locals.state);
        code.i32Const(leave.trap!);
        code.memory(Op['i32.store'], State.trapKind);
        this.#leaveFor(translated, leaveAddress, Exit.Trap);
        return;
      case LeaveKind.Next:
        return;
      default:
        if (leave.target!.op === Leaf.Constant) return;
        writer.push(leave.target!);
        code.localSet(this.#locals.rip);
    }
  }

  #leaveFor(block: TranslatedBlock, address: number, exit: Exit): void {
    this.#writers.get(block)!.leaveFlags();
    this.#setRip(address);
    this.#leaveWith(exit, this.#dirtyAtEnd(block));
  }

  #leaveWith(exit: Exit, dirty: SlotSet): void {
    this.#code.i32Const(exit);
    this.#code.localSet(this.#locals.exit);
    this.#code.br(this.#leaveLabel(dirty));
  }

  #setRip(address: number): void {
    this.#code.i64Const(address);
    this.#code.localSet(this.#locals.rip);
  }

  #exitCode(block: TranslatedBlock, address: number | undefined): void {
    const code = this.#code;
    this.#writers.get(block)!.leaveFlags();
    if (address !== undefined) this.#setRip(address);
    if (block.leave.kind === LeaveKind.Return) {
      code.i32Const(Exit.Returned);
      code.i32Const(Exit.Continue);
      code.localGet(this.#locals.depth);
      code.op(Op.select);
    } else {
      code.i32Const(Exit.Continue);
    }
    code.localSet(this.#locals.exit);
    code.br(this.#leaveLabel(this.#dirtyAtEnd(block)));
  }

  #callCode(translated: TranslatedBlock, address: number | undefined): void {
    const code = this.#code;
    const { state, fuel, depth, exit, rip } = this.#locals;
    this.#writers.get(translated)!.leaveFlags();
    if (address !== undefined) this.#setRip(address);
    code.localGet(depth);
    code.i32Const(MAX_DEPTH);
    code.op(Op['i32.ge_u']);
    code.if();
    this.#leaveWith(Exit.Continue, this.#dirtyAtEnd(translated));
    code.end();
    storeSlots(code, this.#locals, this.#dirtyAtEnd(translated));
    this.#transfer.storeControl();
    this.#transfer.call(address);
    code.localTee(exit);
    code.i32Const(Exit.Returned);
    code.op(Op['i32.ne']);
    code.if();
    code.localGet(exit);
    code.op(Op.return);
    code.end();
    code.localGet(state);
    code.memory(Op['i32.load'], State.fuel);
    code.localSet(fuel);
    code.localGet(state);
    code.memory(Op['i64.load'], State.rip);
    code.localTee(rip);
    code.i64Const(translated.block.end);
    code.op(Op['i64.ne']);
    code.if();
    this.#transfer.jump();
    code.end();
  }

  /** On every cycle: leaves when the fuel is used up, else charges about one turn (even if there is less: no standstill). */
  #checkFuel(address: number, dirty: SlotSet): void {
    const code = this.#code;
    code.localGet(this.#locals.fuel);
    code.i32Const(0);
    code.op(Op['i32.le_s']);
    code.if();
    this.#setRip(address);
    this.#leaveWith(Exit.Fuel, dirty);
    code.end();
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

  #prologue(): void {
    const code = this.#code;
    const { state, fuel } = this.#locals;
    code.localGet(state);
    code.memory(Op['i32.load'], State.fuel);
    code.i32Const(ENTRY_FUEL);
    code.op(Op['i32.sub']);
    code.localSet(fuel);
  }

  #epilogue(): void {
    const code = this.#code;
    this.#transfer.storeControl();
    code.localGet(this.#locals.exit);
    code.op(Op['i32.eqz']);
    code.if();
    this.#transfer.jump();
    code.end();
    code.localGet(this.#locals.exit);
  }
}
