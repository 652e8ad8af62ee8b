/** Registers, memory and operands in the translator's form: what is read is a node, what is written goes into the instruction's context. */
import { Access } from '../memory/guest-memory.ts';
import type { Width } from '../semantics/ops.ts';
import { Type } from '../wasm/opcode.ts';
import {
  NO_REGISTER,
  OperandKind,
  RegisterClass,
  type MemoryOperand,
  type Operand,
  type RegisterOperand,
} from '../x86/instruction.ts';
import { FlagMaker } from './flag-sources.ts';
import { EffectKind, Leaf, NodeFactory, type Node, type Symbol64 } from './ir.ts';
import { Slot, slotType } from './slots.ts';
import { emptyContext, type Context } from './step.ts';
import { symbolOf } from './symbols.ts';
import { typeOf, Untranslatable, ValueOps } from './value-ops.ts';

export abstract class OperandOps extends ValueOps {
  readonly flagMaker: FlagMaker;
  /** Of the instruction, or of the part of it that is being translated. */
  protected context: Context = emptyContext(new Map());
  /** Registers whose value is known from earlier in the block. */
  readonly #constants = new Map<number, Node>();
  readonly #symbols = new Map<number, Symbol64>();
  /** Addresses and operands of this instruction that are checked for writing already. */
  readonly #writable = new Set<Node>();
  readonly #updated = new Map<Operand, Node>();

  constructor() {
    super(new NodeFactory());
    this.flagMaker = new FlagMaker(this, (slot) => this.factory.register(slot, slotType(slot)));
  }

  /** Before the next instruction. */
  protected begin(context: Context): void {
    this.context = context;
    this.#writable.clear();
    this.#updated.clear();
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
    const base = memory.base === NO_REGISTER ? undefined : this.gpr(64, memory.base);
    const index =
      memory.index === NO_REGISTER
        ? undefined
        : this.shl(64, this.gpr(64, memory.index), this.constant(32, memory.scaleShift));
    const sum = base && index ? this.add(64, base, index) : (base ?? index);
    const displacement = this.constant(64, memory.displacement);
    // The displacement stays outermost, where address checks look for it.
    const address = sum ? this.add(64, sum, displacement) : displacement;
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
    const full = this.slot(index);
    return this.truncate(64, width, full);
  }

  setGpr(width: Width, index: number, value: Node): void {
    if (width >= 32) {
      this.context.writes.set(index, width === 32 ? this.zeroExtend(32, 64, value) : value);
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

  // --- vectors -------------------------------------------------------------------------------------------------------
  xmm(index: number): Node {
    return this.slot(Slot.xmm + index);
  }

  setXmm(index: number, value: Node): void {
    this.context.writes.set(Slot.xmm + index, value);
  }

  ymmHigh(index: number): Node {
    return this.slot(Slot.ymmHigh + index);
  }

  setYmmHigh(index: number, value: Node): void {
    this.context.writes.set(Slot.ymmHigh + index, value);
  }

  readHigh(operand: Operand): Node {
    return this.ymmHigh((operand as RegisterOperand).index);
  }

  writeHigh(operand: Operand, value: Node): void {
    this.setYmmHigh((operand as RegisterOperand).index, value);
  }

  protected slot(slot: number): Node {
    const known = this.context.writes.get(slot) ?? this.#constants.get(slot);
    if (known) return known;
    if (slot === NO_REGISTER) return this.constant(64, 0);
    const node = this.factory.register(slot, slotType(slot));
    node.symbol = this.#symbols.get(slot) ?? { key: `r${slot}`, offset: 0 };
    return node;
  }

  protected remember(slot: number, value: Node): void {
    if (value.op === Leaf.Constant) this.#constants.set(slot, value);
    else this.#constants.delete(slot);
    if (value.type === Type.i64) this.#symbols.set(slot, symbolOf(value));
  }

  #readRegister({ class: kind, index, width }: RegisterOperand): Node {
    if (kind === RegisterClass.Gpr8High)
      return this.truncate(64, 8, this.shr(64, this.slot(index), this.constant(32, 8)));
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
    const kept = this.and(64, this.slot(index), this.constant(64, ~mask));
    this.context.writes.set(index, this.or(64, kept, value));
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
    this.context.effects.push({ kind, width, address, need, check, ...(node && { node }) });
  }

  protected stateLoad(offset: number, width: Width): Node {
    const node = this.factory.temporary(typeOf(width));
    this.context.effects.push({ kind: EffectKind.StateLoad, node, offset, width });
    return node;
  }
}

function memoryWidth(memory: MemoryOperand): Width | 128 {
  const { width } = memory;
  if (width !== 8 && width !== 16 && width !== 32 && width !== 64 && width !== 128)
    throw new Untranslatable('memory width');
  return width;
}
