/**
 * The translator's operation set: runs the semantics of one block's instructions and records what they do as steps, each
 * a list of effects, register writes that happen together at its end, and at last a way out of the block.
 */
import type { FlagUpdate, Ops } from '../semantics/ops.ts';
import { STATE_WORD_WIDTHS, type Routine, type StateWord } from '../semantics/routine.ts';
import { writeStringIndex } from '../semantics/simd/string-index.ts';
import { Gpr, Rflags, State } from '../state-layout.ts';
import { Type } from '../wasm/opcode.ts';
import { NO_REGISTER, OperandKind, type Instruction, type Operand, type RegisterOperand } from '../x86/instruction.ts';
import { ArmJoiner } from './arm-joiner.ts';
import { ALL_FLAG_MASKS, type FlagSources } from './flag-sources.ts';
import { EffectKind, Leaf, type Node, type NodeFactory } from './ir.ts';
import { passesNumberOn, type OpenNumber } from './number-chains.ts';
import { OperandOps } from './operand-ops.ts';
import { slotType } from './slots.ts';
import { emptyContext, LeaveKind, type Context, type Leave, type Step } from './step.ts';
import { Untranslatable } from './value-ops.ts';

export class BlockOps extends OperandOps implements Ops<Node> {
  #instruction: Instruction | undefined;
  readonly #arms = new ArmJoiner(this.factory, this.flagMaker, (slot) => this.slot(slot));
  #scopes = 0;
  /** A register that the last instruction left open, and whether this one may. */
  #open: OpenNumber | undefined;
  #leavesOpen = false;

  get nodes(): NodeFactory {
    return this.factory;
  }

  /** Flag sources after the instructions so far. */
  get flags(): FlagSources {
    return this.context.flags;
  }

  /** Runs an instruction's semantics; `next` follows it in the block. Throws Untranslatable, and then nothing of it is recorded. */
  step(instruction: Instruction, next: Instruction | undefined, run: (ops: Ops<Node>) => void): Step {
    const flagsBefore = this.context.flags;
    const openBefore = this.#open;
    this.#leavesOpen = openBefore === undefined && passesNumberOn(instruction, next);
    this.#instruction = instruction;
    this.begin(emptyContext(flagsBefore));
    try {
      run(this);
    } catch (error) {
      this.context = emptyContext(flagsBefore);
      throw error;
    }
    const { effects, writes, leave } = this.context;
    for (const [slot, value] of writes) {
      this.factory.use(value);
      this.remember(slot, value);
    }
    if (leave.condition) this.factory.use(leave.condition);
    if (leave.target) this.factory.use(leave.target);
    this.factory.step++;
    return { instruction, effects, writes, leave, flagsBefore, openBefore };
  }

  /** The last step, with the register that it left open settled: when no instruction follows that would ask. */
  settled(step: Step): Step {
    const open = this.#open;
    this.#open = undefined;
    return open ? { ...step, writes: new Map(step.writes).set(open.slot, open.exact) } : step;
  }

  // --- arithmetic that can leave -------------------------------------------------------------------------------------
  /** Only quotients that 64-bit division gives; the rest is left to the interpreter. */
  divideWide(signed: 'signed' | 'unsigned', high: Node, low: Node, divisor: Node): { quotient: Node; remainder: Node } {
    const zero = this.constant(64, 0);
    if (signed === 'unsigned') {
      this.#leaveIf(this.or(32, this.ne(64, high, zero), this.eq(64, divisor, zero)));
      return { quotient: this.divUnsigned(64, low, divisor), remainder: this.remUnsigned(64, low, divisor) };
    }
    const wide = this.ne(64, high, this.sar(64, low, this.constant(32, 63)));
    // Divisors 0 and -1 (which can overflow): divisor + 1 is below 2 as an unsigned number.
    const special = this.ltUnsigned(64, this.add(64, divisor, this.constant(64, 1)), this.constant(64, 2));
    this.#leaveIf(this.or(32, wide, special));
    return { quotient: this.divSigned(64, low, divisor), remainder: this.remSigned(64, low, divisor) };
  }

