/**
 * The translator's intermediate form: pure values as trees of nodes, and a list of effects for each guest instruction.
 *
 * Values of width 8, 16 and 32 are i32 (zero-extended), 64 is i64, 128 is v128. A node may be used by later instructions of the
 * same block (flags are made lazily); it is then pinned: computed at its own instruction and kept in a Wasm local.
 */
import type { Width } from '../semantics/ops.ts';
import type { Routine } from '../semantics/routine.ts';
import { Op, Type } from '../wasm/opcode.ts';
import { foldBinary, foldUnary, inverse, resultType } from './fold.ts';

/** Node kinds that are not a Wasm opcode. */
export const Leaf = {
  /** Constant; `value` is a number for i32, a bigint for i64; v128 constants have `value` (low) and `high`. */
  Constant: -1,
  /** A guest register's local (see slots.ts); `value` is the slot. */
  Register: -2,
  /** A Wasm local made for this node: a loaded value, a variable assigned on several paths, a pinned register. */
  Temporary: -3,
} as const;

/** A 64-bit value known as something unnamed plus an offset: equal keys in one block are equal values. */
export interface Symbol64 {
  readonly key: string;
  readonly offset: number;
}

export class Node {
  /** Unique in its block. */
  readonly id: number;
  readonly op: number;
  readonly type: number;
  readonly value: number | bigint;
  readonly high: bigint;
  readonly operands: readonly Node[];
  /** Lane or shuffle immediates. */
  readonly immediates: readonly number[];
  /** Index in its block of the instruction that made it. */
  readonly step: number;
  /** Number of the conditional arm that it was made in; 0 outside of any. */
  readonly scope: number;
  uses = 0;
  pinned = false;
  /** What is known of an address held by a register: see symbols.ts. */
  symbol: Symbol64 | undefined;
  /** Wasm local that holds the value once it is computed, or -1. */
  local = -1;

  constructor(
    id: number,
    op: number,
    type: number,
    step: number,
    operands: readonly Node[],
    value: number | bigint = 0,
    high = 0n,
    immediates: readonly number[] = [],
    scope = 0,
  ) {
    this.id = id;
    this.op = op;
    this.scope = scope;
    this.type = type;
    this.step = step;
    this.operands = operands;
    this.value = value;
    this.high = high;
    this.immediates = immediates;
  }
}

export const EffectKind = {
  Load: 0,
  Store: 1,
  Probe: 2,
  LeaveIf: 3,
  If: 4,
  Assign: 5,
  StateLoad: 6,
  StateStore: 7,
  Compute: 8,
  Bulk: 9,
  Call: 10,
  Settle: 11,
} as const;

/** A memory access. `check` is filled in by the check planner: what has to be tested before this access. */
export interface AccessEffect {
  readonly kind: typeof EffectKind.Load | typeof EffectKind.Store | typeof EffectKind.Probe;
  readonly width: number;
  readonly address: Node;
  /** Access bits. */
  readonly need: number;
  /** Load: the Temporary that receives the value. Store: the value. */
  readonly node?: Node;
  check: AddressCheck | undefined;
}

/** Iterations of a repeated movs (from `source`) or stos (of `value`); `node` receives how many were done. All are i64. */
export interface BulkEffect {
  readonly kind: typeof EffectKind.Bulk;
  readonly node: Node;
  readonly destination: Node;
  /** One of the two. */
  readonly source: Node | undefined;
  readonly value: Node | undefined;
  /** Iterations wanted. */
  readonly count: Node;
  readonly elementBytes: number;
}

/** A call of a routine; `node` receives its answer, an i32. */
export interface CallEffect {
  readonly kind: typeof EffectKind.Call;
  readonly node: Node;
  readonly routine: Routine;
  readonly args: readonly Node[];
}

/** A register that was left open (see number-chains.ts) gets its exact value. */
export interface SettleEffect {
  readonly kind: typeof EffectKind.Settle;
  readonly slot: number;
  readonly node: Node;
}

/** What is tested before an access: all bytes from `low` to `high`, relative to its address. They are at most a page apart. */
export interface AddressCheck {
  /** Access bits. */
  readonly need: number;
  readonly low: number;
  readonly high: number;
  /** Whether the address must be a multiple of 16, too. */
  readonly aligned: boolean;
}

export type Effect =
  | AccessEffect
  | BulkEffect
  | CallEffect
  | { readonly kind: typeof EffectKind.LeaveIf; readonly condition: Node }
  | {
      readonly kind: typeof EffectKind.If;
      readonly condition: Node;
      readonly yes: readonly Effect[];
      readonly no: readonly Effect[];
    }
  | { readonly kind: typeof EffectKind.Assign; readonly variable: Node; readonly node: Node }
  | { readonly kind: typeof EffectKind.StateLoad; readonly node: Node; readonly offset: number; readonly width: Width }
  | { readonly kind: typeof EffectKind.Compute; readonly node: Node }
  | SettleEffect
  | { readonly kind: typeof EffectKind.StateStore; readonly node: Node; readonly offset: number };

const TWO_64_MASK = (1n << 64n) - 1n;

/** Makes nodes, folding constants and undoing pairs of conversions. */
export class NodeFactory {
  #made = 0;
  /** Index of the instruction being translated. */
  step = 0;
  /** The conditional arm being translated. */
  scope = 0;
  /** Nodes pinned so far, in any order. */
  readonly pins: Node[] = [];
  /** Nodes of an outer scope used in an arm: they must be computed before it. */
  crossing: Node[] = [];

