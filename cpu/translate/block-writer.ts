/**
 * Writes one translated block as Wasm. Guest registers are written to their locals together at the end of each instruction, so
 * that a check that fails can leave with the state as it was before.
 *
 * Ways out in the middle are shared (see SideExit): the address of the instruction goes into a local, then a branch to code after
 * the block's body that stores what this block has written so far, and from there to the region's code that stores what was
 * dirty before the block and leaves.
 */
import { Exit } from '../exit.ts';
import type { CodeWriter } from '../wasm/code-writer.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { BulkWriter } from './bulk-writer.ts';
import { CheckWriter } from './check-writer.ts';
import type { Step } from './step.ts';
import {
  EffectKind,
  Leaf,
  type AccessEffect,
  type AddressCheck,
  type CallEffect,
  type Effect,
  type Node,
  type SettleEffect,
} from './ir.ts';
import { isLazySelect, usedElsewhere } from './lazy-select.ts';
import type { Locals } from './locals.ts';
import type { RoutineIndices } from './routine-imports.ts';
import { hasSlot, slotSet, slotsOf, without, type SlotSet } from './slot-set.ts';
import { slotType, stateOffset } from './slots.ts';
import type { SideExit, TranslatedBlock } from './translated-block.ts';

export class BlockWriter {
  readonly #code: CodeWriter;
  readonly #locals: Locals;
  readonly #block: TranslatedBlock;
  readonly #routines: RoutineIndices;
  readonly #labels = new Map<SideExit, number>();
  /** Values used twice are kept in locals only where the second use is sure to come after the first. */
  #sharing = true;
  /** Nodes that got their local in the side of a select that is being written. */
  #kept: Node[] = [];
  #step = 0;
  #exitLabel = 0;
  #exitAddress = -1;

  constructor(code: CodeWriter, locals: Locals, block: TranslatedBlock, routines: RoutineIndices) {
    this.#routines = routines;
    this.#code = code;
    this.#locals = locals;
    this.#block = block;
  }

  /** The steps and exits. `leave`: label of code that stores the slots of `dirty`, then RIP from its local, and leaves. */
  write(dirty: SlotSet, leave: number): void {
    const code = this.#code;
    const { steps, sideExits } = this.#block;
    this.#locals.startBlock();
    const exits = [...new Set(sideExits)].filter((exit) => exit !== undefined);
    const after = exits.length > 0 ? code.block() : -1;
    for (const exit of exits) this.#labels.set(exit, code.block());
    steps.forEach((step, index) => this.#writeStep(step, index));
    this.#step = steps.length;
    this.#assign(this.#block.flagWrites);
    this.#keep(this.#pinned(steps.length));
    this.#sharing = false;
    if (after < 0) return;
    code.br(after);
    for (const exit of exits.reverse()) {
      code.end();
      this.#sideExit(exit, dirty);
      code.br(leave);
    }
    code.end();
  }

  #sideExit({ values, written }: SideExit, dirty: SlotSet): void {
    const code = this.#code;
    const direct = [...values].filter(([slot]) => !hasSlot(dirty, slot));
    for (const [slot, node] of direct) {
      code.localGet(this.#locals.state);
      this.#push(node);
      code.memory(storeOf(slotType(slot)), stateOffset(slot));
    }
    this.#assign(new Map([...values].filter(([slot]) => hasSlot(dirty, slot))));
    storeSlots(code, this.#locals, without(without(written, dirty), slotSet(values.keys())));
    code.i32Const(Exit.Single);
    code.localSet(this.#locals.exit);
  }

  /** Puts those flags that code outside may read into their locals, before the region is left at the block's end. */
  leaveFlags(): void {
    this.#assign(this.#block.leaveFlags);
  }

  /** Pushes a value, after `write`. */
  push(node: Node): void {
    this.#push(node);
  }

  #writeStep(step: Step, index: number): void {
    this.#step = index;
    const exit = this.#block.sideExits[index];
    this.#exitLabel = exit ? this.#labels.get(exit)! : -1;
    this.#exitAddress = step.instruction.address;
    this.#effects(step.effects);
    // What is wanted after the registers change: the way out, and values for later steps.
    const { condition, target } = step.leave;
    if (condition) this.#compute(condition);
    if (target) this.#compute(target);
    this.#keep(this.#pinned(index));
    this.#assign(step.writes);
  }

  #pinned(index: number): readonly Node[] {
    return this.#block.pins.get(index) ?? [];
  }

  #keep(nodes: readonly Node[]): void {
    for (const node of nodes) if (node.scope === 0) this.#compute(node);
  }

