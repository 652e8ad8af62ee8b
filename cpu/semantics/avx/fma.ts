/**
 * Fused multiply-add. WebAssembly has none, so compiled back ends make it of other operations: single precision in double, double
 * precision by the error-free sums and products of Dekker and Knuth and a rounding to odd (Boldo and Melquiond, "Emulation of a
 * FMA and correctly rounded sums", IEEE TC 2008). What is out of the range of those, and NaNs, go to the evaluator. Source: SDM vol. 2.
 */
import type { Instruction } from '../../x86/instruction.ts';
import { define, operand, type Definition, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import {
  allTrue,
  choose,
  constantLanes,
  extract,
  not,
  readScalar,
  replace,
  shuffle,
  splat,
  type FloatWidth,
} from '../simd/vector.ts';
import { isWide, readHalves, readLow, writeEach, writeLow } from './halves.ts';

/** Which operands are first and second factor and addend, as the digits of the mnemonics say. */
const ORDERS: Readonly<Record<string, readonly [number, number, number]>> = {
  132: [0, 2, 1],
  213: [1, 0, 2],
  231: [1, 2, 0],
};

/** Which lanes of the product and of the addend are negated. */
type Signs = 'none' | 'all' | 'even' | 'odd';
interface Kind {
  readonly product: Signs;
  readonly addend: Signs;
}

const KINDS: Readonly<Record<string, Kind>> = {
  fmadd: { product: 'none', addend: 'none' },
  fmsub: { product: 'none', addend: 'all' },
  fnmadd: { product: 'all', addend: 'none' },
  fnmsub: { product: 'all', addend: 'all' },
  fmaddsub: { product: 'none', addend: 'even' },
  fmsubadd: { product: 'none', addend: 'odd' },
};

function signBits<V>(ops: Ops<V>, w: FloatWidth, signs: Signs): V {
  const sign = 1n << BigInt(w - 1);
  const even = signs === 'all' || signs === 'even' ? sign : 0n;
  const odd = signs === 'all' || signs === 'odd' ? sign : 0n;
  if (w === 64) return ops.vectorConstant(even, odd);
  return ops.vectorConstant(even | (odd << 32n), even | (odd << 32n));
}

// --- error-free operations on lanes of doubles ----------------------------------------------------------------------------
function double<V>(ops: Ops<V>, name: string, a: V, b: V): V {
  return ops.simd(`f64x2.${name}`, [a, b]);
}

interface Pair<V> {
  readonly value: V;
  readonly error: V;
}

/** a + b, and what rounding lost. Source: Knuth, TAOCP 2, 4.2.2, theorem B. */
function twoSum<V>(ops: Ops<V>, a: V, b: V): Pair<V> {
  const value = double(ops, 'add', a, b);
  const partB = double(ops, 'sub', value, a);
  const partA = double(ops, 'sub', value, partB);
  return { value, error: double(ops, 'add', double(ops, 'sub', a, partA), double(ops, 'sub', b, partB)) };
}

/** 2^27 + 1. */
const SPLITTER = 0x41a0_0000_0200_0000n;

function split<V>(ops: Ops<V>, a: V): readonly [high: V, low: V] {
  const scaled = double(ops, 'mul', a, constantLanes(ops, 64, SPLITTER));
  const high = double(ops, 'sub', scaled, double(ops, 'sub', scaled, a));
  return [high, double(ops, 'sub', a, high)];
}

/** a * b, and what rounding lost. Source: Dekker, Numerische Mathematik 18, 1971. */
function twoProduct<V>(ops: Ops<V>, a: V, b: V): Pair<V> {
  const value = double(ops, 'mul', a, b);
  const [[aHigh, aLow], [bHigh, bLow]] = [split(ops, a), split(ops, b)];
  const highest = double(ops, 'sub', double(ops, 'mul', aHigh, bHigh), value);
  const middle = double(ops, 'add', highest, double(ops, 'mul', aHigh, bLow));
  const lower = double(ops, 'add', middle, double(ops, 'mul', aLow, bHigh));
  return { value, error: double(ops, 'add', lower, double(ops, 'mul', aLow, bLow)) };
}

/** a + b rounded to odd: an inexact sum with an even last bit becomes its neighbour on the other side of the true one. */
function sumToOdd<V>(ops: Ops<V>, a: V, b: V): V {
  const { value, error } = twoSum(ops, a, b);
  const zero = constantLanes<V>(ops, 64, 0n);
  const one = constantLanes<V>(ops, 64, 1n);
  // An error that is no number belongs to an infinite sum.
  const inexact = ops.simd('v128.or', [double(ops, 'lt', error, zero), double(ops, 'gt', error, zero)]);
  const isEven = ops.simd('i64x2.eq', [ops.simd('v128.and', [value, one]), zero]);
  const apart = ops.simd('i64x2.shr_s', [ops.simd('v128.xor', [value, error]), ops.constant(32, 63)]);
  const step = ops.simd('v128.and', [ops.simd('v128.or', [apart, one]), ops.simd('v128.and', [inexact, isEven])]);
  return ops.simd('i64x2.add', [value, step]);
}

// --- the two precisions ------------------------------------------------------------------------------------------------------
function bits(exponent: number): bigint {
  return BigInt(1023 + exponent) << 52n;
}

/** Lanes that are zero or between two powers of two. */
function isWithin<V>(ops: Ops<V>, value: V, exponent: number): V {
  const magnitude = ops.simd('f64x2.abs', [value]);
  const inside = ops.simd('v128.and', [
    double(ops, 'ge', magnitude, constantLanes(ops, 64, bits(-exponent))),
    double(ops, 'le', magnitude, constantLanes(ops, 64, bits(exponent))),
  ]);
  return ops.simd('v128.or', [inside, double(ops, 'eq', magnitude, constantLanes(ops, 64, 0n))]);
}

function fusedDoubles<V>(ops: Ops<V>, a: V, b: V, c: V): V {
  // Products of these, and their errors, are normal numbers.
  const fit = [isWithin(ops, a, 450), isWithin(ops, b, 450), isWithin(ops, c, 900)].reduce((all, lanes) =>
    ops.simd('v128.and', [all, lanes]),
  );
  ops.evaluateIf(not(ops, allTrue(ops, fit)));
  const product = twoProduct(ops, a, b);
  const lower = twoSum(ops, c, product.error);
  const upper = twoSum(ops, product.value, lower.value);
  const result = double(ops, 'add', upper.value, sumToOdd(ops, upper.error, lower.error));
  // A zero is exact, and gets its sign from the plain sum.
  const plain = double(ops, 'add', product.value, c);
  return choose(ops, double(ops, 'eq', result, constantLanes(ops, 64, 0n)), plain, result);
}

/** The product of singles is exact in double precision, and a sum rounded to odd there can be rounded again. */
function fusedSingles<V>(ops: Ops<V>, a: V, b: V, c: V): V {
  const half = (high: boolean): V => {
    const [x, y, z] = [a, b, c].map((value) => {
      const low = high ? shuffle(ops, 64, value, value, [1, 0]) : value;
      return ops.simd('f64x2.promote_low_f32x4', [low]);
    }) as [V, V, V];
    return ops.simd('f32x4.demote_f64x2_zero', [sumToOdd(ops, double(ops, 'mul', x, y), z)]);
  };
  const result = shuffle(ops, 64, half(false), half(true), [0, 2]);
  ops.evaluateIf(not(ops, allTrue(ops, ops.simd('f32x4.eq', [result, result]))));
  return result;
}

function fused<V>(ops: Ops<V>, w: FloatWidth, { product, addend }: Kind, [a, b, c]: readonly [V, V, V]): V {
  const signs = { product: signBits(ops, w, product), addend: signBits(ops, w, addend) };
  const exact = ops.fma(w, [a, b, c], signs);
  if (exact !== undefined) return exact;
  const negated = (value: V, kind: Signs, mask: V): V =>
    kind === 'none' ? value : ops.simd('v128.xor', [value, mask]);
  const compute = w === 64 ? fusedDoubles : fusedSingles;
  return compute(ops, negated(a, product, signs.product), b, negated(c, addend, signs.addend));
}

function packed(w: FloatWidth, kind: Kind, order: readonly [number, number, number]): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const halves = order.map((index) => {
      const source = operand(instruction, index);
      return isWide(instruction) ? readHalves(ops, source) : [readLow(ops, source)];
    });
    const half = (which: 0 | 1): V =>
      fused(ops, w, kind, halves.map((source) => source[which]!) as unknown as readonly [V, V, V]);
    // Both before the first write: either may leave.
    const results = isWide(instruction) ? [half(0), half(1)] : [half(0)];
    writeEach(ops, instruction, (which) => results[which]!);
  };
}

function scalar(w: FloatWidth, kind: Kind, order: readonly [number, number, number]): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const values = order.map((index) => splat(ops, w, readScalar(ops, w, operand(instruction, index))));
    const result = fused(ops, w, kind, values as unknown as readonly [V, V, V]);
    const destination = operand(instruction, 0);
    writeLow(ops, destination, replace(ops, w, ops.read(destination), extract(ops, w, result, 0), 0));
  };
}

function* definitions(): Generator<readonly [string, Definition]> {
  for (const [name, kind] of Object.entries(KINDS))
    for (const [digits, order] of Object.entries(ORDERS))
      for (const w of [32, 64] as const) {
        const suffix = w === 32 ? 's' : 'd';
        yield [`v${name}${digits}p${suffix}`, define(packed(w, kind, order))];
        const hasScalar = kind.addend === 'none' || kind.addend === 'all';
        if (hasScalar) yield [`v${name}${digits}s${suffix}`, define(scalar(w, kind, order))];
      }
}

export function fusedMultiplyAdds(): Definitions {
  return Object.fromEntries(definitions());
}
