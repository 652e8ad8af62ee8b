/** Packed integers lane by lane: arithmetic, comparison, logic, packing, horizontal sums. Source: SDM vol. 2. */
import type { Instruction } from '../../x86/instruction.ts';
import { define, type Definitions } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import { constantLanes, laneName, orMmx, setDestination, shuffle, vector, zero, type LaneWidth } from './vector.ts';

/** A rule for destination (a) and source (b). */
export type VectorRule = <V>(ops: Ops<V>, a: V, b: V) => V;

/** destination = rule(destination, source); also for the MMX form. */
function packed(rule: VectorRule): Semantics {
  return orMmx(<V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    setDestination(ops, instruction, rule(ops, vector(ops, instruction, 0), b));
  });
}

function single(name: string): VectorRule {
  return (ops, a, b) => ops.simd(name, [a, b]);
}

function unary(name: string): VectorRule {
  return (ops, _, b) => ops.simd(name, [b]);
}

const andNot: VectorRule = (ops, a, b) => ops.simd('v128.andnot', [b, a]);

/** High halves of the 32-bit products of 16-bit lanes. */
function multiplyHigh(sign: 's' | 'u'): VectorRule {
  return (ops, a, b) => {
    const low = ops.simd(`i32x4.extmul_low_i16x8_${sign}`, [a, b]);
    const high = ops.simd(`i32x4.extmul_high_i16x8_${sign}`, [a, b]);
    return shuffle(ops, 16, low, high, [1, 3, 5, 7, 9, 11, 13, 15]);
  };
}

/** 64-bit products of the even 32-bit lanes. */
function multiplyEven(sign: 's' | 'u'): VectorRule {
  return (ops, a, b) => {
    const even = [0, 2, 0, 2];
    return ops.simd(`i64x2.extmul_low_i32x4_${sign}`, [shuffle(ops, 32, a, a, even), shuffle(ops, 32, b, b, even)]);
  };
}

/** Unlike WebAssembly's operation, -1 times -1 is -1 (0x8000). */
const multiplyHighRounded: VectorRule = (ops, a, b) => {
  const lowest = constantLanes(ops, 16, 0x8000n);
  const overflow = ops.simd('v128.and', [ops.simd('i16x8.eq', [a, lowest]), ops.simd('i16x8.eq', [b, lowest])]);
  return ops.simd('v128.xor', [ops.simd('i16x8.q15mulr_sat_s', [a, b]), overflow]);
};

/** Unsigned bytes of a times signed bytes of b, pairs added with saturation. */
const multiplyAddBytes: VectorRule = <V>(ops: Ops<V>, a: V, b: V): V => {
  const eight = ops.constant(32, 8);
  const shift = (name: string, value: V) => ops.simd(`i16x8.${name}`, [value, eight]);
  const even = ops.simd('i16x8.mul', [
    ops.simd('v128.and', [a, constantLanes(ops, 16, 0xffn)]),
    shift('shr_s', shift('shl', b)),
  ]);
  const odd = ops.simd('i16x8.mul', [shift('shr_u', a), shift('shr_s', b)]);
  return ops.simd('i16x8.add_sat_s', [even, odd]);
};

/** |a - b| of bytes, summed over each 64-bit half. */
const sumOfDifferences: VectorRule = (ops, a, b) => {
  const difference = ops.simd('v128.or', [ops.simd('i8x16.sub_sat_u', [a, b]), ops.simd('i8x16.sub_sat_u', [b, a])]);
  const words = ops.simd('i16x8.extadd_pairwise_i8x16_u', [difference]);
  const sums = ops.simd('i32x4.extadd_pairwise_i16x8_u', [words]);
  const total = ops.simd('i32x4.add', [sums, ops.simd('i64x2.shr_u', [sums, ops.constant(32, 32)])]);
  return ops.simd('v128.and', [total, constantLanes(ops, 64, 0xffff_ffffn)]);
};

