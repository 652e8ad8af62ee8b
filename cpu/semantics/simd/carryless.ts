/** pclmulqdq: the product of two 64-bit polynomials over GF(2). Source: SDM vol. 2, PCLMULQDQ. */
import type { Instruction } from '../../x86/instruction.ts';
import { define, type Definitions } from '../definition.ts';
import type { Ops } from '../ops.ts';
import { extract, immediate, replace, setDestination, splat, vector } from './vector.ts';

/** Every fourth bit, from bit 0, 1, 2, 3 on. */
const COMBS = [0x1111_1111_1111_1111n, 0x2222_2222_2222_2222n, 0x4444_4444_4444_4444n, 0x8888_8888_8888_8888n] as const;

/**
 * Low half of the product, by integer multiplication of factors with three zeros after each bit: at most 16 ones
 * meet at one place, and their carries fall into the zeros (or out of the top).
 */
function lowProduct<V>(ops: Ops<V>, a: V, b: V): V {
  const combed = (value: V): V[] => COMBS.map((comb) => ops.and(64, value, ops.constant(64, comb)));
  const [x, y] = [combed(a), combed(b)];
  const parts = COMBS.map((comb, place) => {
    const terms = x.map((factor, i) => ops.mul(64, factor, y[(place - i + 4) & 3]!));
    return ops.and(
      64,
      terms.reduce((sum, term) => ops.xor(64, sum, term)),
      ops.constant(64, comb),
    );
  });
  return parts.reduce((all, part) => ops.or(64, all, part));
}

function reversedBits<V>(ops: Ops<V>, value: V): V {
  const swaps = [
    [1, 0x5555_5555_5555_5555n],
    [2, 0x3333_3333_3333_3333n],
    [4, 0x0f0f_0f0f_0f0f_0f0fn],
  ] as const;
  const swapped = swaps.reduce((bits, [by, mask]) => {
    const low = ops.and(64, ops.shr(64, bits, ops.constant(32, by)), ops.constant(64, mask));
    return ops.or(64, low, ops.shl(64, ops.and(64, bits, ops.constant(64, mask)), ops.constant(32, by)));
  }, value);
  return ops.byteSwap(64, swapped);
}

/** The half of a vector that a bit of the immediate names. */
function half<V>(ops: Ops<V>, from: V, selector: { value: V; known: number | undefined }, bit: number): V {
  if (selector.known !== undefined) return extract(ops, 64, from, (selector.known >> bit) & 1);
  const high = ops.and(32, ops.shr(32, selector.value, ops.constant(32, bit)), ops.constant(32, 1));
  return ops.select(64, high, extract(ops, 64, from, 1), extract(ops, 64, from, 0));
}

function pclmulqdq<V>(ops: Ops<V>, instruction: Instruction): void {
  const selector = immediate(ops, instruction);
  const second = vector(ops, instruction, 1);
  const a = half(ops, vector(ops, instruction, 0), selector, 0);
  const b = half(ops, second, selector, 4);
  // The product is 127 bits long: reversed factors give it from the top down.
  const mirrored = reversedBits(ops, lowProduct(ops, reversedBits(ops, a), reversedBits(ops, b)));
  const high = ops.shr(64, mirrored, ops.constant(32, 1));
  setDestination(ops, instruction, replace(ops, 64, splat(ops, 64, lowProduct(ops, a, b)), high, 1));
}

export const carryless: Definitions = { pclmulqdq: define(pclmulqdq) };