  // --- conditional parts ---------------------------------------------------------------------------------------------
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
    this.#arms.join(condition, base, yes, no, crossing);
  }

  whenNumber(isNumber: Node, then: () => void, otherwise: () => void): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      this.when(isNumber, then, () => {
        this.context.effects.push({ kind: EffectKind.Settle, slot: open.slot, node: open.exact });
        otherwise();
      });
    } else if (this.#leavesOpen) this.#leaveOpen(isNumber, then, otherwise);
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
    this.#open = { slot, exact: this.factory.select(slotType(slot), isNumber, number, other) };
    this.factory.keepLeaves(this.#open.exact);
  }

  #arm(base: Context, run: (() => void) | undefined): Context {
    this.factory.scope = ++this.#scopes;
    const context = { effects: [], writes: new Map(base.writes), flags: base.flags, leave: base.leave };
    this.context = context;
    run?.();
    return context;
  }

  // --- flags ---------------------------------------------------------------------------------------------------------
  setFlags(update: FlagUpdate<Node>): void {
    this.context.flags = this.flagMaker.updated(this.context.flags, update);
  }
  flag(flag: number): Node {
    return this.flagMaker.source(this.context.flags, flag).bool();
  }
  condition(code: number): Node {
    return this.flagMaker.condition(this.context.flags, code);
  }
  directionFlag(): Node {
    return this.stateLoad(State.df, 32);
  }
  setDirectionFlag(value: Node): void {
    this.context.effects.push({ kind: EffectKind.StateStore, node: this.factory.use(value), offset: State.df });
  }
  rflags(): Node {
    let packed = this.stateLoad(State.otherFlags, 32);
    const put = (value: Node, bit: number) => {
      packed = this.or(32, packed, this.shl(32, value, this.constant(32, Math.log2(bit))));
    };
    const bits = [Rflags.ZF, Rflags.SF, Rflags.PF, Rflags.CF, Rflags.OF, Rflags.AF];
    ALL_FLAG_MASKS.forEach((flag, index) => put(this.flag(flag), bits[index]!));
    put(this.directionFlag(), Rflags.DF);
    return this.zeroExtend(32, 64, this.or(32, packed, this.constant(32, Rflags.FIXED)));
  }
  setRflags(): void {
    throw new Untranslatable('setRflags');
  }
  stateWord(name: StateWord): Node {
    return this.stateLoad(State[name], STATE_WORD_WIDTHS[name]);
  }
  stackIndex(operand: Operand): Node {
    return this.constant(32, (operand as RegisterOperand).index);
  }
  routine(routine: Routine, args: readonly Node[]): Node {
    const node = this.factory.temporary(Type.i32);
    for (const arg of args) this.factory.use(arg);
    this.context.effects.push({ kind: EffectKind.Call, node, routine, args });
    return node;
  }
  routineResult(): Node {
    return this.stateLoad(State.scratch, 64);
  }
  preferHelper(): false {
    return false;
  }

  // --- control -------------------------------------------------------------------------------------------------------
  here(): Node {
    return this.constant(64, this.#current().address);
  }
  next(): Node {
    return this.constant(64, this.#current().address + this.#current().length);
  }
  jump(target: Node): void {
    this.#leave({ kind: LeaveKind.Jump, target });
  }
  branch(condition: Node, target: Node): void {
    this.#leave({ kind: LeaveKind.Branch, condition, target });
  }
  call(target: Node): void {
    this.#leave({ kind: LeaveKind.Call, target });
  }
  ret(target: Node): void {
    this.#leave({ kind: LeaveKind.Return, target });
  }
  trap(kind: number, rip: 'here' | 'after'): void {
    if (rip === 'here') throw new Untranslatable('fault');
    this.#leave({ kind: LeaveKind.Trap, trap: kind });
  }
  /** The interpreter meets the same condition and raises it. */
  trapIf(condition: Node): void {
    this.#leaveIf(condition);
  }
  evaluateIf(condition: Node): void {
    this.#leaveIf(condition);
  }
  bulk(instruction: Instruction): void {
    const [, from] = instruction.operands;
    const isMove = from?.kind === OperandKind.Memory;
    if (instruction.addressWidth === 32 || (isMove && from.segment !== NO_REGISTER)) return;
    const elementBytes = instruction.width / 8;
    const used = (register: number): Node => this.factory.use(this.gpr(64, register));
    const destination = used(Gpr.rdi);
    const source = isMove ? used(Gpr.rsi) : undefined;
    const value = isMove ? undefined : used(Gpr.rax);
    const count = used(Gpr.rcx);
    const node = this.factory.temporary(Type.i64);
    const kind = EffectKind.Bulk;
    this.context.effects.push({ kind, node, destination, source, value, count, elementBytes });
    const bytes = this.shl(64, node, this.constant(32, Math.log2(elementBytes)));
    this.setGpr(64, Gpr.rdi, this.add(64, destination, bytes));
    if (source) this.setGpr(64, Gpr.rsi, this.add(64, source, bytes));
    this.setGpr(64, Gpr.rcx, this.sub(64, count, node));
  }
  helper(name: string, instruction: Instruction): void {
    if (name === 'compareStrings' && writeStringIndex(this, instruction)) return;
    throw new Untranslatable(name);
  }

  #current(): Instruction {
    if (!this.#instruction) throw new Error('no instruction');
    return this.#instruction;
  }

  #leave(leave: Leave): void {
    this.context.leave = leave;
  }

  #leaveIf(condition: Node): void {
    if (condition.op === Leaf.Constant) {
      if (condition.value) throw new Untranslatable('always left');
      return;
    }
    this.context.effects.push({ kind: EffectKind.LeaveIf, condition: this.factory.use(condition) });
  }
}