/** a where b is positive, 0 where it is 0, -a where it is negative. */
function sign(w: LaneWidth): VectorRule {
  return (ops, a, b) => {
    const negative = ops.simd(laneName(w, 'shr_s'), [b, ops.constant(32, w - 1)]);
    const signed = ops.simd(laneName(w, 'sub'), [ops.simd('v128.xor', [a, negative]), negative]);
    return ops.simd('v128.andnot', [signed, ops.simd(laneName(w, 'eq'), [b, zero(ops)])]);
  };
}

/** Neighbouring lanes of a, then of b, combined. */
function horizontal(w: 16 | 32, operation: string): VectorRule {
  const count = 256 / w;
  const even = Array.from({ length: count / 2 }, (_, index) => index * 2);
  const odd = even.map((lane) => lane + 1);
  return (ops, a, b) => ops.simd(laneName(w, operation), [shuffle(ops, w, a, b, even), shuffle(ops, w, a, b, odd)]);
}

/** Lanes of the low or high halves of a and b, alternating. */
function interleave(w: LaneWidth, half: 'low' | 'high'): VectorRule {
  const count = 128 / w;
  const first = half === 'low' ? 0 : count / 2;
  const lanes = Array.from({ length: count }, (_, index) => first + (index >> 1) + (index & 1) * count);
  return (ops, a, b) => shuffle(ops, w, a, b, lanes);
}

/** An index with bit 7 set gives 0; else its low four bits count. */
const shuffleBytes: VectorRule = (ops, a, b) =>
  ops.simd('i8x16.swizzle', [a, ops.simd('v128.and', [b, constantLanes(ops, 8, 0x8fn)])]);

/** Value and number of the smallest 16-bit lane: both in one 32-bit lane, value above, the minimum finds both. */
const smallestWord: VectorRule = <V>(ops: Ops<V>, _: V, b: V): V => {
  const numbered = (half: 'low' | 'high', first: number): V => {
    const words = ops.simd(`i32x4.extend_${half}_i16x8_u`, [b]);
    const numbers = ops.vectorConstant(
      BigInt(first) | (BigInt(first + 1) << 32n),
      BigInt(first + 2) | (BigInt(first + 3) << 32n),
    );
    return ops.simd('v128.or', [ops.simd('i32x4.shl', [words, ops.constant(32, 16)]), numbers]);
  };
  const least = (x: V, y: V): V => ops.simd('i32x4.min_u', [x, y]);
  const four = least(numbered('low', 0), numbered('high', 4));
  const two = least(four, shuffle(ops, 32, four, four, [2, 3, 0, 1]));
  const found = ops.simd('i32x4.extract_lane', [least(two, shuffle(ops, 32, two, two, [1, 0, 3, 2]))], [0]);
  return ops.simd('i32x4.replace_lane', [zero(ops), ops.rotl(32, found, ops.constant(32, 16))], [0]);
};

