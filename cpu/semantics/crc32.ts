/**
 * crc32 r32|r64, rm8…rm64. The sum is linear: each bit of (old sum xor source) that is shifted out contributes a constant of its own.
 * Four bits at a time: a lane per bit, compared and masked, so that no step waits for another. Source: SDM vol. 2, CRC32.
 */
import type { Instruction, MemoryOperand, RegisterOperand } from '../x86/instruction.ts';
import { operand } from './definition.ts';
import { resize } from './flags.ts';
import type { Ops, Width } from './ops.ts';

/** CRC-32C polynomial, bit-reflected (0x11EDC6F41). */
const CASTAGNOLI = 0x82f63b78;
const LANES = 4;

export function crc32<V>(ops: Ops<V>, instruction: Instruction): void {
  const source = operand(instruction, 1) as MemoryOperand | RegisterOperand;
  const from = source.width as Width;
  const destination = operand(instruction, 0) as RegisterOperand;
  const to = destination.width as Width;
  const old = resize(ops, 32, 64, resize(ops, to, 32, ops.read(destination)));
  const mixed = ops.xor(64, old, resize(ops, from, 64, ops.read(source)));
  let sums = ops.vectorConstant(0n, 0n);
  for (let bit = 0; bit < from; bit += 32) {
    const word = ops.truncate(64, 32, ops.shr(64, mixed, ops.constant(32, bit)));
    sums = addBits(ops, sums, word, from - bit);
  }
  sums = fold(ops, fold(ops, sums, [2, 3, 0, 1]), [1, 0, 3, 2]);
  const sum = ops.simd('i32x4.extract_lane', [sums], [0]);
  const kept = from < 32 ? ops.xor(32, sum, ops.shr(32, ops.truncate(64, 32, mixed), ops.constant(32, from))) : sum;
  ops.write(destination, resize(ops, 32, to, kept));
}

/** Adds what the low bits of `word`, 32 of them at most, make; `left`: bits shifted out from this one on. */
function addBits<V>(ops: Ops<V>, sums: V, word: V, left: number): V {
  const words = ops.simd('i32x4.splat', [word]);
  for (let bit = 0; bit < Math.min(32, left); bit += LANES) {
    const chosen = lanes(ops, (lane) => 1 << (bit + lane));
    const isSet = ops.simd('i32x4.eq', [ops.simd('v128.and', [words, chosen]), chosen]);
    const contributions = lanes(ops, (lane) => contribution(left - bit - lane));
    sums = ops.simd('v128.xor', [sums, ops.simd('v128.and', [isSet, contributions])]);
  }
  return sums;
}

/** What a bit makes that is shifted out as the first of `steps`. */
function contribution(steps: number): number {
  let sum = 1;
  for (let step = 0; step < steps; step++) sum = (sum >>> 1) ^ (sum & 1 ? CASTAGNOLI : 0);
  return sum;
}

function lanes<V>(ops: Ops<V>, value: (lane: number) => number): V {
  const pair = (lane: number): bigint => (BigInt(value(lane + 1) >>> 0) << 32n) | BigInt(value(lane) >>> 0);
  return ops.vectorConstant(pair(0), pair(2));
}

/** Each lane with the one that `order` puts beside it. */
function fold<V>(ops: Ops<V>, sums: V, order: readonly number[]): V {
  const bytes = order.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte));
  return ops.simd('v128.xor', [sums, ops.simd('i8x16.shuffle', [sums, sums], bytes)]);
}