  /** Computes a node now, into a local, unless it can just as well be had later. */
  #compute(node: Node): void {
    if (node.local >= 0 || node.op === Leaf.Constant) return;
    if (node.op === Leaf.Register && (this.#block.lastWrite.get(node.value as number) ?? -1) < node.step) return;
    const local = this.#locals.temporary(node.type);
    this.#push(node);
    this.#code.localSet(local);
    node.local = local;
  }

  /** Sets registers at once: all values are computed before the first is set. */
  #assign(writes: ReadonlyMap<number, Node>): void {
    const slots = [...writes.keys()];
    for (const slot of slots) this.#push(writes.get(slot)!);
    for (const slot of slots.reverse()) this.#code.localSet(this.#locals.slot(slot));
  }

  #effects(effects: readonly Effect[]): void {
    for (const effect of effects) this.#effect(effect);
  }

  #effect(effect: Effect): void {
    const code = this.#code;
    switch (effect.kind) {
      case EffectKind.LeaveIf:
        this.#setExitAddress();
        this.#push(effect.condition);
        code.brIf(this.#exitLabel);
        return;
      case EffectKind.If:
        this.#push(effect.condition);
        code.if();
        this.#effects(effect.yes);
        if (effect.no.length > 0) {
          code.else();
          this.#effects(effect.no);
        }
        code.end();
        return;
      case EffectKind.Assign:
        if (effect.variable.local < 0) effect.variable.local = this.#locals.temporary(effect.variable.type);
        this.#push(effect.node);
        code.localSet(effect.variable.local);
        return;
      case EffectKind.Compute:
        this.#compute(effect.node);
        return;
      case EffectKind.Settle:
        this.#settle(effect);
        return;
      case EffectKind.StateLoad:
        effect.node.local = this.#locals.temporary(effect.node.type);
        code.localGet(this.#locals.state);
        code.memory(LOADS[effect.width]!, effect.offset);
        code.localSet(effect.node.local);
        return;
      case EffectKind.StateStore:
        code.localGet(this.#locals.state);
        this.#push(effect.node);
        code.memory(Op['i32.store'], effect.offset);
        return;
      case EffectKind.Call:
        this.#call(effect);
        return;
      case EffectKind.Bulk:
        new BulkWriter(code, this.#locals, effect, (node) => this.#push(node)).write();
        return;
      default:
        this.#access(effect);
    }
  }

  /** On a way that is rarely taken: nothing of it is kept for others. */
  #settle({ slot, node }: SettleEffect): void {
    const sharing = this.#sharing;
    this.#sharing = false;
    this.#push(node);
    this.#sharing = sharing;
    this.#code.localSet(this.#locals.slot(slot));
  }

  #call({ node, routine, args }: CallEffect): void {
    const code = this.#code;
    code.localGet(this.#locals.state);
    for (const arg of args) this.#push(arg);
    code.call(this.#routines.get(routine)!);
    node.local = this.#locals.temporary(node.type);
    code.localSet(node.local);
  }

  #access(effect: AccessEffect): void {
    const code = this.#code;
    if (effect.check) this.#check(effect.address, effect.check);
    if (effect.kind === EffectKind.Probe) return;
    const offset = this.#pushAddress(effect.address);
    if (effect.kind === EffectKind.Store) {
      this.#push(effect.node!);
      code.memory(STORES[effect.width]!, offset);
      return;
    }
    code.memory(LOADS[effect.width]!, offset);
    effect.node!.local = this.#locals.temporary(effect.node!.type);
    code.localSet(effect.node!.local);
  }

  /** Pushes a checked address cut to 32 bits; it is known to be below 4 GiB. */
  #pushAddress(address: Node): number {
    if (address.op === Leaf.Constant) {
      this.#code.i32Const(Number(address.value));
      return 0;
    }
    this.#push(address);
    this.#code.op(Op['i32.wrap_i64']);
    return 0;
  }

  #check(address: Node, check: AddressCheck): void {
    if (address.operands.length > 0 && address.local < 0) {
      const local = this.#locals.temporary(Type.i64);
      this.#push(address);
      this.#code.localSet(local);
      address.local = local;
    }
    this.#setExitAddress();
    new CheckWriter(this.#code).write(check, () => this.#push(address), this.#exitLabel);
  }

  #setExitAddress(): void {
    this.#code.i64Const(this.#exitAddress);
    this.#code.localSet(this.#locals.rip);
  }

  #push(node: Node): void {
    const code = this.#code;
    if (node.local >= 0) {
      code.localGet(node.local);
    } else if (node.op === Leaf.Constant) {
      this.#pushConstant(node);
    } else if (node.op === Leaf.Register) {
      code.localGet(this.#locals.slot(node.value as number));
    } else if (node.op === Leaf.Temporary) {
      throw new Error('a value is used before it is made');
    } else {
      this.#pushOperation(node);
    }
  }

  #pushConstant({ type, value, high }: Node): void {
    const code = this.#code;
    if (type === Type.i32) code.i32Const(value as number);
    else if (type === Type.v128) code.v128Const(value as bigint, high);
    else code.i64Const(asSmall(value as bigint));
  }

  #pushLazySelect({ type, operands }: Node): void {
    const code = this.#code;
    const [yes, no, condition] = operands as [Node, Node, Node];
    this.#push(condition);
    for (const node of new Set([...usedElsewhere(yes), ...usedElsewhere(no)])) this.#compute(node);
    code.if(type);
    this.#pushSide(yes);
    code.else();
    this.#pushSide(no);
    code.end();
  }

  /** What is kept in locals here is not there after the other side. */
  #pushSide(side: Node): void {
    const outer = this.#kept;
    this.#kept = [];
    this.#push(side);
    for (const node of this.#kept) node.local = -1;
    this.#kept = outer;
  }

  #pushOperation(node: Node): void {
    const code = this.#code;
    if (this.#sharing && isLazySelect(node)) {
      this.#pushLazySelect(node);
    } else {
      for (const operand of node.operands) this.#push(operand);
      this.#operation(node);
    }
    if (node.uses < 2 || this.#step < node.step || !this.#sharing) return;
    node.local = this.#locals.temporary(node.type);
    this.#kept.push(node);
    code.localTee(node.local);
  }

  #operation(node: Node): void {
    const code = this.#code;
    if (node.op === Op['i8x16.shuffle']) {
      code.shuffle(node.immediates);
    } else {
      code.op(node.op);
      for (const immediate of node.immediates) code.byte(immediate);
    }
  }
}

