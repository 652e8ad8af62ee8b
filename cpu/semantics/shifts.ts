/**
 * Shifts and rotates: shl shr sar rol ror rcl rcr shld shrd. Source: SDM vol. 2.
 *
 * The count is cut to 5 bits (6 for 64-bit operands); with a count of 0 no flag changes, though a 32-bit register is still
 * zero-extended. Where the SDM leaves a flag undefined (AF; OF unless the count is 1) the value is what Intel processors give.
 */
import { OperandKind, type Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definition, type Definitions, type FlagSet } from './definition.ts';
import { fromBoolean, resize, toBoolean, topBit } from './flags.ts';
import { Flag, type FlagUpdate, type Ops, type Semantics, type Width } from './ops.ts';

/** Narrow operands are shifted at 32 bits, where a count above their width is no exception. */
function roomy(w: Width): 32 | 64 {
  return w === 64 ? 64 : 32;
}

function countMask(w: number): number {
  return w === 64 ? 63 : 31;
}

function maskedCount<V>(ops: Ops<V>, instruction: Instruction): V {
  const last = operand(instruction, instruction.operands.length - 1);
  const count = ops.zeroExtend(8, 32, ops.read(last));
  return ops.and(32, count, ops.constant(32, countMask(instruction.width)));
}

/** Sets flags unless the count is 0. */
function setFlagsUnlessZero<V>(ops: Ops<V>, count: V, update: FlagUpdate<V>): void {
  ops.when(ops.ne(32, count, ops.constant(32, 0)), () => ops.setFlags(update));
}

function lowBit<V>(ops: Ops<V>, w: Width, value: V): V {
  return toBoolean(ops, w, ops.and(w, value, ops.constant(w, 1)));
}

/** Whether the two top bits differ: OF of right shifts and rotates. */
function topBitsDiffer<V>(ops: Ops<V>, w: Width, value: V): V {
  return topBit(ops, w, ops.xor(w, value, ops.shl(w, value, ops.constant(32, 1))));
}

function shl<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const room = roomy(w);
  const a = ops.readForUpdate(operand(instruction, 0));
  const count = maskedCount(ops, instruction);
  const shifted = ops.shl(room, ops.zeroExtend(w, room, a), count);
  const result = ops.truncate(room, w, shifted);
  // The last bit out: bit w of the roomy result, or bit (w - count) of the operand where there is no room.
  const carry = () =>
    w < 32
      ? lowBit(ops, 32, ops.shr(32, shifted, ops.constant(32, w)))
      : lowBit(ops, w, ops.shr(w, a, ops.sub(32, ops.constant(32, w), count)));
  ops.write(operand(instruction, 0), result);
  setFlagsUnlessZero(ops, count, {
    result: { width: w, value: result },
    c: carry,
    o: () => ops.xor(32, topBit(ops, w, result), carry()),
    a: () => ops.constant(32, 0),
  });
}

function shiftRight(kind: 'shr' | 'sar'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const room = roomy(w);
    const read = ops.readForUpdate(operand(instruction, 0));
    const a = kind === 'sar' ? ops.signExtend(w, room, read) : ops.zeroExtend(w, room, read);
    const count = maskedCount(ops, instruction);
    const result = ops.truncate(room, w, ops[kind](room, a, count));
    ops.write(operand(instruction, 0), result);
    setFlagsUnlessZero(ops, count, {
      result: { width: w, value: result },
      c: () => lowBit(ops, room, ops[kind](room, a, ops.sub(32, count, ops.constant(32, 1)))),
      o: () => (kind === 'sar' ? ops.constant(32, 0) : topBitsDiffer(ops, w, result)),
      a: () => ops.constant(32, 0),
    });
  };
}

/** The masked count decides whether flags change; a narrow operand then turns by the count modulo its width. */
function rotate(kind: 'rotl' | 'rotr'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const a = ops.readForUpdate(operand(instruction, 0));
    const count = maskedCount(ops, instruction);
    const turns = w < 32 ? ops.and(32, count, ops.constant(32, w - 1)) : count;
    const result = ops[kind](w, a, turns);
    ops.write(operand(instruction, 0), result);
    setFlagsUnlessZero(ops, count, {
      c: () => (kind === 'rotl' ? lowBit(ops, w, result) : topBit(ops, w, result)),
      o: () =>
        kind === 'rotl' ? ops.xor(32, topBit(ops, w, result), lowBit(ops, w, result)) : topBitsDiffer(ops, w, result),
    });
  };
}

