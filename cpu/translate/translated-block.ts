/** Runs the semantics of one block: its steps, what the flags are at its end, how it goes on, and which slots it needs. */
import type { Ops } from '../semantics/ops.ts';
import { keepingToMxcsr } from '../semantics/simd/watchful-ops.ts';
import { ALL_FLAG_MASKS, type FlagSources } from './flag-sources.ts';
import { BlockOps } from './block-ops.ts';
import { LeaveKind, type Leave, type Step } from './step.ts';
import { planChecks } from './address-checks.ts';
import { EffectKind, Leaf, type Effect, type Node } from './ir.ts';
import type { LiveFlags } from './flag-liveness.ts';
import type { Block } from './region.ts';
import { slotSet, union, NO_SLOTS, type SlotSet } from './slot-set.ts';
import { FLAG_SLOTS } from './slots.ts';
import { Untranslatable } from './value-ops.ts';

/** A way out in the middle of a block, shared by the steps with the same registers and flags before them. */
export interface SideExit {
  /** Values that are not in their locals, by slot: of flags, and of a register left open. */
  readonly values: ReadonlyMap<number, Node>;
  /** Registers that earlier steps of the block have written. */
  readonly written: SlotSet;
}

export interface TranslatedBlock {
  readonly block: Block;
  readonly steps: readonly Step[];
  /** By step; undefined for a step that can't leave. */
  readonly sideExits: readonly (SideExit | undefined)[];
  /** Flag values to put into their locals at the end, by slot. */
  readonly flagWrites: ReadonlyMap<number, Node>;
  /** Flag values to put into their locals before leaving the region at the end. */
  readonly leaveFlags: ReadonlyMap<number, Node>;
  /** Flags that code outside may read, as slots. */
  readonly flagsOutside: SlotSet;
  readonly leave: Leave;
  /** Where the leaving instruction is (Single), or the address after the last one. */
  readonly leaveAddress: number;
  /** A step that turned out to have no translation. */
  readonly refused: boolean;
  /** Nodes to keep in locals from their step on, by step. */
  readonly pins: ReadonlyMap<number, readonly Node[]>;
  /** Last step that writes each slot. */
  readonly lastWrite: ReadonlyMap<number, number>;
  /** Slots that the block reads before it writes them. */
  readonly reads: SlotSet;
  /** Slots that are in their locals, written, at its end. */
  readonly writes: SlotSet;
}

/**
 * Whether floating point keeps to MXCSR, or rounds to nearest, keeps denormals and notes no exceptions, which is right until a program looks.
 */
export type Arithmetic = 'plain' | 'watchful';

/** `flags`: those needed at the end. */
export function translateBlock(block: Block, flags: LiveFlags, arithmetic: Arithmetic): TranslatedBlock {
  const ops = new BlockOps();
  const steps: Step[] = [];
  let leave: Leave = { kind: LeaveKind.Next };
  let leaveAddress = block.end;
  let refused = false;
  for (const [index, { instruction, definition }] of block.code.entries()) {
    const run = (o: Ops<Node>): void =>
      definition!.semantics(arithmetic === 'plain' ? o : keepingToMxcsr(o, instruction), instruction);
    const next = arithmetic === 'plain' ? block.code[index + 1]?.instruction : undefined;
    const step = definition && tryStep(() => ops.step(instruction, next, run));
    if (!step) {
      leave = { kind: LeaveKind.Single };
      leaveAddress = instruction.address;
      refused = definition !== undefined;
      const last = steps.pop();
      if (last) steps.push(ops.settled(last));
      break;
    }
    steps.push(step);
    leave = step.leave;
  }
  planChecks(steps);
  const sideExits = sideExitsOf(ops, steps);
  const flagWrites = rawFlags(ops, ops.flags, flags.inside);
  const leaveFlags = rawFlags(ops, ops.flags, flags.outside);
  const lastWrite = lastWrites(steps);
  return {
    block,
    steps,
    sideExits,
    flagWrites,
    leaveFlags,
    flagsOutside: flagSlots(flags.outside),
    leave,
    leaveAddress,
    refused,
    pins: pinsByStep(ops),
    lastWrite,
    reads: new ReadSlots(steps).of(sideExits, flagWrites, leaveFlags),
    writes: union(slotSet(lastWrite.keys()), slotSet(flagWrites.keys())),
  };
}

/** Steps between which nothing changes share an exit. */
function sideExitsOf(ops: BlockOps, steps: readonly Step[]): (SideExit | undefined)[] {
  let written = NO_SLOTS;
  let flags: FlagSources | undefined;
  let exit: SideExit | undefined;
  return steps.map((step) => {
    if (step.flagsBefore !== flags || step.openBefore !== undefined) exit = undefined;
    flags = step.flagsBefore;
    const before = written;
    const leaves = canLeave(step);
    if (leaves) exit ??= { values: exitValues(ops, step), written: before };
    const own = leaves ? exit : undefined;
    if (step.writes.size > 0) {
      written = union(written, slotSet(step.writes.keys()));
      exit = undefined;
    }
    return own;
  });
}