export function loadSlots(code: CodeWriter, locals: Locals, slots: SlotSet): void {
  for (const slot of slotsOf(slots)) {
    code.localGet(locals.state);
    code.memory(loadOf(slotType(slot)), stateOffset(slot));
    code.localSet(locals.slot(slot));
  }
}

export function storeSlots(code: CodeWriter, locals: Locals, slots: SlotSet): void {
  for (const slot of slotsOf(slots)) {
    code.localGet(locals.state);
    code.localGet(locals.slot(slot));
    code.memory(storeOf(slotType(slot)), stateOffset(slot));
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

/** A number where the value fits: it is encoded without BigInt. */
function asSmall(value: bigint): bigint | number {
  const signed = BigInt.asIntN(64, value);
  return signed >= -0x80000000n && signed < 0x80000000n ? Number(signed) : signed;
}

const LOADS: Readonly<Record<number, number>> = {
  8: Op['i32.load8_u'],
  16: Op['i32.load16_u'],
  32: Op['i32.load'],
  64: Op['i64.load'],
  128: Op['v128.load'],
};

const STORES: Readonly<Record<number, number>> = {
  8: Op['i32.store8'],
  16: Op['i32.store16'],
  32: Op['i32.store'],
  64: Op['i64.store'],
  128: Op['v128.store'],
};