/** Rotation of the w + 1 bits CF:operand; narrow operands turn by the count modulo w + 1. */
function carryTurns<V>(ops: Ops<V>, w: Width, instruction: Instruction): V {
  const count = maskedCount(ops, instruction);
  return w < 32 ? ops.remUnsigned(32, count, ops.constant(32, w + 1)) : count;
}

/**
 * One direction of rcl/rcr, both written as: the operand shifted by `count`, the carry behind it, and the bits that come
 * round, shifted once and then by the rest so that every single shift stays below the width.
 */
function rotateThroughCarry(kind: 'rcl' | 'rcr'): Semantics {
  const [along, round] = kind === 'rcl' ? (['shl', 'shr'] as const) : (['shr', 'shl'] as const);
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const room = roomy(w);
    const a = ops.zeroExtend(w, room, ops.readForUpdate(operand(instruction, 0)));
    const carry = ops.flag(Flag.C);
    const count = carryTurns(ops, w, instruction);
    const one = ops.constant(32, 1);
    const back = ops.and(32, ops.sub(32, ops.constant(32, w), count), ops.constant(32, room - 1));
    const before = ops.and(32, ops.sub(32, count, one), ops.constant(32, room - 1));
    const carryAt = kind === 'rcl' ? before : back;
    const placed = ops.shl(room, fromBoolean(ops, room, carry), carryAt);
    const moved = ops.or(room, ops[along](room, a, count), placed);
    const turned = ops.or(room, moved, ops[round](room, ops[round](room, a, one), back));
    const unmoved = ops.eq(32, count, ops.constant(32, 0));
    const result = ops.truncate(room, w, ops.select(room, unmoved, a, turned));
    const carryOut = () => lowBit(ops, room, ops.shr(room, a, kind === 'rcl' ? back : before));
    ops.write(operand(instruction, 0), result);
    setFlagsUnlessZero(ops, count, {
      c: carryOut,
      o: () => (kind === 'rcl' ? ops.xor(32, topBit(ops, w, result), carryOut()) : topBitsDiffer(ops, w, result)),
    });
  };
}

/**
 * shld, shrd: the destination shifted, filled from the source. With 16 bits and a count above 16 (undefined) processors
 * go on with the destination again: the 48 bits destination:source:destination shifted as one.
 */
function doubleShift(kind: 'shld' | 'shrd'): Semantics {
  const [along, round] = kind === 'shld' ? (['shl', 'shr'] as const) : (['shr', 'shl'] as const);
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const a = ops.readForUpdate(operand(instruction, 0));
    const b = ops.read(operand(instruction, 1));
    const count = maskedCount(ops, instruction);
    const one = ops.constant(32, 1);
    let result: V;
    if (w === 16) {
      result = narrowDoubleShift(ops, kind, a, b, count);
    } else {
      const rest = ops.sub(32, ops.constant(32, w - 1), count);
      result = ops.or(w, ops[along](w, a, count), ops[round](w, ops[round](w, b, one), rest));
    }
    const out = kind === 'shld' ? ops.sub(32, ops.constant(32, w), count) : ops.sub(32, count, one);
    const outMasked = ops.and(32, out, ops.constant(32, roomy(w) - 1));
    const carry = () => lowBit(ops, roomy(w), ops.shr(roomy(w), ops.zeroExtend(w, roomy(w), a), outMasked));
    ops.write(operand(instruction, 0), result);
    setFlagsUnlessZero(ops, count, {
      result: { width: w, value: result },
      c: carry,
      o: () => (kind === 'shld' ? topBit(ops, w, ops.xor(w, result, a)) : topBitsDiffer(ops, w, result)),
      a: () => ops.constant(32, 0),
    });
  };
}

