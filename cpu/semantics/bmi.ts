/** BMI1, BMI2 and ADX: three-operand bit operations, most without flags. Source: SDM vol. 2. */
import { Gpr } from '../state-layout.ts';
import type { Instruction } from '../x86/instruction.ts';
import { adcFlags, fromBoolean } from './flags.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { Flag, type Ops, type Semantics, type Width } from './ops.ts';

/** The two sources: the second and third operand. */
function sources<V>(ops: Ops<V>, instruction: Instruction): { w: Width; a: V; b: V } {
  const w = instruction.width as Width;
  const b = ops.read(operand(instruction, 2));
  return { w, a: ops.read(operand(instruction, 1)), b };
}

function clear<V>(ops: Ops<V>): () => V {
  return () => ops.constant(32, 0);
}

function andn<V>(ops: Ops<V>, instruction: Instruction): void {
  const { w, a, b } = sources(ops, instruction);
  const result = ops.and(w, ops.not(w, a), b);
  ops.write(operand(instruction, 0), result);
  ops.setFlags({ result: { width: w, value: result }, c: clear(ops), o: clear(ops), a: clear(ops) });
}

/** blsr, blsmsk: with the lowest bit set off, ones up to it; blsi: that bit alone. CF: the source is 0, for blsi is not. */
function lowestBit(kind: 'reset' | 'mask' | 'isolate'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const source = ops.read(operand(instruction, 1));
    const below = ops.sub(w, source, ops.constant(w, 1));
    const result =
      kind === 'reset'
        ? ops.and(w, source, below)
        : kind === 'mask'
          ? ops.xor(w, source, below)
          : ops.and(w, source, ops.neg(w, source));
    ops.write(operand(instruction, 0), result);
    const zero = ops.constant(w, 0);
    ops.setFlags({
      result: { width: w, value: result },
      c: () => (kind === 'isolate' ? ops.ne(w, source, zero) : ops.eq(w, source, zero)),
      o: clear(ops),
      a: clear(ops),
    });
  };
}

/** `count` ones from bit 0 on; all ones for a count of w or more. */
function ones<V>(ops: Ops<V>, w: Width, count: V): V {
  const inside = ops.ltUnsigned(32, count, ops.constant(32, w));
  const limited = ops.and(32, count, ops.constant(32, w - 1));
  const low = ops.sub(w, ops.shl(w, ops.constant(w, 1), limited), ops.constant(w, 1));
  return ops.select(w, inside, low, ops.constant(w, -1));
}

/** Byte `index` of the control operand, as a value of width 32. */
function controlByte<V>(ops: Ops<V>, w: Width, control: V, index: 0 | 1): V {
  const shifted = ops.shr(w, control, ops.constant(32, 8 * index));
  const low = w === 64 ? ops.truncate(64, 32, shifted) : shifted;
  return ops.and(32, low, ops.constant(32, 0xff));
}

/** Bits from a start on, of a length: both in the control operand. */
function bextr<V>(ops: Ops<V>, instruction: Instruction): void {
  const { w, a, b } = sources(ops, instruction);
  const start = controlByte(ops, w, b, 0);
  const inside = ops.ltUnsigned(32, start, ops.constant(32, w));
  const moved = ops.shr(w, a, ops.and(32, start, ops.constant(32, w - 1)));
  const field = ops.and(w, moved, ones(ops, w, controlByte(ops, w, b, 1)));
  const result = ops.select(w, inside, field, ops.constant(w, 0));
  ops.write(operand(instruction, 0), result);
  ops.setFlags({ result: { width: w, value: result }, c: clear(ops), o: clear(ops), a: clear(ops) });
}

/** Bits below an index. */
function bzhi<V>(ops: Ops<V>, instruction: Instruction): void {
  const { w, a, b } = sources(ops, instruction);
  const index = controlByte(ops, w, b, 0);
  const result = ops.and(w, a, ones(ops, w, index));
  ops.write(operand(instruction, 0), result);
  ops.setFlags({
    result: { width: w, value: result },
    c: () => ops.ltUnsigned(32, ops.constant(32, w - 1), index),
    o: clear(ops),
    a: clear(ops),
  });
}

/** rdx times the source: the high half to the first operand, the low half to the second. */
function mulx<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const source = ops.read(operand(instruction, 2));
  const factor = ops.gpr(w, Gpr.rdx);
  const low = ops.mul(w, factor, source);
  const high = ops.mulHighUnsigned(w, factor, source);
  ops.write(operand(instruction, 1), low);
  ops.write(operand(instruction, 0), high);
}

