/**
 * The pure half of the translator's operation set: integers, booleans, vectors and floating point as nodes. Widths 8 and
 * 16 are computed at 32 bits and cut.
 */
import type { Width } from '../semantics/ops.ts';
import { Op, Type, type OpName } from '../wasm/opcode.ts';
import { resultType } from './fold.ts';
import { Leaf, type Node, type NodeFactory } from './ir.ts';

/** Thrown by an operation that has no translation: the instruction is left to the evaluator. */
export class Untranslatable extends Error {
  override name = 'Untranslatable';
}

export function typeOf(width: Width | 128): number {
  if (width === 128) return Type.v128;
  return width === 64 ? Type.i64 : Type.i32;
}

export function maskOf(width: 8 | 16): number {
  return width === 8 ? 0xff : 0xffff;
}

type Pair = readonly [number, number];
const pair = (name: string): Pair => [Op[`i32.${name}` as OpName], Op[`i64.${name}` as OpName]];

const ADD = pair('add');
const SUB = pair('sub');
const MUL = pair('mul');
const AND = pair('and');
const OR = pair('or');
const XOR = pair('xor');
const SHL = pair('shl');
const SHR = pair('shr_u');
const SAR = pair('shr_s');
const ROTL = pair('rotl');
const ROTR = pair('rotr');
const DIV_U = pair('div_u');
const DIV_S = pair('div_s');
const REM_U = pair('rem_u');
const REM_S = pair('rem_s');
const CLZ = pair('clz');
const CTZ = pair('ctz');
const POPCNT = pair('popcnt');
const EQ = pair('eq');
const NE = pair('ne');
const LT_U = pair('lt_u');
const LT_S = pair('lt_s');

/** What makes bits of a float, what puts bits into a lane, and what does both. */
const FLOAT_INTO_LANE = [
  [Op['i32.reinterpret_f32'], Op['i32x4.replace_lane'], Op['f32x4.replace_lane']],
  [Op['i64.reinterpret_f64'], Op['i64x2.replace_lane'], Op['f64x2.replace_lane']],
] as const;

export abstract class ValueOps {
  protected readonly factory: NodeFactory;

  constructor(factory: NodeFactory) {
    this.factory = factory;
  }

  constant(width: Width, value: bigint | number): Node {
    if (width === 64) return this.factory.i64(value);
    return this.factory.i32(Number(BigInt.asUintN(width, BigInt(value))));
  }

  known(value: Node): bigint | undefined {
    return value.op === Leaf.Constant && value.type !== Type.v128 ? BigInt(value.value) : undefined;
  }

  add(w: Width, a: Node, b: Node): Node {
    return this.#cut(w, this.#binary(ADD, w, a, b));
  }
  sub(w: Width, a: Node, b: Node): Node {
    return this.#cut(w, this.#binary(SUB, w, a, b));
  }
  mul(w: Width, a: Node, b: Node): Node {
    return this.#cut(w, this.#binary(MUL, w, a, b));
  }
  and(w: Width, a: Node, b: Node): Node {
    return this.#binary(AND, w, a, b);
  }
  or(w: Width, a: Node, b: Node): Node {
    return this.#binary(OR, w, a, b);
  }
  xor(w: Width, a: Node, b: Node): Node {
    // xor r, r is the idiom for zero: no dependence on the old value.
    if (a.op === Leaf.Register && b.op === Leaf.Register && a.value === b.value) return this.constant(w, 0);
    if (sameCut(a, b)) return this.constant(w, 0);
    return this.#binary(XOR, w, a, b);
  }
  not(w: Width, a: Node): Node {
    return this.#binary(XOR, w, a, this.constant(w, -1));
  }
  neg(w: Width, a: Node): Node {
    return this.sub(w, this.constant(w, 0), a);
  }

  mulHighUnsigned(w: Width, a: Node, b: Node): Node {
    if (w !== 64) return this.#mulHighNarrow(w, this.zeroExtend(w, 64, a), this.zeroExtend(w, 64, b));
    // Schoolbook on 32-bit halves.
    const low = (x: Node) => this.and(64, x, this.constant(64, 0xffffffff));
    const high = (x: Node) => this.shr(64, x, this.constant(32, 32));
    const [a0, a1, b0, b1] = [low(a), high(a), low(b), high(b)];
    const cross = this.add(64, this.mul(64, a1, b0), high(this.mul(64, a0, b0)));
    const middle = this.add(64, this.mul(64, a0, b1), low(cross));
    return this.add(64, this.add(64, this.mul(64, a1, b1), high(cross)), high(middle));
  }
  mulHighSigned(w: Width, a: Node, b: Node): Node {
    if (w !== 64) return this.#mulHighNarrow(w, this.signExtend(w, 64, a), this.signExtend(w, 64, b));
    const sign = (x: Node) => this.sar(64, x, this.constant(32, 63));
    const correction = this.add(64, this.and(64, sign(a), b), this.and(64, sign(b), a));
    return this.sub(64, this.mulHighUnsigned(64, a, b), correction);
  }

