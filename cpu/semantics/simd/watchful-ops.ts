/**
 * Floating point that keeps to MXCSR: the operation set of a compiled back end, of which every operation on floats leaves to the evaluator
 * where it may raise an exception that is not noted yet, or where flushing, denormals-are-zero or a rounding mode may matter. What is left does
 * what WebAssembly does: operands and results are zeros and normal numbers, rounded to nearest.
 *
 * Precision is the exception that nearly every operation raises. As long as it is noted and masked nobody asks; before that an operation goes on
 * only if it is seen to be exact. Source: SDM vol. 1, 10.2.3 and 11.5.
 */
import type { Instruction } from '../../x86/instruction.ts';
import { ForwardingOps } from '../forwarding-ops.ts';
import type { Ops } from '../ops.ts';
import { packedLanes, scalarLanes, type FloatLanes } from './float-lanes.ts';
import { not, zero, type FloatWidth } from './vector.ts';

/** RC, PM and PE; and what they are when rounding is to nearest and losing precision is no news. */
const CARE_BITS = 0x7020;
const CARELESS = 0x1020;

interface Format {
  readonly smallestNormal: bigint;
  readonly infinity: bigint;
  /** The lower part of a significand: products of values in which it is 0 are exact. */
  readonly lowerHalf: bigint;
  /** Integers up to 2^this are exact. */
  readonly precision: number;
}
const FORMATS: Readonly<Record<FloatWidth, Format>> = {
  32: { smallestNormal: 1n << 23n, infinity: 0x7f80_0000n, lowerHalf: (1n << 12n) - 1n, precision: 24 },
  64: { smallestNormal: 1n << 52n, infinity: 0x7ff0_0000_0000_0000n, lowerHalf: (1n << 27n) - 1n, precision: 53 },
};
/** 2^-126 and 2^128 as doubles: where the normal singles are. */
const SINGLES_IN_DOUBLE = { smallestNormal: 0x3810_0000_0000_0000n, infinity: 0x47f0_0000_0000_0000n };
const ARITHMETIC: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'div', 'sqrt']);
const ROUNDINGS: ReadonlySet<string> = new Set(['nearest', 'floor', 'ceil', 'trunc']);

/** Nothing of MXCSR counts for these. */
const ESTIMATES = /^v?r(cp|sqrt)/;

/** What an instruction's semantics are run over, so that it keeps to MXCSR. */
export function keepingToMxcsr<V>(ops: Ops<V>, { mnemonic }: Instruction): Ops<V> {
  return ESTIMATES.test(mnemonic) ? ops : new WatchfulOps(ops);
}

class WatchfulOps<V> extends ForwardingOps<V> {
  readonly #scalar: Readonly<Record<FloatWidth, FloatLanes<V>>>;
  readonly #packed: Readonly<Record<FloatWidth, FloatLanes<V>>>;

  constructor(ops: Ops<V>) {
    super(ops);
    this.#scalar = { 32: scalarLanes(ops, 32), 64: scalarLanes(ops, 64) };
    this.#packed = { 32: packedLanes(ops, 32), 64: packedLanes(ops, 64) };
  }

  override float(w: FloatWidth, name: string, args: readonly V[]): V {
    const result = this.ops.float(w, name, args);
    this.#watch(this.#scalar[w], name, args, result);
    return result;
  }

  override simd(name: string, args: readonly V[], immediates: readonly number[] = []): V {
    const result = this.ops.simd(name, args, immediates);
    const [, width, operation] = /^f(32|64)x\d\.(\w+)$/.exec(name) ?? [];
    if (operation !== undefined) this.#watch(this.#packed[Number(width) as FloatWidth], operation, args, result);
    this.#watchPackedConversion(name, args[0]!, result);
    return result;
  }

  override convert(name: string, a: V): V {
    const result = this.ops.convert(name, a);
    const [, to, from] = /^f(32|64)\.convert_i(32|64)_s$/.exec(name) ?? [];
    if (to !== undefined) this.#fromInteger(Number(to) as FloatWidth, Number(from) as 32 | 64, a);
    const [, bits, source] = /^i(32|64)\.trunc_sat_f(32|64)_s$/.exec(name) ?? [];
    if (bits !== undefined) this.#toInteger(this.#scalar[Number(source) as FloatWidth], Number(bits), a);
    if (name === 'f64.promote_f32') this.#require(this.#scalar[32], comparable(this.#scalar[32], a));
    if (name === 'f32.demote_f64') this.#narrowed(this.#scalar[64], a, this.ops.convert('f64.promote_f32', result));
    return result;
  }

