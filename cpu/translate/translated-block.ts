/** Runs the semantics of one block: its steps, what the flags are at its end, and how it goes on. */
import { ALL_FLAG_MASKS, type FlagSources } from './flag-sources.ts';
import { BlockOps, LeaveKind, type Leave, type Step } from './block-ops.ts';
import { planChecks } from './address-checks.ts';
import { EffectKind, type Effect, type Node } from './ir.ts';
import type { Block } from './region.ts';
import { FLAG_SLOTS } from './slots.ts';
import { Untranslatable } from './value-ops.ts';

export interface TranslatedBlock {
  readonly block: Block;
  readonly steps: readonly Step[];
  /** Flag values to put into their locals at the end, by slot. */
  readonly flagWrites: ReadonlyMap<number, Node>;
  /** The same for all flags: before leaving the region at the end. */
  readonly leaveFlags: ReadonlyMap<number, Node>;
  /** Values to put into the flags' locals before leaving in the middle of a step, by the sources that the step has. */
  readonly exitFlags: ReadonlyMap<FlagSources, ReadonlyMap<number, Node>>;
  readonly leave: Leave;
  /** Where the leaving instruction is (Single), or the address after the last one. */
  readonly leaveAddress: number;
  /** A step that turned out to have no translation. */
  readonly refused: boolean;
  /** Nodes to keep in locals from their step on, by step. */
  readonly pins: ReadonlyMap<number, readonly Node[]>;
  /** Last step that writes each slot. */
  readonly lastWrite: ReadonlyMap<number, number>;
}

/** `liveFlags`: flags needed in their locals at the end when the block goes on in the region. */
export function translateBlock(block: Block, liveFlags: number): TranslatedBlock {
  const ops = new BlockOps();
  const steps: Step[] = [];
  let leave: Leave = { kind: LeaveKind.Next };
  let leaveAddress = block.end;
  let refused = false;
  for (const { instruction, definition } of block.code) {
    const step = definition && tryStep(() => ops.step(instruction, (o) => definition.semantics(o, instruction)));
    if (!step) {
      leave = { kind: LeaveKind.Single };
      leaveAddress = instruction.address;
      refused = definition !== undefined;
      break;
    }
    steps.push(step);
    leave = step.leave;
  }
  planChecks(steps);
  const exitFlags = new Map<FlagSources, Map<number, Node>>();
  for (const step of steps) {
    if (canLeave(step) && !exitFlags.has(step.flagsBefore))
      exitFlags.set(step.flagsBefore, rawFlags(ops, step.flagsBefore, -1));
  }
  const flagWrites = rawFlags(ops, ops.flags, liveFlags);
  const leaveFlags = rawFlags(ops, ops.flags, -1);
  const pins = pinsByStep(ops);
  return {
    block,
    steps,
    flagWrites,
    leaveFlags,
    exitFlags,
    leave,
    leaveAddress,
    refused,
    pins,
    lastWrite: lastWrites(steps),
  };
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