function exitValues(ops: BlockOps, { flagsBefore, openBefore }: Step): Map<number, Node> {
  const values = rawFlags(ops, flagsBefore, -1);
  if (openBefore) values.set(openBefore.slot, openBefore.exact);
  return values;
}

function flagSlots(mask: number): SlotSet {
  return slotSet(FLAG_SLOTS.filter(([flag]) => flag & mask).map(([, slot]) => slot));
}

/** Finds the registers' locals that a block reads as they were before it. */
class ReadSlots {
  readonly #steps: readonly Step[];
  readonly #firstWrite = new Map<number, number>();
  readonly #seen = new Set<Node>();
  readonly #slots = new Set<number>();

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
    steps.forEach((step, index) => {
      for (const slot of step.writes.keys()) if (!this.#firstWrite.has(slot)) this.#firstWrite.set(slot, index);
    });
  }

  of(
    sideExits: readonly (SideExit | undefined)[],
    flagWrites: ReadonlyMap<number, Node>,
    leaveFlags: ReadonlyMap<number, Node>,
  ): SlotSet {
    for (const { effects, writes, leave } of this.#steps) {
      effects.forEach((effect) => this.#effect(effect));
      for (const node of writes.values()) this.#node(node);
      this.#node(leave.condition);
      this.#node(leave.target);
    }
    for (const exit of new Set(sideExits)) for (const node of exit?.values.values() ?? []) this.#node(node);
    for (const node of flagWrites.values()) this.#node(node);
    for (const node of leaveFlags.values()) this.#node(node);
    return slotSet(this.#slots);
  }

  #effect(effect: Effect): void {
    switch (effect.kind) {
      case EffectKind.If:
        this.#node(effect.condition);
        for (const inner of [...effect.yes, ...effect.no]) this.#effect(inner);
        return;
      case EffectKind.LeaveIf:
        this.#node(effect.condition);
        return;
      case EffectKind.Call:
        for (const arg of effect.args) this.#node(arg);
        return;
      case EffectKind.Bulk:
        for (const node of [effect.destination, effect.source, effect.value, effect.count]) this.#node(node);
        return;
      case EffectKind.Load:
      case EffectKind.Store:
      case EffectKind.Probe:
        this.#node(effect.address);
        if (effect.kind === EffectKind.Store) this.#node(effect.node);
        return;
      default:
        this.#node(effect.node);
    }
  }

  #node(node: Node | undefined): void {
    if (!node || node.op === Leaf.Constant || node.op === Leaf.Temporary || this.#seen.has(node)) return;
    this.#seen.add(node);
    if (node.op === Leaf.Register) {
      const slot = node.value as number;
      if ((this.#firstWrite.get(slot) ?? Infinity) >= node.step) this.#slots.add(slot);
    }
    for (const operand of node.operands) this.#node(operand);
  }
}

function tryStep(run: () => Step): Step | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}

function canLeave(step: Step): boolean {
  return step.effects.some(mayLeave);
}

function mayLeave(effect: Effect): boolean {
  switch (effect.kind) {
    case EffectKind.LeaveIf:
      return true;
    case EffectKind.If:
      return effect.yes.some(mayLeave) || effect.no.some(mayLeave);
    case EffectKind.Load:
    case EffectKind.Store:
    case EffectKind.Probe:
      return effect.check !== undefined;
    default:
      return false;
  }
}

/** Raw values of the flags that do not come from their locals, by slot. */
function rawFlags(ops: BlockOps, sources: FlagSources, wanted: number): Map<number, Node> {
  const values = new Map<number, Node>();
  for (const flag of ALL_FLAG_MASKS) {
    const source = sources.get(flag);
    if (source && wanted & flag)
      values.set(FLAG_SLOTS.find(([mask]) => mask === flag)![1], ops.nodes.use(source.raw()));
  }
  return values;
}

function pinsByStep(ops: BlockOps): Map<number, Node[]> {
  const pins = new Map<number, Node[]>();
  for (const node of ops.nodes.pins) {
    const list = pins.get(node.step);
    if (list) list.push(node);
    else pins.set(node.step, [node]);
  }
  return pins;
}

function lastWrites(steps: readonly Step[]): Map<number, number> {
  const last = new Map<number, number>();
  steps.forEach((step, index) => {
    for (const slot of step.writes.keys()) last.set(slot, index);
  });
  return last;
}