  override floatComparison(w: FloatWidth, shape: 'scalar' | 'packed', kind: 'quiet' | 'signalling', a: V, b: V): void {
    const lanes = shape === 'scalar' ? this.#scalar[w] : this.#packed[w];
    this.#require(lanes, lanes.and(comparable(lanes, a), comparable(lanes, b)));
    this.ops.floatComparison(w, shape, kind, a, b);
  }

  /** Always left to the evaluator: what it is made of here is not what it raises. */
  override fma(): V {
    this.ops.evaluateIf(this.ops.constant(32, 1));
    return zero(this.ops);
  }

  // --- what is left to the evaluator ---------------------------------------------------------------------------------
  #require(lanes: FloatLanes<V>, condition: V): void {
    this.ops.evaluateIf(not(this.ops, lanes.all(condition)));
  }

  /** Unless precision does not matter: the condition must hold, and rounding be to nearest. */
  #requireExact(makeCondition: () => V): void {
    const { ops } = this;
    const control = ops.and(32, ops.stateWord('mxcsr'), ops.constant(32, CARE_BITS));
    const nothing = ops.constant(32, 0);
    ops.when(ops.ne(32, control, ops.constant(32, CARELESS)), () => {
      const rounding = ops.ne(32, ops.and(32, control, ops.constant(32, 0x6000)), nothing);
      ops.evaluateIf(ops.or(32, rounding, not(ops, makeCondition())));
    });
  }

  #watch(lanes: FloatLanes<V>, name: string, args: readonly V[], result: V): void {
    if (ARITHMETIC.has(name)) {
      this.#requireUsual(lanes, name, args, result);
      this.#requireExact(() => lanes.all(isExact(lanes, name, args, result)));
    } else if (ROUNDINGS.has(name)) {
      const [a] = args as [V];
      this.#require(lanes, comparable(lanes, a));
      this.#requireExact(() => lanes.all(lanes.op('eq', result, a)));
    }
  }

  /** Looked at closely only where some value is not a normal number: a normal result does not come from infinities and NaNs. */
  #requireUsual(lanes: FloatLanes<V>, name: string, args: readonly V[], result: V): void {
    const { ops } = this;
    const smallest = lanes.constant(FORMATS[lanes.width].smallestNormal);
    const isLarge = (value: V): V => lanes.op('ge', lanes.op('abs', value), smallest);
    const quick = args.reduce((all, value) => lanes.and(all, isLarge(value)), isNormalResult(lanes, result));
    ops.when(not(ops, lanes.all(quick)), () => {
      const usual = args.reduce((all, value) => lanes.and(all, isUsual(lanes, value)), isUsualResult(lanes, result));
      this.#require(lanes, lanes.and(usual, isZeroForSure(lanes, name, args, result)));
    });
  }

  /** The operand is a double, and so is `result`, which has been a single. */
  #narrowed(lanes: FloatLanes<V>, a: V, result: V): void {
    const isSame = lanes.op('eq', result, a);
    const vanishes = lanes.or(lanes.op('ne', result, lanes.constant(0n)), isSame);
    this.#require(
      lanes,
      lanes.and(isUsual(lanes, a), lanes.and(isUsualResult(lanes, result, SINGLES_IN_DOUBLE), vanishes)),
    );
    this.#requireExact(() => lanes.all(lanes.op('eq', result, a)));
  }

  #toInteger(lanes: FloatLanes<V>, bits: number, a: V): void {
    const bound = lanes.constant(powerOfTwo(lanes.width, bits - 1));
    this.#require(lanes, lanes.and(lanes.op('lt', lanes.op('abs', a), bound), comparable(lanes, a)));
    this.#requireExact(() => lanes.all(lanes.op('eq', lanes.op('trunc', a), a)));
  }

  #fromInteger(to: FloatWidth, from: 32 | 64, a: V): void {
    const { precision } = FORMATS[to];
    if (from <= precision) return;
    const { ops } = this;
    const moved = ops.add(from, a, ops.constant(from, 1n << BigInt(precision)));
    this.#requireExact(() => ops.ltUnsigned(from, moved, ops.constant(from, 1n << BigInt(precision + 1))));
  }

  #watchPackedConversion(name: string, a: V, result: V): void {
    const { ops } = this;
    const [singles, doubles] = [this.#packed[32], this.#packed[64]];
    switch (name) {
      case 'f32x4.convert_i32x4_s':
        this.#requireExact(() => {
          const magnitude = ops.simd('i32x4.abs', [a]);
          const upper = singles.masked(magnitude, 0xff00_0000n);
          return singles.all(singles.isClear(upper));
        });
        return;
      case 'f64x2.promote_low_f32x4':
        this.#require(doubles, comparable(doubles, result, SINGLES_IN_DOUBLE));
        return;
      case 'f32x4.demote_f64x2_zero':
        this.#narrowed(doubles, a, ops.simd('f64x2.promote_low_f32x4', [result]));
        return;
      case 'i32x4.trunc_sat_f32x4_s':
        this.#toInteger(singles, 32, a);
        return;
      case 'i32x4.trunc_sat_f64x2_s_zero':
        this.#toInteger(doubles, 32, a);
    }
  }
}

