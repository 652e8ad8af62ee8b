/** Floating-point lanes to reason about, one or several: conditions are made lane by lane, and `all` joins them to a boolean. */
import type { Ops } from '../ops.ts';
import { allTrue, constantLanes, floatName, laneName, type FloatWidth } from './vector.ts';

export interface FloatLanes<V> {
  readonly width: FloatWidth;
  /** A WebAssembly operation on floats by its bare name; comparisons give conditions. */
  op(name: string, ...args: V[]): V;
  /** The same bit pattern in every lane. */
  constant(bits: bigint): V;
  and(x: V, y: V): V;
  or(x: V, y: V): V;
  /** Bits of a value; and whether they are all 0. */
  masked(value: V, mask: bigint): V;
  isClear(bits: V): V;
  all(condition: V): V;
}

export function scalarLanes<V>(ops: Ops<V>, width: FloatWidth): FloatLanes<V> {
  return {
    width,
    op: (name, ...args) => ops.float(width, name, args),
    constant: (bits) => ops.constant(width, bits),
    and: (x, y) => ops.and(32, x, y),
    or: (x, y) => ops.or(32, x, y),
    masked: (value, mask) => ops.and(width, value, ops.constant(width, mask)),
    isClear: (bits) => ops.eq(width, bits, ops.constant(width, 0)),
    all: (condition) => condition,
  };
}

export function packedLanes<V>(ops: Ops<V>, width: FloatWidth): FloatLanes<V> {
  return {
    width,
    op: (name, ...args) => ops.simd(floatName(width, name), args),
    constant: (bits) => constantLanes(ops, width, bits),
    and: (x, y) => ops.simd('v128.and', [x, y]),
    or: (x, y) => ops.simd('v128.or', [x, y]),
    masked: (value, mask) => ops.simd('v128.and', [value, constantLanes(ops, width, mask)]),
    isClear: (bits) => ops.simd(laneName(width, 'eq'), [bits, constantLanes(ops, width, 0n)]),
    all: (condition) => allTrue(ops, condition),
  };
}