function shiftBy(name: 'shl' | 'shr' | 'sar'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const { w, a, b } = sources(ops, instruction);
    const count = w === 64 ? ops.truncate(64, 32, b) : b;
    ops.write(operand(instruction, 0), ops[name](w, a, ops.and(32, count, ops.constant(32, w - 1))));
  };
}

function rorx<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const count = ops.zeroExtend(8, 32, ops.read(operand(instruction, 2)));
  const source = ops.read(operand(instruction, 1));
  ops.write(operand(instruction, 0), ops.rotr(w, source, ops.and(32, count, ops.constant(32, w - 1))));
}

/**
 * For each power of two below w: the bits of the mask that move down by it, when all are gathered at the bottom. Source: Warren,
 * Hacker's Delight, 2nd edition, 7-4.
 */
function moves<V>(ops: Ops<V>, w: 32 | 64, mask: V): V[] {
  const found: V[] = [];
  let left = mask;
  let zerosBelow = ops.shl(w, ops.not(w, mask), ops.constant(32, 1));
  for (let step = 1; step < w; step *= 2) {
    let parity = zerosBelow;
    for (let by = 1; by < w; by *= 2) parity = ops.xor(w, parity, ops.shl(w, parity, ops.constant(32, by)));
    const moving = ops.and(w, parity, left);
    found.push(moving);
    left = ops.or(w, ops.xor(w, left, moving), ops.shr(w, moving, ops.constant(32, step)));
    zerosBelow = ops.and(w, zerosBelow, ops.not(w, parity));
  }
  return found;
}

/** The bits that the mask names, gathered at the bottom. */
function pext<V>(ops: Ops<V>, instruction: Instruction): void {
  const { w, a, b } = sources(ops, instruction);
  let value = ops.and(w, a, b);
  moves(ops, w as 32 | 64, b).forEach((moving, index) => {
    const part = ops.and(w, value, moving);
    value = ops.or(w, ops.xor(w, value, part), ops.shr(w, part, ops.constant(32, 1 << index)));
  });
  ops.write(operand(instruction, 0), value);
}

/** The low bits, spread to the places that the mask names. */
function pdep<V>(ops: Ops<V>, instruction: Instruction): void {
  const { w, a, b } = sources(ops, instruction);
  let value = a;
  const steps = moves(ops, w as 32 | 64, b);
  for (let index = steps.length - 1; index >= 0; index--) {
    const moving = steps[index]!;
    const part = ops.and(w, ops.shl(w, value, ops.constant(32, 1 << index)), moving);
    value = ops.or(w, ops.and(w, value, ops.not(w, moving)), part);
  }
  ops.write(operand(instruction, 0), ops.and(w, value, b));
}

/** adcx, adox: an addition that reads and writes one flag only. */
function addWith(flag: 'c' | 'o'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const b = ops.read(operand(instruction, 1));
    const a = ops.read(operand(instruction, 0));
    const carry = ops.flag(flag === 'c' ? Flag.C : Flag.O);
    const result = ops.add(w, ops.add(w, a, b), fromBoolean(ops, w, carry));
    ops.write(operand(instruction, 0), result);
    const out = adcFlags(ops, w, a, b, carry, result).c!;
    ops.setFlags(flag === 'c' ? { c: out } : { o: out });
  };
}

const bitFlags = { flagsWritten: ALL_FLAGS, flagsUndefined: Flag.A | Flag.P };

export const bitManipulation: Definitions = {
  andn: define(andn, bitFlags),
  blsr: define(lowestBit('reset'), bitFlags),
  blsmsk: define(lowestBit('mask'), bitFlags),
  blsi: define(lowestBit('isolate'), bitFlags),
  bextr: define(bextr, { flagsWritten: ALL_FLAGS, flagsUndefined: Flag.A | Flag.P | Flag.S }),
  bzhi: define(bzhi, bitFlags),
  mulx: define(mulx),
  shlx: define(shiftBy('shl')),
  shrx: define(shiftBy('shr')),
  sarx: define(shiftBy('sar')),
  rorx: define(rorx),
  pext: define(pext),
  pdep: define(pdep),
  adcx: define(addWith('c'), { flagsRead: Flag.C, flagsWritten: Flag.C }),
  adox: define(addWith('o'), { flagsRead: Flag.O, flagsWritten: Flag.O }),
};