function narrowDoubleShift<V>(ops: Ops<V>, kind: 'shld' | 'shrd', a: V, b: V, count: V): V {
  const wideA = ops.zeroExtend(16, 64, a);
  const outer = ops.or(64, wideA, ops.shl(64, wideA, ops.constant(32, 32)));
  const joined = ops.or(64, outer, ops.shl(64, ops.zeroExtend(16, 64, b), ops.constant(32, 16)));
  const shifted =
    kind === 'shld' ? ops.shr(64, ops.shl(64, joined, count), ops.constant(32, 32)) : ops.shr(64, joined, count);
  return resize(ops, 64, 16, shifted);
}

/** The masked immediate count, or undefined for a count in cl. */
function immediateCount(instruction: Instruction): number | undefined {
  const last = operand(instruction, instruction.operands.length - 1);
  if (last.kind !== OperandKind.Immediate) return undefined;
  return Number(last.value & 0xffn) & countMask(instruction.width);
}

/** Flags written for certain by a count known not to be 0. */
function whenKnown(mask: number): FlagSet {
  return (instruction) => (immediateCount(instruction) ? mask : 0);
}

function whenUnknown(mask: number): FlagSet {
  return (instruction) => (immediateCount(instruction) === undefined ? mask : 0);
}

/** rcl and rcr of narrow operands may end up not turning at all. */
function turnsForCertain(instruction: Instruction): boolean {
  const count = immediateCount(instruction);
  return count !== undefined && count !== 0 && (instruction.width >= 32 || count % (instruction.width + 1) !== 0);
}

/** OF is defined for a count of 1 only; CF of a shift for counts up to the operand's width. */
function undefinedFlags(always: number, carryAtWidth: 'carry undefined at width' | 'carry defined'): FlagSet {
  return (instruction) => {
    const count = immediateCount(instruction);
    if (count === 0) return 0;
    const overflow = count === 1 ? 0 : Flag.O;
    const long = count === undefined || count >= instruction.width;
    const carry = carryAtWidth === 'carry undefined at width' && instruction.width < 32 && long ? Flag.C : 0;
    return always | overflow | carry;
  };
}

function shift(semantics: Semantics): Definition {
  return define(semantics, {
    flagsWritten: whenKnown(ALL_FLAGS),
    flagsMaybeWritten: whenUnknown(ALL_FLAGS),
    flagsUndefined: undefinedFlags(Flag.A, 'carry undefined at width'),
  });
}

/** A 16-bit double shift by more than 16 has no defined flags (nor result). */
function double(semantics: Semantics): Definition {
  const usual = undefinedFlags(Flag.A, 'carry defined') as (instruction: Instruction) => number;
  return define(semantics, {
    flagsWritten: whenKnown(ALL_FLAGS),
    flagsMaybeWritten: whenUnknown(ALL_FLAGS),
    flagsUndefined: (instruction) => {
      const count = immediateCount(instruction) ?? 31;
      return instruction.width === 16 && count > 16 ? ALL_FLAGS : usual(instruction);
    },
  });
}

const turned = Flag.C | Flag.O;

const rotates = {
  flagsWritten: whenKnown(turned),
  flagsMaybeWritten: whenUnknown(turned),
  flagsUndefined: undefinedFlags(0, 'carry defined'),
};

const carryRotates = {
  flagsRead: Flag.C,
  flagsWritten: (instruction: Instruction) => (turnsForCertain(instruction) ? turned : 0),
  flagsMaybeWritten: (instruction: Instruction) => (turnsForCertain(instruction) ? 0 : turned),
  flagsUndefined: undefinedFlags(0, 'carry defined'),
};

export const shifts: Definitions = {
  shl: shift(shl),
  shr: shift(shiftRight('shr')),
  sar: shift(shiftRight('sar')),
  rol: define(rotate('rotl'), rotates),
  ror: define(rotate('rotr'), rotates),
  rcl: define(rotateThroughCarry('rcl'), carryRotates),
  rcr: define(rotateThroughCarry('rcr'), carryRotates),
  shld: double(doubleShift('shld')),
  shrd: double(doubleShift('shrd')),
};