  shl(w: Width, a: Node, count: Node): Node {
    return this.#cut(w, this.#shift(SHL, w, a, count));
  }
  shr(w: Width, a: Node, count: Node): Node {
    return this.#shift(SHR, w, a, count);
  }
  sar(w: Width, a: Node, count: Node): Node {
    if (w >= 32) return this.#shift(SAR, w, a, count);
    return this.#cut(w, this.#shift(SAR, 32, this.signExtend(w, 32, a), count));
  }
  rotl(w: Width, a: Node, count: Node): Node {
    return w >= 32 ? this.#shift(ROTL, w, a, count) : this.#rotateNarrow(w as 8 | 16, a, count, 'left');
  }
  rotr(w: Width, a: Node, count: Node): Node {
    return w >= 32 ? this.#shift(ROTR, w, a, count) : this.#rotateNarrow(w as 8 | 16, a, count, 'right');
  }

  divUnsigned(w: Width, a: Node, b: Node): Node {
    return this.#binary(DIV_U, w, a, b);
  }
  remUnsigned(w: Width, a: Node, b: Node): Node {
    return this.#binary(REM_U, w, a, b);
  }
  divSigned(w: Width, a: Node, b: Node): Node {
    return this.#cut(w, this.#binary(DIV_S, w, this.#signed(w, a), this.#signed(w, b)));
  }
  remSigned(w: Width, a: Node, b: Node): Node {
    return this.#cut(w, this.#binary(REM_S, w, this.#signed(w, a), this.#signed(w, b)));
  }

  clz(w: Width, a: Node): Node {
    const count = this.factory.unary(CLZ[index(w)], a);
    return w < 32 ? this.sub(32, count, this.constant(32, 32 - w)) : count;
  }
  ctz(w: Width, a: Node): Node {
    // A bit just above a narrow value stops the count at its width.
    const stopped = w < 32 ? this.or(32, a, this.constant(32, 2 ** w)) : a;
    return this.factory.unary(CTZ[index(w)], stopped);
  }
  popcnt(w: Width, a: Node): Node {
    return this.factory.unary(POPCNT[index(w)], a);
  }
  byteSwap(w: Width, a: Node): Node {
    if (w === 8) return a;
    if (w === 16) return this.rotl(16, a, this.constant(32, 8));
    if (w === 32) {
      const outer = this.and(32, this.rotl(32, a, this.constant(32, 8)), this.constant(32, 0x00ff00ff));
      const inner = this.and(32, this.rotr(32, a, this.constant(32, 8)), this.constant(32, 0xff00ff00));
      return this.or(32, outer, inner);
    }
    const swapped = (x: Node) => this.zeroExtend(32, 64, this.byteSwap(32, x));
    const high = swapped(this.truncate(64, 32, a));
    const low = swapped(this.truncate(64, 32, this.shr(64, a, this.constant(32, 32))));
    return this.or(64, this.shl(64, high, this.constant(32, 32)), low);
  }

  zeroExtend(from: Width, to: Width, a: Node): Node {
    return to === 64 && from !== 64 ? this.factory.unary(Op['i64.extend_i32_u'], a) : a;
  }
  signExtend(from: Width, to: Width, a: Node): Node {
    if (from === to) return a;
    const wide = this.#signed(from, a);
    return to === 64 ? this.factory.unary(Op['i64.extend_i32_s'], wide) : this.#cut(to, wide);
  }
  truncate(from: Width, to: Width, a: Node): Node {
    if (from === to) return a;
    return this.#cut(to, from === 64 ? this.factory.unary(Op['i32.wrap_i64'], a) : a);
  }

  eq(w: Width, a: Node, b: Node): Node {
    return isZero(b) ? this.#isZero(w, a) : this.#binary(EQ, w, a, b);
  }
  ne(w: Width, a: Node, b: Node): Node {
    return this.#binary(NE, w, a, b);
  }
  ltUnsigned(w: Width, a: Node, b: Node): Node {
    return this.#binary(LT_U, w, a, b);
  }
  ltSigned(w: Width, a: Node, b: Node): Node {
    return this.#binary(LT_S, w, this.#signed(w, a), this.#signed(w, b));
  }
  select(w: Width | 128, condition: Node, a: Node, b: Node): Node {
    return this.factory.select(typeOf(w), condition, a, b);
  }
  /** The opposite of a boolean. */
  negated(condition: Node): Node {
    return this.factory.unary(Op['i32.eqz'], condition);
  }

  vectorConstant(low: bigint, high: bigint): Node {
    return this.factory.v128(BigInt.asUintN(64, low), BigInt.asUintN(64, high));
  }
  simd(name: string, args: readonly Node[], immediates: readonly number[] = []): Node {
    const op = Op[name as OpName];
    if (op === undefined) throw new Error(`unknown SIMD operation ${name}`);
    if (name === 'v128.const') throw new Error('use vectorConstant');
    return this.#floatIntoLane(op, args, immediates) ?? this.factory.make(op, resultType(op), args, immediates);
  }

