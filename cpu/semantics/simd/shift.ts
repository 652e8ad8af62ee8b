/** Packed shifts, by the low 64 bits of the source or by an immediate; whole-register byte shifts; palignr. Source: SDM vol. 2. */
import { OperandKind, type Instruction } from '../../x86/instruction.ts';
import { define, operand, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import {
  byteNumbers,
  extract,
  immediate,
  laneName,
  orMmx,
  setDestination,
  splat,
  vector,
  zero,
  type LaneWidth,
} from './vector.ts';

/** Shift count and whether it is below the lane width. */
function shiftCount<V>(ops: Ops<V>, w: LaneWidth, instruction: Instruction): { count: V; inRange: V } {
  const source = operand(instruction, 1);
  if (source.kind === OperandKind.Immediate) {
    const { value } = immediate(ops, instruction);
    return { count: value, inRange: ops.ltUnsigned(32, value, ops.constant(32, w)) };
  }
  const wide = extract(ops, 64, vector(ops, instruction, 1), 0);
  return { count: ops.truncate(64, 32, wide), inRange: ops.ltUnsigned(64, wide, ops.constant(64, w)) };
}

/** A count of the lane width or more gives 0. */
function logical(w: LaneWidth, name: 'shl' | 'shr_u'): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const { count, inRange } = shiftCount(ops, w, instruction);
    const shifted = ops.simd(laneName(w, name), [vector(ops, instruction, 0), count]);
    setDestination(ops, instruction, ops.select(128, inRange, shifted, zero(ops)));
  });
}

/** A count of the lane width or more gives the sign everywhere. */
function arithmetic(w: 16 | 32): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const { count, inRange } = shiftCount(ops, w, instruction);
    const limited = ops.select(32, inRange, count, ops.constant(32, w - 1));
    setDestination(ops, instruction, ops.simd(laneName(w, 'shr_s'), [vector(ops, instruction, 0), limited]));
  });
}

/** min(value, limit), width 32. */
function atMost<V>(ops: Ops<V>, value: V, limit: number): V {
  const bound = ops.constant(32, limit);
  return ops.select(32, ops.ltUnsigned(32, value, bound), value, bound);
}

/** Byte i of the result is byte i + count of the value, 0 outside. Swizzle gives 0 for indexes from 16 on. */
function bytesFrom<V>(ops: Ops<V>, value: V, count: V): V {
  return ops.simd('i8x16.swizzle', [value, ops.simd('i8x16.add_sat_u', [byteNumbers(ops), splat(ops, 8, count)])]);
}

/** Byte i of the result is byte i - count of the value, 0 outside; count at most 16, so that wrapped indexes are 240 or more. */
function bytesUpTo<V>(ops: Ops<V>, value: V, count: V): V {
  return ops.simd('i8x16.swizzle', [value, ops.simd('i8x16.sub', [byteNumbers(ops), splat(ops, 8, count)])]);
}

/** Bytes n … n + 15 of low and high as one 32-byte value, zeros after it. */
function window<V>(ops: Ops<V>, low: V, high: V, n: number): V {
  const picks = (first: number) => Array.from({ length: 16 }, (_, index) => first + index);
  if (n >= 32) return zero(ops);
  if (n >= 16) return ops.simd('i8x16.shuffle', [high, zero(ops)], picks(n - 16));
  return ops.simd('i8x16.shuffle', [low, high], picks(n));
}

function shiftRightBytes<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const a = vector(ops, instruction, 0);
  const result = known === undefined ? bytesFrom(ops, a, value) : window(ops, a, zero(ops), Math.min(known, 16));
  setDestination(ops, instruction, result);
}

function shiftLeftBytes<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const a = vector(ops, instruction, 0);
  const result =
    known === undefined
      ? bytesUpTo(ops, a, atMost(ops, value, 16))
      : window(ops, zero(ops), a, 16 - Math.min(known, 16));
  setDestination(ops, instruction, result);
}

/** Destination above source, shifted right by bytes. */
function palignr<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const low = vector(ops, instruction, 1);
  const high = vector(ops, instruction, 0);
  if (known !== undefined) return setDestination(ops, instruction, window(ops, low, high, known));
  const count = atMost(ops, value, 32);
  const fromLow = bytesFrom(ops, low, count);
  // Byte i of the high part's share is i + count - 16: wrapped indexes of counts below 16 give 0.
  const fromHigh = bytesUpTo(ops, high, ops.sub(32, ops.constant(32, 16), count));
  setDestination(ops, instruction, ops.simd('v128.or', [fromLow, fromHigh]));
}

export const vectorShifts: Definitions = {
  psllw: define(logical(16, 'shl')),
  pslld: define(logical(32, 'shl')),
  psllq: define(logical(64, 'shl')),
  psrlw: define(logical(16, 'shr_u')),
  psrld: define(logical(32, 'shr_u')),
  psrlq: define(logical(64, 'shr_u')),
  psraw: define(arithmetic(16)),
  psrad: define(arithmetic(32)),
  psrldq: define(shiftRightBytes),
  pslldq: define(shiftLeftBytes),
  palignr: define(orMmx(palignr)),
};