  i32(value: number): Node {
    return new Node(this.#made++, Leaf.Constant, Type.i32, this.step, [], value >>> 0);
  }

  i64(value: bigint | number): Node {
    return new Node(this.#made++, Leaf.Constant, Type.i64, this.step, [], BigInt(value) & TWO_64_MASK);
  }

  v128(low: bigint, high: bigint): Node {
    return new Node(this.#made++, Leaf.Constant, Type.v128, this.step, [], low, high);
  }

  register(slot: number, type: number): Node {
    return new Node(this.#made++, Leaf.Register, type, this.step, [], slot, 0n, [], this.scope);
  }

  temporary(type: number): Node {
    return new Node(this.#made++, Leaf.Temporary, type, this.step, [], 0, 0n, [], this.scope);
  }

  make(op: number, type: number, operands: readonly Node[], immediates: readonly number[] = []): Node {
    for (const operand of operands) this.use(operand);
    return new Node(this.#made++, op, type, this.step, operands, 0, 0n, immediates, this.scope);
  }

  /** Notes one more use of a node by the present instruction. */
  use(node: Node): Node {
    node.uses++;
    if (node.scope !== this.scope && node.operands.length > 0) this.crossing.push(node);
    if (node.step !== this.step && node.op !== Leaf.Constant && node.op !== Leaf.Temporary) this.#pin(node);
    return node;
  }

  #pin(node: Node): void {
    if (node.pinned) return;
    node.pinned = true;
    this.pins.push(node);
  }

  /** Sees to it that a value can be computed after the present instruction, from the registers as they are now. */
  keepLeaves(node: Node): void {
    if (node.op === Leaf.Register) this.#pin(node);
    for (const operand of node.operands) this.keepLeaves(operand);
  }

  unary(op: number, a: Node): Node {
    if (a.op === Leaf.Constant) {
      const folded = foldUnary(op, a.value);
      if (folded !== undefined) return this.constantOf(resultType(op), folded);
    }
    if (op === Op['i32.wrap_i64'] && (a.op === Op['i64.extend_i32_u'] || a.op === Op['i64.extend_i32_s']))
      return a.operands[0]!;
    if (op === Op['f64.reinterpret_i64'] && a.op === Op['i64x2.extract_lane']) {
      return this.make(Op['f64x2.extract_lane'], Type.f64, a.operands, a.immediates);
    }
    if (op === Op['f32.reinterpret_i32'] && a.op === Op['i32x4.extract_lane']) {
      return this.make(Op['f32x4.extract_lane'], Type.f32, a.operands, a.immediates);
    }
    if (inverse(op) === a.op) return a.operands[0]!;
    return this.make(op, resultType(op), [a]);
  }

  binary(op: number, a: Node, b: Node): Node {
    if (b.op === Leaf.Constant) {
      if (a.op === Leaf.Constant) {
        const folded = foldBinary(op, a.value, b.value);
        if (folded !== undefined) return this.constantOf(resultType(op), folded);
      }
      const zero = b.value === 0 || b.value === 0n;
      if (zero && RIGHT_ZERO_IS_IDENTITY.has(op)) return a;
      if (zero && (op === Op['i32.and'] || op === Op['i64.and'])) return b;
      // (x + c) + d = x + (c + d): keeps address arithmetic flat.
      if (
        op === Op['i64.add'] &&
        a.op === Op['i64.add'] &&
        a.operands[1]!.op === Leaf.Constant &&
        a.step === this.step
      ) {
        return this.binary(op, a.operands[0]!, this.i64((a.operands[1]!.value as bigint) + (b.value as bigint)));
      }
      if (op === Op['i64.sub']) return this.binary(Op['i64.add'], a, this.i64(-(b.value as bigint)));
      if (op === Op['i32.and'] && a.op === Op['i32.and'] && a.operands[1]!.op === Leaf.Constant) {
        return this.binary(op, a.operands[0]!, this.i32((a.operands[1]!.value as number) & (b.value as number)));
      }
    } else if (a.op === Leaf.Constant && COMMUTATIVE.has(op)) {
      return this.binary(op, b, a);
    }
    return this.make(op, resultType(op), [a, b]);
  }

  select(type: number, condition: Node, a: Node, b: Node): Node {
    if (condition.op === Leaf.Constant) return condition.value ? a : b;
    if (a === b) return a;
    return this.make(Op.select, type, [a, b, condition]);
  }

  constantOf(type: number, value: number | bigint): Node {
    return type === Type.i64 ? this.i64(value) : this.i32(value as number);
  }
}

const RIGHT_ZERO_IS_IDENTITY: ReadonlySet<number> = new Set([
  Op['i32.add'],
  Op['i32.sub'],
  Op['i32.or'],
  Op['i32.xor'],
  Op['i32.shl'],
  Op['i32.shr_u'],
  Op['i32.shr_s'],
  Op['i64.add'],
  Op['i64.sub'],
  Op['i64.or'],
  Op['i64.xor'],
  Op['i64.shl'],
  Op['i64.shr_u'],
  Op['i64.shr_s'],
]);

const COMMUTATIVE: ReadonlySet<number> = new Set([
  Op['i32.add'],
  Op['i32.mul'],
  Op['i32.and'],
  Op['i32.or'],
  Op['i32.xor'],
  Op['i64.add'],
  Op['i64.mul'],
  Op['i64.and'],
  Op['i64.or'],
  Op['i64.xor'],
]);

/** The address that a constant stands for. Exact for the kernel's half too: negative numbers here. */
export function constantAddress(constant: Node): number {
  return Number(BigInt.asIntN(64, BigInt(constant.value)));
}
