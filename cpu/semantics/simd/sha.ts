/** SHA-1 and SHA-256 rounds and message schedules. Words are numbered from the top of a register down. Source: SDM vol. 2; FIPS 180-4. */
import type { Instruction } from '../../x86/instruction.ts';
import { define, type Definitions } from '../definition.ts';
import type { Ops } from '../ops.ts';
import { extract, immediate, replace, setDestination, shuffle, vector, zero } from './vector.ts';

function sum<V>(ops: Ops<V>, ...values: readonly V[]): V {
  return values.reduce((all, value) => ops.add(32, all, value));
}

function xor<V>(ops: Ops<V>, ...values: readonly V[]): V {
  return values.reduce((all, value) => ops.xor(32, all, value));
}

function right<V>(ops: Ops<V>, value: V, by: number): V {
  return ops.rotr(32, value, ops.constant(32, by));
}

/** Lanes 3, 2, 1, 0. */
function words<V>(ops: Ops<V>, from: V): [V, V, V, V] {
  const lane = (index: number): V => extract(ops, 32, from, index);
  return [lane(3), lane(2), lane(1), lane(0)];
}

function fromWords<V>(ops: Ops<V>, values: readonly V[]): V {
  return values.reduce((all, value, index) => replace(ops, 32, all, value, 3 - index), zero(ops));
}

function choice<V>(ops: Ops<V>, x: V, y: V, z: V): V {
  return ops.xor(32, z, ops.and(32, x, ops.xor(32, y, z)));
}

function majority<V>(ops: Ops<V>, x: V, y: V, z: V): V {
  return ops.or(32, ops.and(32, x, y), ops.and(32, z, ops.or(32, x, y)));
}

// --- SHA-256 ----------------------------------------------------------------------------------------------------------
/** Two rounds; the state is in both sources, the words with their constants in xmm0. */
function sha256rnds2<V>(ops: Ops<V>, instruction: Instruction): void {
  const second = vector(ops, instruction, 1);
  const [c0, d0, g0, h0] = words(ops, vector(ops, instruction, 0));
  const [a0, b0, e0, f0] = words(ops, second);
  const schedule = vector(ops, instruction, 2);
  let [a, b, c, d, e, f, g, h] = [a0, b0, c0, d0, e0, f0, g0, h0];
  for (let round = 0; round < 2; round++) {
    const mixedE = xor(ops, right(ops, e, 6), right(ops, e, 11), right(ops, e, 25));
    const mixedA = xor(ops, right(ops, a, 2), right(ops, a, 13), right(ops, a, 22));
    const first = sum(ops, h, choice(ops, e, f, g), mixedE, extract(ops, 32, schedule, round));
    const next = sum(ops, first, majority(ops, a, b, c), mixedA);
    [a, b, c, d, e, f, g, h] = [next, a, b, c, ops.add(32, first, d), e, f, g];
  }
  setDestination(ops, instruction, fromWords(ops, [a, b, e, f]));
}

/** Rotated by two counts and shifted by one, exclusive or. */
function mixed<V>(ops: Ops<V>, value: V, [first, second, shift]: readonly [number, number, number]): V {
  return xor(ops, right(ops, value, first), right(ops, value, second), ops.shr(32, value, ops.constant(32, shift)));
}

const SMALL_0 = [7, 18, 3] as const;
const SMALL_1 = [17, 19, 10] as const;

function sha256msg1<V>(ops: Ops<V>, instruction: Instruction): void {
  const next = extract(ops, 32, vector(ops, instruction, 1), 0);
  const [w3, w2, w1, w0] = words(ops, vector(ops, instruction, 0));
  const step = (word: V, following: V): V => ops.add(32, word, mixed(ops, following, SMALL_0));
  setDestination(ops, instruction, fromWords(ops, [step(w3, next), step(w2, w3), step(w1, w2), step(w0, w1)]));
}

function sha256msg2<V>(ops: Ops<V>, instruction: Instruction): void {
  const [w15, w14] = words(ops, vector(ops, instruction, 1));
  const [a3, a2, a1, a0] = words(ops, vector(ops, instruction, 0));
  const step = (word: V, earlier: V): V => ops.add(32, word, mixed(ops, earlier, SMALL_1));
  const w16 = step(a0, w14);
  const w17 = step(a1, w15);
  setDestination(ops, instruction, fromWords(ops, [step(a3, w17), step(a2, w16), w17, w16]));
}

// --- SHA-1 ------------------------------------------------------------------------------------------------------------
const SHA1_CONSTANTS = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc, 0xca62_c1d6] as const;

type RoundFunction = <V>(ops: Ops<V>, b: V, c: V, d: V) => V;
const SHA1_FUNCTIONS: readonly RoundFunction[] = [choice, xor, majority, xor];

/** Four rounds of the kind that the immediate names. */
function sha1rnds4<V>(ops: Ops<V>, instruction: Instruction): void {
  const { value, known } = immediate(ops, instruction);
  const schedule = words(ops, vector(ops, instruction, 1));
  let [a, b, c, d] = words(ops, vector(ops, instruction, 0));
  let e = ops.constant(32, 0);
  const pick = (make: (kind: number) => V): V => {
    if (known !== undefined) return make(known & 3);
    const kind = ops.and(32, value, ops.constant(32, 3));
    return [1, 2, 3].reduce(
      (chosen, code) => ops.select(32, ops.eq(32, kind, ops.constant(32, code)), make(code), chosen),
      make(0),
    );
  };
  const constant = pick((kind) => ops.constant(32, SHA1_CONSTANTS[kind]!));
  for (const word of schedule) {
    const [x, y, z] = [b, c, d];
    const next = sum(
      ops,
      pick((kind) => SHA1_FUNCTIONS[kind]!(ops, x, y, z)),
      right(ops, a, 27),
      word,
      e,
      constant,
    );
    [a, b, c, d, e] = [next, a, right(ops, b, 2), c, d];
  }
  setDestination(ops, instruction, fromWords(ops, [a, b, c, d]));
}

function sha1nexte<V>(ops: Ops<V>, instruction: Instruction): void {
  const scheduled = vector(ops, instruction, 1);
  const e = right(ops, extract(ops, 32, vector(ops, instruction, 0), 3), 2);
  setDestination(ops, instruction, replace(ops, 32, scheduled, ops.add(32, extract(ops, 32, scheduled, 3), e), 3));
}

function sha1msg1<V>(ops: Ops<V>, instruction: Instruction): void {
  const later = vector(ops, instruction, 1);
  const words0 = vector(ops, instruction, 0);
  setDestination(ops, instruction, ops.simd('v128.xor', [words0, shuffle(ops, 32, words0, later, [6, 7, 0, 1])]));
}

function sha1msg2<V>(ops: Ops<V>, instruction: Instruction): void {
  const [, w13, w14, w15] = words(ops, vector(ops, instruction, 1));
  const [a, b, c, d] = words(ops, vector(ops, instruction, 0));
  const step = (word: V, earlier: V): V => right(ops, ops.xor(32, word, earlier), 31);
  const w16 = step(a, w13);
  setDestination(ops, instruction, fromWords(ops, [w16, step(b, w14), step(c, w15), step(d, w16)]));
}

export const sha: Definitions = {
  sha1rnds4: define(sha1rnds4),
  sha1nexte: define(sha1nexte),
  sha1msg1: define(sha1msg1),
  sha1msg2: define(sha1msg2),
  sha256rnds2: define(sha256rnds2),
  sha256msg1: define(sha256msg1),
  sha256msg2: define(sha256msg2),
};
