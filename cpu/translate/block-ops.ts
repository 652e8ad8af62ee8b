/**
 * The translator's operation set: runs the semantics of one block's instructions and records what they do as steps, each
 * a list of effects, register writes that happen together at its end, and at last a way out of the block.
 */
import { Access } from '../memory/guest-memory.ts';
import type { FlagUpdate, Ops, Width } from '../semantics/ops.ts';
import { STATE_WORD_WIDTHS, type Routine, type StateWord } from '../semantics/routine.ts';
import { writeStringIndex } from '../semantics/simd/string-index.ts';
import { Gpr, Rflags, State } from '../state-layout.ts';
import { Type } from '../wasm/opcode.ts';
import {
  NO_REGISTER,
  OperandKind,
  RegisterClass,
  type Instruction,
  type MemoryOperand,
  type Operand,
  type RegisterOperand,
} from '../x86/instruction.ts';
import { passesNumberOn, type OpenNumber } from './number-chains.ts';
import { FlagMaker, ALL_FLAG_MASKS, type FlagSource, type FlagSources } from './flag-sources.ts';
import { EffectKind, Leaf, NodeFactory, type Effect, type Node, type Symbol64 } from './ir.ts';
import { Slot, slotType } from './slots.ts';
import { symbolOf } from './symbols.ts';
import { typeOf, Untranslatable, ValueOps } from './value-ops.ts';

export const LeaveKind = { Next: 0, Jump: 1, Branch: 2, Call: 3, Return: 4, Trap: 5, Single: 6 } as const;
export type LeaveKind = (typeof LeaveKind)[keyof typeof LeaveKind];

/** How control leaves an instruction. */
export interface Leave {
  readonly kind: LeaveKind;
  /** Jump, Branch, Call, Return: where to. */
  readonly target?: Node;
  /** Branch. */
  readonly condition?: Node;
  /** Trap: the code; RIP is then past the instruction. */
  readonly trap?: number;
}

/** One instruction translated. */
export interface Step {
  readonly instruction: Instruction;
  readonly effects: Effect[];
  readonly writes: ReadonlyMap<number, Node>;
  readonly leave: Leave;
  /** Sources of the flags before this instruction: for an exit in it. */
  readonly flagsBefore: FlagSources;
  /** A register that is not settled before this instruction. */
  readonly openBefore: OpenNumber | undefined;
}

const NEXT: Leave = { kind: LeaveKind.Next };

/** What an arm of `when` changes apart from its surroundings. */
interface Context {
  readonly effects: Effect[];
  readonly writes: Map<number, Node>;
  flags: FlagSources;
  leave: Leave;
}

export class BlockOps extends ValueOps implements Ops<Node> {
  readonly flagMaker: FlagMaker;
  #context: Context;
  #instruction: Instruction | undefined;
  /** Registers whose value is known from earlier in the block. */
  readonly #constants = new Map<number, Node>();
  readonly #symbols = new Map<number, Symbol64>();
  /** Addresses and operands of this instruction that are checked for writing already. */
  readonly #writable = new Set<Node>();
  readonly #updated = new Map<Operand, Node>();
  #scopes = 0;
  #open: OpenNumber | undefined;
  #leavesOpen = false;

  constructor() {
    super(new NodeFactory());
    this.flagMaker = new FlagMaker(this, (slot) => this.factory.register(slot, slotType(slot)));
    this.#context = { effects: [], writes: new Map(), flags: new Map(), leave: NEXT };
  }

  get nodes(): NodeFactory {
    return this.factory;
  }

  /** Flag sources after the instructions so far. */
  get flags(): FlagSources {
    return this.#context.flags;
  }

  /** Address symbols of the registers after the instructions so far; absent: unchanged since the block's start. */
  get symbols(): ReadonlyMap<number, Symbol64> {
    return this.#symbols;
  }

