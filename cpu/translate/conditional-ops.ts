/** Parts of an instruction that are done only if a condition holds: selects where they are pure, branches where not, or left open for the next instruction. */
import { ALL_FLAG_MASKS, type FlagSource } from './flag-sources.ts';
import { EffectKind, Leaf, type Node } from './ir.ts';
import type { OpenNumber } from './number-chains.ts';
import { OperandOps } from './operand-ops.ts';
import { slotType } from './slots.ts';
import { LeaveKind, type Context, type Leave } from './step.ts';
import { Untranslatable } from './value-ops.ts';
import { Type } from '../wasm/opcode.ts';

export abstract class ConditionalOps extends OperandOps {
  /** A register that the last instruction left open. */
  protected open: OpenNumber | undefined;
  /** Whether this one may. */
  protected leavesOpen = false;
  #scopes = 0;

  when(condition: Node, then: () => void, otherwise?: () => void): void {
    if (condition.op === Leaf.Constant) {
      if (condition.value) then();
      else otherwise?.();
      return;
    }
    const base = this.context;
    const outerScope = this.factory.scope;
    const outerCrossing = this.factory.crossing;
    this.factory.crossing = [];
    const yes = this.#arm(base, then);
    const no = this.#arm(base, otherwise);
    const crossing = this.factory.crossing;
    this.factory.crossing = outerCrossing;
    outerCrossing.push(...crossing);
    this.factory.scope = outerScope;
    this.context = base;
    if (yes.effects.length === 0 && no.effects.length === 0) this.#mergePure(condition, base, yes, no);
    else this.#mergeBranched(condition, base, yes, no, crossing);
  }

  whenNumber(isNumber: Node, then: () => void, otherwise: () => void): void {
    const open = this.open;
    this.open = undefined;
    if (open !== undefined) {
      this.when(isNumber, then, () => {
        this.context.effects.push({ kind: EffectKind.Settle, slot: open.slot, node: open.exact });
        otherwise();
      });
    } else if (this.leavesOpen) this.#leaveOpen(isNumber, then, otherwise);
    else this.when(isNumber, then, otherwise);
  }

  /** The register gets what `then` writes, whatever it is. */
  #leaveOpen(isNumber: Node, then: () => void, otherwise: () => void): void {
    const base = this.context;
    const written = (part: () => void): [number, Node] => {
      this.context = { ...base, effects: [], writes: new Map() };
      part();
      const [only] = this.context.writes;
      return only!;
    };
    const [slot, number] = written(then);
    const [, other] = written(otherwise);
    this.context = base;
    base.writes.set(slot, number);
    this.open = { slot, exact: this.factory.select(slotType(slot), isNumber, number, other) };
    this.factory.keepLeaves(this.open.exact);
  }

  #arm(base: Context, run: (() => void) | undefined): Context {
    this.factory.scope = ++this.#scopes;
    const context = { effects: [], writes: new Map(base.writes), flags: base.flags, leave: base.leave };
    this.context = context;
    run?.();
    return context;
  }

  /** Both arms only compute: selects. */
  #mergePure(condition: Node, base: Context, yes: Context, no: Context): void {
    for (const slot of changedSlots(base, yes, no)) {
      const [a, b] = [yes, no].map((arm) => arm.writes.get(slot) ?? this.slot(slot)) as [Node, Node];
      base.writes.set(slot, this.factory.select(slotType(slot), condition, a, b));
    }
    const flags = new Map(base.flags);
    for (const flag of changedFlags(yes, no)) {
      const [a, b] = [yes, no].map((arm) => this.flagMaker.source(arm.flags, flag)) as [FlagSource, FlagSource];
      flags.set(flag, this.flagMaker.selected(flag, condition, a, b));
    }
    base.flags = flags;
    if (yes.leave === no.leave) return;
    const [a, b] = [yes, no].map((arm) => this.#branchCondition(arm.leave)) as [Node, Node];
    base.leave = {
      kind: LeaveKind.Branch,
      condition: this.select(32, condition, a, b),
      target: this.#branchTarget(yes, no),
    };
  }

  /** Arms with effects: a real branch that assigns variables. */
  #mergeBranched(condition: Node, base: Context, yes: Context, no: Context, crossing: readonly Node[]): void {
    for (const node of crossing)
      if (node.scope === this.factory.scope) base.effects.push({ kind: EffectKind.Compute, node });
    const join = (type: number, before: Node | undefined, a: Node, b: Node): Node => {
      const variable = this.factory.temporary(type);
      if (before) base.effects.push({ kind: EffectKind.Assign, variable, node: this.factory.use(before) });
      if (a !== before) yes.effects.push({ kind: EffectKind.Assign, variable, node: this.factory.use(a) });
      if (b !== before) no.effects.push({ kind: EffectKind.Assign, variable, node: this.factory.use(b) });
      return variable;
    };
    for (const slot of changedSlots(base, yes, no)) {
      const before = this.slot(slot);
      const [a, b] = [yes, no].map((arm) => arm.writes.get(slot) ?? before) as [Node, Node];
      base.writes.set(slot, join(slotType(slot), before, a, b));
    }
    const flags = new Map(base.flags);
    for (const flag of changedFlags(yes, no)) {
      const [a, b] = [yes, no].map((arm) => this.flagMaker.source(arm.flags, flag).raw()) as [Node, Node];
      const variable = join(a.type, undefined, a, b);
      flags.set(
        flag,
        this.flagMaker.fromRaw(flag, () => variable),
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
      condition: this.factory.use(condition),
      yes: yes.effects,
      no: no.effects,
    });
  }

  #branchCondition(leave: Leave): Node {
    if (leave.kind === LeaveKind.Next) return this.constant(32, 0);
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