type Range = Pick<Format, 'smallestNormal' | 'infinity'>;

/** A zero, a normal number or an infinity: nothing that a comparison remarks. */
function comparable<V>(lanes: FloatLanes<V>, value: V, range: Range = FORMATS[lanes.width]): V {
  const isNormal = lanes.op('ge', lanes.op('abs', value), lanes.constant(range.smallestNormal));
  return lanes.or(isNormal, lanes.op('eq', value, lanes.constant(0n)));
}

/** A zero or a normal number. */
function isUsual<V>(lanes: FloatLanes<V>, value: V): V {
  const { infinity } = FORMATS[lanes.width];
  return lanes.and(comparable(lanes, value), lanes.op('lt', lanes.op('abs', value), lanes.constant(infinity)));
}

/** The smallest normal number may be a smaller one rounded up, which counts as tiny. */
function isNormalResult<V>(lanes: FloatLanes<V>, value: V, range: Range = FORMATS[lanes.width]): V {
  const magnitude = lanes.op('abs', value);
  const isLarge = lanes.op('gt', magnitude, lanes.constant(range.smallestNormal));
  return lanes.and(isLarge, lanes.op('lt', magnitude, lanes.constant(range.infinity)));
}

function isUsualResult<V>(lanes: FloatLanes<V>, value: V, range: Range = FORMATS[lanes.width]): V {
  return lanes.or(isNormalResult(lanes, value, range), lanes.op('eq', value, lanes.constant(0n)));
}

/** A zero result comes from a zero, or is the sum of opposites: it is no underflow. */
function isZeroForSure<V>(lanes: FloatLanes<V>, name: string, [a, b]: readonly V[], result: V): V {
  const isZero = (value: V): V => lanes.op('eq', value, lanes.constant(0n));
  const isSome = lanes.op('ne', result, lanes.constant(0n));
  if (name === 'mul') return lanes.or(isSome, lanes.or(isZero(a!), isZero(b!)));
  if (name === 'div') return lanes.or(isSome, isZero(a!));
  return lanes.op('eq', result, result);
}

/** Whether the operation has lost nothing, as far as is easily seen. */
function isExact<V>(lanes: FloatLanes<V>, name: string, [a, b]: readonly V[], result: V): V {
  const { lowerHalf } = FORMATS[lanes.width];
  const isShort = (value: V): V => lanes.isClear(lanes.masked(value, lowerHalf));
  const isProduct = (x: V, y: V, product: V): V =>
    lanes.and(lanes.and(isShort(x), isShort(y)), lanes.op('eq', lanes.op('mul', x, y), product));
  switch (name) {
    case 'add':
      return isExactSum(lanes, a!, b!, result);
    case 'sub':
      return isExactSum(lanes, a!, lanes.op('neg', b!), result);
    case 'mul':
      return isProduct(a!, b!, result);
    case 'div':
      return isProduct(result, b!, a!);
    default:
      return isProduct(result, result, a!);
  }
}

/** Source: Knuth, TAOCP vol. 2, 4.2.2, theorem B. */
function isExactSum<V>(lanes: FloatLanes<V>, a: V, b: V, sum: V): V {
  const partB = lanes.op('sub', sum, a);
  const partA = lanes.op('sub', sum, partB);
  const lost = lanes.op('add', lanes.op('sub', a, partA), lanes.op('sub', b, partB));
  return lanes.op('eq', lost, lanes.constant(0n));
}

function powerOfTwo(w: FloatWidth, exponent: number): bigint {
  return w === 32 ? BigInt(127 + exponent) << 23n : BigInt(1023 + exponent) << 52n;
}