  /** Runs an instruction's semantics; `next` follows it in the block. Throws Untranslatable, and then nothing of it is recorded. */
  step(instruction: Instruction, next: Instruction | undefined, run: (ops: Ops<Node>) => void): Step {
    const flagsBefore = this.#context.flags;
    const openBefore = this.#open;
    this.#leavesOpen = openBefore === undefined && passesNumberOn(instruction, next);
    this.#instruction = instruction;
    this.#context = { effects: [], writes: new Map(), flags: flagsBefore, leave: NEXT };
    this.#writable.clear();
    this.#updated.clear();
    try {
      run(this);
    } catch (error) {
      this.#context = { effects: [], writes: new Map(), flags: flagsBefore, leave: NEXT };
      throw error;
    }
    const { effects, writes, leave } = this.#context;
    for (const [slot, value] of writes) {
      this.factory.use(value);
      this.#remember(slot, value);
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

  // --- operands ------------------------------------------------------------------------------------------------------
  read(operand: Operand): Node {
    switch (operand.kind) {
      case OperandKind.Register:
        return this.#readRegister(operand);
      case OperandKind.Memory:
        return this.load(memoryWidth(operand), this.linearAddress(operand));
      case OperandKind.Immediate:
        return this.constant(operand.width as Width, operand.value);
      default:
        return this.constant(64, operand.target);
    }
  }

  readForUpdate(operand: Operand): Node {
    if (operand.kind !== OperandKind.Memory) return this.read(operand);
    const address = this.linearAddress(operand);
    this.#updated.set(operand, address);
    return this.loadForUpdate(memoryWidth(operand), address);
  }

  write(operand: Operand, value: Node): void {
    if (operand.kind === OperandKind.Memory) {
      this.store(memoryWidth(operand), this.#updated.get(operand) ?? this.linearAddress(operand), value);
    } else if (operand.kind === OperandKind.Register) {
      this.#writeRegister(operand, value);
    } else {
      throw new Error('write to an immediate');
    }
  }

  probeWrite(operand: Operand): void {
    if (operand.kind !== OperandKind.Memory) return;
    const address = this.linearAddress(operand);
    this.#access(EffectKind.Probe, (operand as MemoryOperand).width, address, Access.Write);
  }

  effectiveAddress(operand: Operand): Node {
    const memory = operand as MemoryOperand;
    let address: Node = this.constant(64, memory.displacement);
    if (memory.index !== NO_REGISTER) {
      const scaled = this.shl(64, this.gpr(64, memory.index), this.constant(32, memory.scaleShift));
      address = this.add(64, scaled, address);
    }
    if (memory.base !== NO_REGISTER) {
      const base = this.gpr(64, memory.base);
      // The displacement stays outermost, where address checks look for it.
      address =
        memory.index === NO_REGISTER
          ? this.add(64, base, address)
          : this.add(
              64,
              this.add(64, base, this.shl(64, this.gpr(64, memory.index), this.constant(32, memory.scaleShift))),
              this.constant(64, memory.displacement),
            );
    }
    return memory.addressWidth === 32 ? this.zeroExtend(32, 64, this.truncate(64, 32, address)) : address;
  }

  linearAddress(operand: Operand): Node {
    const memory = operand as MemoryOperand;
    const effective = this.effectiveAddress(operand);
    return memory.segment === NO_REGISTER
      ? effective
      : this.add(64, this.factory.register(memory.segment, Type.i64), effective);
  }

  gpr(width: Width, index: number): Node {
    const full = this.#slot(index);
    return this.truncate(64, width, full);
  }

  setGpr(width: Width, index: number, value: Node): void {
    if (width >= 32) {
      this.#context.writes.set(index, width === 32 ? this.zeroExtend(32, 64, value) : value);
      return;
    }
    this.#merge(index, width === 8 ? 0xffn : 0xffffn, this.zeroExtend(width, 64, value));
  }

  load(width: Width | 128, address: Node): Node {
    return this.#load(width, address, Access.Read);
  }

  loadForUpdate(width: Width | 128, address: Node): Node {
    this.#writable.add(address);
    return this.#load(width, address, Access.Read | Access.Write);
  }

  store(width: Width | 128, address: Node, value: Node): void {
    this.#access(EffectKind.Store, width, address, Access.Write, value);
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
    const base = this.#context;
    const outerScope = this.factory.scope;
    const outerCrossing = this.factory.crossing;
    this.factory.crossing = [];
    const yes = this.#arm(base, then);
    const no = this.#arm(base, otherwise);
    const crossing = this.factory.crossing;
    this.factory.crossing = outerCrossing;
    outerCrossing.push(...crossing);
    this.factory.scope = outerScope;
    this.#context = base;
    if (yes.effects.length === 0 && no.effects.length === 0) this.#mergePure(condition, base, yes, no);
    else this.#mergeBranched(condition, base, yes, no, crossing);
  }

  whenNumber(isNumber: Node, then: () => void, otherwise: () => void): void {
    const open = this.#open;
    this.#open = undefined;
    if (open !== undefined) {
      this.when(isNumber, then, () => {
        this.#context.effects.push({ kind: EffectKind.Settle, slot: open.slot, node: open.exact });
        otherwise();
      });
    } else if (this.#leavesOpen) this.#leaveOpen(isNumber, then, otherwise);
    else this.when(isNumber, then, otherwise);
  }

  /** The register gets what `then` writes, whatever it is. */
  #leaveOpen(isNumber: Node, then: () => void, otherwise: () => void): void {
    const base = this.#context;
    const written = (part: () => void): ReadonlyMap<number, Node> => {
      this.#context = { ...base, effects: [], writes: new Map() };
      part();
      return this.#context.writes;
    };
    const [[slot, number]] = written(then) as unknown as [[number, Node]];
    const other = written(otherwise).get(slot)!;
    this.#context = base;
    base.writes.set(slot, number);
    this.#open = { slot, exact: this.factory.select(slotType(slot), isNumber, number, other) };
    this.factory.keepLeaves(this.#open.exact);
  }

  // --- flags ---------------------------------------------------------------------------------------------------------
  setFlags(update: FlagUpdate<Node>): void {
    this.#context.flags = this.flagMaker.updated(this.#context.flags, update);
  }
  flag(flag: number): Node {
    return this.flagMaker.source(this.#context.flags, flag).bool();
  }
  condition(code: number): Node {
    return this.flagMaker.condition(this.#context.flags, code);
  }
  directionFlag(): Node {
    return this.#stateLoad(State.df, 32);
  }
  setDirectionFlag(value: Node): void {
    this.#context.effects.push({ kind: EffectKind.StateStore, node: this.factory.use(value), offset: State.df });
  }
  rflags(): Node {
    let packed = this.#stateLoad(State.otherFlags, 32);
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
    return this.#stateLoad(State[name], STATE_WORD_WIDTHS[name]);
  }
  stackIndex(operand: Operand): Node {
    return this.constant(32, (operand as RegisterOperand).index);
  }
  routine(routine: Routine, args: readonly Node[]): Node {
    const node = this.factory.temporary(Type.i32);
    for (const arg of args) this.factory.use(arg);
    this.#context.effects.push({ kind: EffectKind.Call, node, routine, args });
    return node;
  }
  routineResult(): Node {
    return this.#stateLoad(State.scratch, 64);
  }
  preferHelper(): false {
    return false;
  }

  // --- vectors -------------------------------------------------------------------------------------------------------
  xmm(index: number): Node {
    return this.#slot(Slot.xmm + index);
  }
  setXmm(index: number, value: Node): void {
    this.#context.writes.set(Slot.xmm + index, value);
  }

  ymmHigh(index: number): Node {
    return this.#slot(Slot.ymmHigh + index);
  }
  setYmmHigh(index: number, value: Node): void {
    this.#context.writes.set(Slot.ymmHigh + index, value);
  }
  readHigh(operand: Operand): Node {
    return this.ymmHigh((operand as RegisterOperand).index);
  }
  writeHigh(operand: Operand, value: Node): void {
    this.setYmmHigh((operand as RegisterOperand).index, value);
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
    this.#context.effects.push({ kind, node, destination, source, value, count, elementBytes });
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
    this.#context.leave = leave;
  }

  #leaveIf(condition: Node): void {
    if (condition.op === Leaf.Constant) {
      if (condition.value) throw new Untranslatable('always left');
      return;
    }
    this.#context.effects.push({ kind: EffectKind.LeaveIf, condition: this.factory.use(condition) });
  }

  #slot(slot: number): Node {
    const known = this.#context.writes.get(slot) ?? this.#constants.get(slot);
    if (known) return known;
    if (slot === NO_REGISTER) return this.constant(64, 0);
    const node = this.factory.register(slot, slotType(slot));
    node.symbol = this.#symbols.get(slot) ?? { key: `r${slot}`, offset: 0 };
    return node;
  }

  #remember(slot: number, value: Node): void {
    if (value.op === Leaf.Constant) this.#constants.set(slot, value);
    else this.#constants.delete(slot);
    if (value.type === Type.i64) this.#symbols.set(slot, symbolOf(value));
  }

  #readRegister({ class: kind, index, width }: RegisterOperand): Node {
    if (kind === RegisterClass.Gpr8High)
      return this.truncate(64, 8, this.shr(64, this.#slot(index), this.constant(32, 8)));
    if (kind <= RegisterClass.Gpr64) return this.gpr(width as Width, index);
    if (kind === RegisterClass.Xmm || kind === RegisterClass.Ymm) return this.xmm(index);
    throw new Untranslatable('register class');
  }

  #writeRegister({ class: kind, index, width }: RegisterOperand, value: Node): void {
    if (kind === RegisterClass.Gpr8High) {
      this.#merge(index, 0xff00n, this.shl(64, this.zeroExtend(8, 64, value), this.constant(32, 8)));
    } else if (kind <= RegisterClass.Gpr64) {
      this.setGpr(width as Width, index, value);
    } else if (kind === RegisterClass.Xmm || kind === RegisterClass.Ymm) {
      this.setXmm(index, value);
    } else {
      throw new Untranslatable('register class');
    }
  }

  /** Replaces the bits of a mask in a general register. */
  #merge(index: number, mask: bigint, value: Node): void {
    const kept = this.and(64, this.#slot(index), this.constant(64, ~mask));
    this.#context.writes.set(index, this.or(64, kept, value));
  }

  #load(width: Width | 128, address: Node, need: number): Node {
    const node = this.factory.temporary(typeOf(width));
    this.#access(EffectKind.Load, width, address, need, node);
    return node;
  }

  #access(
    kind: typeof EffectKind.Load | typeof EffectKind.Store | typeof EffectKind.Probe,
    width: number,
    address: Node,
    need: number,
    node?: Node,
  ): void {
    this.factory.use(address);
    if (kind === EffectKind.Store && node) this.factory.use(node);
    const covered = kind === EffectKind.Store && this.#writable.has(address);
    const check = covered ? undefined : { need, low: 0, high: width / 8 - 1, aligned: false };
    this.#context.effects.push({ kind, width, address, need, check, ...(node && { node }) });
  }

  #stateLoad(offset: number, width: Width): Node {
    const node = this.factory.temporary(typeOf(width));
    this.#context.effects.push({ kind: EffectKind.StateLoad, node, offset, width });
    return node;
  }

  #arm(base: Context, run: (() => void) | undefined): Context {
    this.factory.scope = ++this.#scopes;
    const context = { effects: [], writes: new Map(base.writes), flags: base.flags, leave: base.leave };
    this.#context = context;
    run?.();
    return context;
  }

  /** Both arms only compute: selects. */
  #mergePure(condition: Node, base: Context, yes: Context, no: Context): void {
    for (const slot of changedSlots(base, yes, no)) {
      const [a, b] = [yes, no].map((arm) => arm.writes.get(slot) ?? this.#slot(slot)) as [Node, Node];
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
      const before = this.#slot(slot);
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

function memoryWidth(memory: MemoryOperand): Width | 128 {
  const { width } = memory;
  if (width !== 8 && width !== 16 && width !== 32 && width !== 64 && width !== 128)
    throw new Untranslatable('memory width');
  return width;
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
