/** Flag formulas shared by the families. Source: SDM vol. 1, 3.4.3.1. */
import type { FlagUpdate, Ops, Width } from './ops.ts';

/** The most significant bit as a boolean. */
export function topBit<V>(ops: Ops<V>, w: Width, value: V): V {
  return toBoolean(ops, w, ops.shr(w, value, ops.constant(32, w - 1)));
}

/** Bit `index` as a boolean. */
export function bitAt<V>(ops: Ops<V>, w: Width, value: V, index: number): V {
  const shifted = ops.shr(w, value, ops.constant(32, index));
  return toBoolean(ops, w, ops.and(w, shifted, ops.constant(w, 1)));
}

/** A 0-or-1 value of width w as a boolean (width 32). */
export function toBoolean<V>(ops: Ops<V>, w: Width, value: V): V {
  return w === 64 ? ops.truncate(64, 32, value) : ops.zeroExtend(w, 32, value);
}

/** A boolean as a 0-or-1 value of width w. */
export function fromBoolean<V>(ops: Ops<V>, w: Width, value: V): V {
  return w === 64 ? ops.zeroExtend(32, 64, value) : ops.truncate(32, w, value);
}

/** Resizes an unsigned value either way. */
export function resize<V>(ops: Ops<V>, from: Width, to: Width, value: V): V {
  return from < to ? ops.zeroExtend(from, to, value) : ops.truncate(from, to, value);
}

/** AF of an addition or subtraction: the carry or borrow into bit 4. */
function auxiliary<V>(ops: Ops<V>, w: Width, a: V, b: V, result: V): V {
  return bitAt(ops, w, ops.xor(w, ops.xor(w, a, b), result), 4);
}

/** Flags of a + b = result. */
export function addFlags<V>(ops: Ops<V>, w: Width, a: V, b: V, result: V): FlagUpdate<V> {
  return {
    result: { width: w, value: result },
    c: () => ops.ltUnsigned(w, result, a),
    o: () => topBit(ops, w, ops.and(w, ops.xor(w, a, result), ops.xor(w, b, result))),
    a: () => auxiliary(ops, w, a, b, result),
  };
}

/** Flags of a + b + carry = result: the sum wrapped if it fell below a, or stayed at a although a carry came in. */
export function adcFlags<V>(ops: Ops<V>, w: Width, a: V, b: V, carry: V, result: V): FlagUpdate<V> {
  return {
    ...addFlags(ops, w, a, b, result),
    c: () => ops.or(32, ops.ltUnsigned(w, result, a), ops.and(32, carry, ops.eq(w, result, a))),
  };
}

/** Flags of a - b = result. */
export function subFlags<V>(ops: Ops<V>, w: Width, a: V, b: V, result: V): FlagUpdate<V> {
  return {
    result: { width: w, value: result },
    c: () => ops.ltUnsigned(w, a, b),
    o: () => topBit(ops, w, ops.and(w, ops.xor(w, a, b), ops.xor(w, a, result))),
    a: () => auxiliary(ops, w, a, b, result),
    hint: { kind: 'sub', width: w, a, b },
  };
}

/** Flags of a - b - borrow = result. */
export function sbbFlags<V>(ops: Ops<V>, w: Width, a: V, b: V, borrow: V, result: V): FlagUpdate<V> {
  return {
    result: { width: w, value: result },
    c: () => ops.or(32, ops.ltUnsigned(w, a, b), ops.and(32, borrow, ops.eq(w, a, b))),
    o: () => topBit(ops, w, ops.and(w, ops.xor(w, a, b), ops.xor(w, a, result))),
    a: () => auxiliary(ops, w, a, b, result),
  };
}

/** Flags of a bitwise operation: CF and OF clear; AF is undefined, real processors clear it. */
export function logicFlags<V>(ops: Ops<V>, w: Width, result: V): FlagUpdate<V> {
  const zero = () => ops.constant(32, 0);
  return { result: { width: w, value: result }, c: zero, o: zero, a: zero };
}
