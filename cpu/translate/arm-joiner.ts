/** What becomes of the two parts of a conditional: selects where they are pure, a branch where not. */
import { Type } from '../wasm/opcode.ts';
import { ALL_FLAG_MASKS, type FlagMaker, type FlagSource } from './flag-sources.ts';
import { EffectKind, type Node, type NodeFactory } from './ir.ts';
import { slotType } from './slots.ts';
import { LeaveKind, type Context, type Leave } from './step.ts';
import { Untranslatable } from './value-ops.ts';

export class ArmJoiner {
  readonly #factory: NodeFactory;
  readonly #flagMaker: FlagMaker;
  readonly #slotOf: (slot: number) => Node;

  /** `slotOf`: the value of a register before the conditional. */
  constructor(factory: NodeFactory, flagMaker: FlagMaker, slotOf: (slot: number) => Node) {
    this.#factory = factory;
    this.#flagMaker = flagMaker;
    this.#slotOf = slotOf;
  }

  /** Into `base`. `crossing`: nodes from outside that the arms use. */
  join(condition: Node, base: Context, yes: Context, no: Context, crossing: readonly Node[]): void {
    if (yes.effects.length === 0 && no.effects.length === 0) this.#joinPure(condition, base, yes, no);
    else this.#joinBranched(condition, base, yes, no, crossing);
  }

  /** Both arms only compute: selects. */
  #joinPure(condition: Node, base: Context, yes: Context, no: Context): void {
    for (const slot of changedSlots(base, yes, no)) {
      const [a, b] = [yes, no].map((arm) => arm.writes.get(slot) ?? this.#slotOf(slot)) as [Node, Node];
      base.writes.set(slot, this.#factory.select(slotType(slot), condition, a, b));
    }
    const flags = new Map(base.flags);
    for (const flag of changedFlags(yes, no)) {
      const [a, b] = [yes, no].map((arm) => this.#flagMaker.source(arm.flags, flag)) as [FlagSource, FlagSource];
      flags.set(flag, this.#flagMaker.selected(flag, condition, a, b));
    }
    base.flags = flags;
    if (yes.leave === no.leave) return;
    const [a, b] = [yes, no].map((arm) => this.#branchCondition(arm.leave)) as [Node, Node];
    base.leave = {
      kind: LeaveKind.Branch,
      condition: this.#factory.select(Type.i32, condition, a, b),
      target: this.#branchTarget(yes, no),
    };
  }

  /** Arms with effects: a real branch that assigns variables. */
  #joinBranched(condition: Node, base: Context, yes: Context, no: Context, crossing: readonly Node[]): void {
    for (const node of crossing)
      if (node.scope === this.#factory.scope) base.effects.push({ kind: EffectKind.Compute, node });
    const join = (type: number, before: Node | undefined, a: Node, b: Node): Node => {
      const variable = this.#factory.temporary(type);
      if (before) base.effects.push({ kind: EffectKind.Assign, variable, node: this.#factory.use(before) });
      if (a !== before) yes.effects.push({ kind: EffectKind.Assign, variable, node: this.#factory.use(a) });
      if (b !== before) no.effects.push({ kind: EffectKind.Assign, variable, node: this.#factory.use(b) });
      return variable;
    };
    for (const slot of changedSlots(base, yes, no)) {
      const before = this.#slotOf(slot);
      const [a, b] = [yes, no].map((arm) => arm.writes.get(slot) ?? before) as [Node, Node];
      base.writes.set(slot, join(slotType(slot), before, a, b));
    }
    const flags = new Map(base.flags);
    for (const flag of changedFlags(yes, no)) {
      const [a, b] = [yes, no].map((arm) => this.#flagMaker.source(arm.flags, flag).raw()) as [Node, Node];
      const variable = join(a.type, undefined, a, b);
      flags.set(
        flag,
        this.#flagMaker.fromRaw(flag, () => variable),
      );
    }
    base.flags = flags;
    if (yes.leave !== no.leave) {
      const [a, b] = [yes, no].map((arm) => this.#branchCondition(arm.leave)) as [Node, Node];
      base.leave = {
        kind: LeaveKind.Branch,
        condition: join(Type.i32, undefined, a, b),
        target: this.#branchTarget(yes, no),
      };
    }
    const { effects } = base;
    effects.push({
      kind: EffectKind.If,
      condition: this.#factory.use(condition),
      yes: yes.effects,
      no: no.effects,
    });
  }

  #branchCondition(leave: Leave): Node {
    if (leave.kind === LeaveKind.Next) return this.#factory.i32(0);
    if (leave.kind !== LeaveKind.Branch) throw new Untranslatable('jump in a conditional part');
    return leave.condition!;
  }

  #branchTarget(yes: Context, no: Context): Node {
    return (yes.leave.target ?? no.leave.target)!;
  }
}

function changedSlots(base: Context, yes: Context, no: Context): Set<number> {
  const changed = new Set<number>();
  for (const arm of [yes, no]) {
    for (const [slot, value] of arm.writes) if (base.writes.get(slot) !== value) changed.add(slot);
  }
  return changed;
}

function changedFlags(yes: Context, no: Context): number[] {
  return ALL_FLAG_MASKS.filter((flag) => yes.flags.get(flag) !== no.flags.get(flag));
}