/** Mnemonics that are one WebAssembly operation on destination and source. */
const SINGLE: Readonly<Record<string, string>> = {
  paddb: 'i8x16.add',
  paddw: 'i16x8.add',
  paddd: 'i32x4.add',
  paddq: 'i64x2.add',
  psubb: 'i8x16.sub',
  psubw: 'i16x8.sub',
  psubd: 'i32x4.sub',
  psubq: 'i64x2.sub',
  paddsb: 'i8x16.add_sat_s',
  paddsw: 'i16x8.add_sat_s',
  paddusb: 'i8x16.add_sat_u',
  paddusw: 'i16x8.add_sat_u',
  psubsb: 'i8x16.sub_sat_s',
  psubsw: 'i16x8.sub_sat_s',
  psubusb: 'i8x16.sub_sat_u',
  psubusw: 'i16x8.sub_sat_u',
  pmullw: 'i16x8.mul',
  pmulld: 'i32x4.mul',
  pmaddwd: 'i32x4.dot_i16x8_s',
  pavgb: 'i8x16.avgr_u',
  pavgw: 'i16x8.avgr_u',
  pminub: 'i8x16.min_u',
  pminsb: 'i8x16.min_s',
  pminuw: 'i16x8.min_u',
  pminsw: 'i16x8.min_s',
  pminud: 'i32x4.min_u',
  pminsd: 'i32x4.min_s',
  pmaxub: 'i8x16.max_u',
  pmaxsb: 'i8x16.max_s',
  pmaxuw: 'i16x8.max_u',
  pmaxsw: 'i16x8.max_s',
  pmaxud: 'i32x4.max_u',
  pmaxsd: 'i32x4.max_s',
  pcmpeqb: 'i8x16.eq',
  pcmpeqw: 'i16x8.eq',
  pcmpeqd: 'i32x4.eq',
  pcmpeqq: 'i64x2.eq',
  pcmpgtb: 'i8x16.gt_s',
  pcmpgtw: 'i16x8.gt_s',
  pcmpgtd: 'i32x4.gt_s',
  pcmpgtq: 'i64x2.gt_s',
  pand: 'v128.and',
  por: 'v128.or',
  pxor: 'v128.xor',
  andps: 'v128.and',
  andpd: 'v128.and',
  orps: 'v128.or',
  orpd: 'v128.or',
  xorps: 'v128.xor',
  xorpd: 'v128.xor',
  packsswb: 'i8x16.narrow_i16x8_s',
  packuswb: 'i8x16.narrow_i16x8_u',
  packssdw: 'i16x8.narrow_i32x4_s',
  packusdw: 'i16x8.narrow_i32x4_u',
};

const RULES: Readonly<Record<string, VectorRule>> = {
  pmulhw: multiplyHigh('s'),
  pmulhuw: multiplyHigh('u'),
  pmuludq: multiplyEven('u'),
  pmuldq: multiplyEven('s'),
  pmulhrsw: multiplyHighRounded,
  pmaddubsw: multiplyAddBytes,
  psadbw: sumOfDifferences,
  psignb: sign(8),
  psignw: sign(16),
  psignd: sign(32),
  phaddw: horizontal(16, 'add'),
  phaddd: horizontal(32, 'add'),
  phaddsw: horizontal(16, 'add_sat_s'),
  phsubw: horizontal(16, 'sub'),
  phsubd: horizontal(32, 'sub'),
  phsubsw: horizontal(16, 'sub_sat_s'),
  punpcklbw: interleave(8, 'low'),
  punpcklwd: interleave(16, 'low'),
  punpckldq: interleave(32, 'low'),
  punpcklqdq: interleave(64, 'low'),
  punpckhbw: interleave(8, 'high'),
  punpckhwd: interleave(16, 'high'),
  punpckhdq: interleave(32, 'high'),
  punpckhqdq: interleave(64, 'high'),
  unpcklps: interleave(32, 'low'),
  unpcklpd: interleave(64, 'low'),
  unpckhps: interleave(32, 'high'),
  unpckhpd: interleave(64, 'high'),
  pshufb: shuffleBytes,
  phminposuw: smallestWord,
  pandn: andNot,
  andnps: andNot,
  andnpd: andNot,
  pabsb: unary('i8x16.abs'),
  pabsw: unary('i16x8.abs'),
  pabsd: unary('i32x4.abs'),
};

/** Every rule by mnemonic; the MMX forms use them too (mmx.ts). */
export const packedRules: Readonly<Record<string, VectorRule>> = {
  ...Object.fromEntries(Object.entries(SINGLE).map(([mnemonic, name]) => [mnemonic, single(name)])),
  ...RULES,
};

export const packedIntegers: Definitions = Object.fromEntries(
  Object.entries(packedRules).map(([mnemonic, rule]) => [mnemonic, define(packed(rule))]),
);
