/** Multiplication and division: mul imul div idiv. Source: SDM vol. 2. */
import { Trap } from '../engine.ts';
import { Gpr } from '../state-layout.ts';
import type { Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, define, operand, type Definitions } from './definition.ts';
import { Flag, type Ops, type Semantics, type Width } from './ops.ts';

type Sign = 'signed' | 'unsigned';

function extend<V>(ops: Ops<V>, sign: Sign, from: Width, to: Width, value: V): V {
  return sign === 'signed' ? ops.signExtend(from, to, value) : ops.zeroExtend(from, to, value);
}

function double(w: Width): Width {
  return (w * 2) as Width;
}

interface Product<V> {
  low: V;
  high: V;
  /** Whether the product does not fit the low half. */
  overflow: () => V;
}

function multiply<V>(ops: Ops<V>, sign: Sign, w: Width, a: V, b: V): Product<V> {
  if (w === 64) {
    const low = ops.mul(64, a, b);
    const high = sign === 'signed' ? ops.mulHighSigned(64, a, b) : ops.mulHighUnsigned(64, a, b);
    const fill = () => (sign === 'signed' ? ops.sar(64, low, ops.constant(32, 63)) : ops.constant(64, 0));
    return { low, high, overflow: () => ops.ne(64, high, fill()) };
  }
  const wide = double(w);
  const product = ops.mul(wide, extend(ops, sign, w, wide, a), extend(ops, sign, w, wide, b));
  const low = ops.truncate(wide, w, product);
  const high = ops.truncate(wide, w, ops.shr(wide, product, ops.constant(32, w)));
  return { low, high, overflow: () => ops.ne(wide, product, extend(ops, sign, w, wide, low)) };
}

/** SF, ZF, AF and PF are undefined; they come from the low half, as in Intel processors. */
function setProductFlags<V>(ops: Ops<V>, w: Width, product: Product<V>): void {
  ops.setFlags({
    result: { width: w, value: product.low },
    c: product.overflow,
    o: product.overflow,
    a: () => ops.constant(32, 0),
  });
}

/** rdx:rax (ax for bytes) = rax * operand. */
function multiplyAccumulator<V>(ops: Ops<V>, instruction: Instruction, sign: Sign): void {
  const w = instruction.width as Width;
  const source = ops.read(operand(instruction, 0));
  const product = multiply(ops, sign, w, ops.gpr(w, Gpr.rax), source);
  if (w === 8) {
    ops.setGpr(16, Gpr.rax, joinBytes(ops, product.high, product.low));
  } else {
    ops.setGpr(w, Gpr.rax, product.low);
    ops.setGpr(w, Gpr.rdx, product.high);
  }
  setProductFlags(ops, w, product);
}

function joinBytes<V>(ops: Ops<V>, high: V, low: V): V {
  const shifted = ops.shl(16, ops.zeroExtend(8, 16, high), ops.constant(32, 8));
  return ops.or(16, shifted, ops.zeroExtend(8, 16, low));
}

function mul<V>(ops: Ops<V>, instruction: Instruction): void {
  multiplyAccumulator(ops, instruction, 'unsigned');
}

/** imul with one operand, destination and source, or destination, source and immediate. */
function imul<V>(ops: Ops<V>, instruction: Instruction): void {
  const count = instruction.operands.length;
  if (count === 1) return multiplyAccumulator(ops, instruction, 'signed');
  const w = instruction.width as Width;
  const a = ops.read(operand(instruction, count - 2));
  const b = ops.read(operand(instruction, count - 1));
  const product = multiply(ops, 'signed', w, a, b);
  ops.write(operand(instruction, 0), product.low);
  setProductFlags(ops, w, product);
}

/** The dividend of a narrow division: ax, dx:ax or edx:eax. */
function dividendOf<V>(ops: Ops<V>, w: 8 | 16 | 32): V {
  if (w === 8) return ops.gpr(16, Gpr.rax);
  const wide = double(w);
  const high = ops.shl(wide, ops.zeroExtend(w, wide, ops.gpr(w, Gpr.rdx)), ops.constant(32, w));
  return ops.or(wide, high, ops.zeroExtend(w, wide, ops.gpr(w, Gpr.rax)));
}

/**
 * Division of 2w bits by w bits, w < 64, at 64 bits: #DE for a divisor of 0 and for a quotient that does not fit. Only
 * the 64-bit dividend of edx:eax can be the one case that overflows the 64-bit division itself.
 */
function divideNarrow<V>(ops: Ops<V>, sign: Sign, w: 8 | 16 | 32, divisor: V): { quotient: V; remainder: V } {
  const a = extend(ops, sign, double(w), 64, dividendOf(ops, w));
  const b = extend(ops, sign, w, 64, divisor);
  ops.trapIf(ops.eq(w, divisor, ops.constant(w, 0)), Trap.DivideError);
  if (sign === 'signed' && w === 32) {
    const lowest = ops.eq(64, a, ops.constant(64, 1n << 63n));
    const minusOne = ops.eq(64, b, ops.constant(64, (1n << 64n) - 1n));
    ops.trapIf(ops.and(32, lowest, minusOne), Trap.DivideError);
  }
  const wide = sign === 'signed' ? ops.divSigned(64, a, b) : ops.divUnsigned(64, a, b);
  const quotient = ops.truncate(64, w, wide);
  ops.trapIf(ops.ne(64, wide, extend(ops, sign, w, 64, quotient)), Trap.DivideError);
  const rest = sign === 'signed' ? ops.remSigned(64, a, b) : ops.remUnsigned(64, a, b);
  return { quotient, remainder: ops.truncate(64, w, rest) };
}

function divide(sign: Sign): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const w = instruction.width as Width;
    const divisor = ops.read(operand(instruction, 0));
    const { quotient, remainder } =
      w === 64
        ? ops.divideWide(sign, ops.gpr(64, Gpr.rdx), ops.gpr(64, Gpr.rax), divisor)
        : divideNarrow(ops, sign, w, divisor);
    if (w === 8) return ops.setGpr(16, Gpr.rax, joinBytes(ops, remainder, quotient));
    ops.setGpr(w, Gpr.rax, quotient);
    ops.setGpr(w, Gpr.rdx, remainder);
  };
}

const productFlags = { flagsWritten: ALL_FLAGS, flagsUndefined: Flag.S | Flag.Z | Flag.A | Flag.P };
/** Undefined after a division: left as they were. */
const quotientFlags = { flagsUndefined: ALL_FLAGS };

export const multiplication: Definitions = {
  mul: define(mul, productFlags),
  imul: define(imul, productFlags),
  div: define(divide('unsigned'), quotientFlags),
  idiv: define(divide('signed'), quotientFlags),
};