  /** A float goes into a lane as it is: by way of a general register it would take four times as long. */
  #floatIntoLane(op: number, [into, value]: readonly Node[], lane: readonly number[]): Node | undefined {
    const float = FLOAT_INTO_LANE.find(([bits, whole]) => op === whole && value?.op === bits);
    return float && this.factory.make(float[2], Type.v128, [into!, value!.operands[0]!], lane);
  }

  fma(): undefined {}
  floatComparison(): void {}
  float(w: 32 | 64, name: string, args: readonly Node[]): Node {
    const op = Op[`f${w}.${name}` as OpName];
    if (op === undefined) throw new Error(`unknown operation f${w}.${name}`);
    const result = this.factory.make(
      op,
      resultType(op),
      args.map((arg) => this.#toFloat(arg)),
    );
    return this.#toBits(result);
  }
  convert(name: string, a: Node): Node {
    const op = Op[name as OpName];
    if (op === undefined) throw new Error(`unknown conversion ${name}`);
    const fromFloat = /(_f32|_f64)(_[su])?$/.test(name) && !name.includes('reinterpret');
    return this.#toBits(this.factory.make(op, resultType(op), [fromFloat ? this.#toFloat(a) : a]));
  }

  #toFloat(bits: Node): Node {
    return this.factory.unary(bits.type === Type.i64 ? Op['f64.reinterpret_i64'] : Op['f32.reinterpret_i32'], bits);
  }
  #toBits(value: Node): Node {
    if (value.type === Type.f64) return this.factory.unary(Op['i64.reinterpret_f64'], value);
    return value.type === Type.f32 ? this.factory.unary(Op['i32.reinterpret_f32'], value) : value;
  }

  #binary(ops: Pair, w: Width, a: Node, b: Node): Node {
    return this.factory.binary(ops[index(w)], a, b);
  }

  /** Shift counts come at any width; Wasm wants the width of the value. */
  #shift(ops: Pair, w: Width, a: Node, count: Node): Node {
    let fitting = count;
    if (w === 64 && count.type === Type.i32) fitting = this.factory.unary(Op['i64.extend_i32_u'], count);
    if (w !== 64 && count.type === Type.i64) fitting = this.factory.unary(Op['i32.wrap_i64'], count);
    return this.factory.binary(ops[index(w)], a, fitting);
  }

  #rotateNarrow(w: 8 | 16, a: Node, count: Node, direction: 'left' | 'right'): Node {
    const turns = this.factory.binary(Op['i32.and'], count, this.constant(32, w - 1));
    const back = this.factory.binary(
      Op['i32.and'],
      this.sub(32, this.constant(32, w), turns),
      this.constant(32, w - 1),
    );
    const [left, right] = direction === 'left' ? [turns, back] : [back, turns];
    return this.#cut(w, this.or(32, this.#shift(SHL, 32, a, left), this.#shift(SHR, 32, a, right)));
  }

  #mulHighNarrow(w: Width, a: Node, b: Node): Node {
    return this.truncate(64, w, this.shr(64, this.mul(64, a, b), this.constant(32, w)));
  }

  #isZero(w: Width, a: Node): Node {
    return this.factory.unary(w === 64 ? Op['i64.eqz'] : Op['i32.eqz'], a);
  }

  /** Narrow values as signed i32. */
  #signed(w: Width, a: Node): Node {
    if (w === 8) return this.factory.unary(Op['i32.extend8_s'], a);
    return w === 16 ? this.factory.unary(Op['i32.extend16_s'], a) : a;
  }

  #cut(w: Width, a: Node): Node {
    return w === 8 || w === 16 ? this.factory.binary(Op['i32.and'], a, this.constant(32, maskOf(w))) : a;
  }
}

function index(w: Width): 0 | 1 {
  return w === 64 ? 1 : 0;
}

function isZero(node: Node): boolean {
  return node.op === Leaf.Constant && (node.value === 0 || node.value === 0n);
}

/** Both are the same part of the same register at the same time. */
function sameCut(a: Node, b: Node): boolean {
  if (a === b) return true;
  if (a.op !== b.op || a.step !== b.step || a.operands.length === 0 || a.operands.length !== b.operands.length)
    return false;
  if (a.op !== Op['i32.wrap_i64'] && a.op !== Op['i32.and']) return false;
  return a.operands.every((operand, i) => {
    const other = b.operands[i]!;
    if (operand.op === Leaf.Register) return other.op === Leaf.Register && operand.value === other.value;
    if (operand.op === Leaf.Constant) return other.op === Leaf.Constant && operand.value === other.value;
    return sameCut(operand, other);
  });
}
