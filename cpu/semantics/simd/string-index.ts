/**
 * pcmpistri on bytes as plain operations: glibc's string functions spend their time in it. A back end that knows the control byte when it makes code makes what that asks for; the
 * others make all of it and choose. Masks have bit j for element j. The helper in strings.ts is the whole family. Source: SDM vol. 1, 12.10; vol. 2, 4.1.
 */
import { Gpr } from '../../state-layout.ts';
import type { Instruction } from '../../x86/instruction.ts';
import { operand } from '../definition.ts';
import type { Ops } from '../ops.ts';
import { immediate } from './vector.ts';

const ALL = 0xffff;
const ELEMENTS = 16;

/** False, and nothing done, for the other members of the family. */
export function writeStringIndex<V>(ops: Ops<V>, instruction: Instruction): boolean {
  if (instruction.mnemonic !== 'pcmpistri') return false;
  const control = immediate(ops, instruction);
  if (control.known === undefined) ops.evaluateIf(ops.and(32, control.value, ops.constant(32, 1)));
  else if (control.known & 1) return false;
  const texts = {
    second: ops.read(operand(instruction, 1)),
    first: ops.read(operand(instruction, 0)),
  };
  const valid = { first: validElements(ops, texts.first), second: validElements(ops, texts.second) };
  const found = chosen(
    ops,
    control,
    2,
    [anyOf, inRanges, eachEqual, startsAt].map(
      (aggregate) => () => aggregate(ops, texts.first, texts.second, valid, control),
    ),
  );
  const result = chosen(ops, control, 4, [
    () => found,
    () => ops.xor(32, found, mask(ops)),
    () => found,
    () => ops.xor(32, found, valid.second),
  ]);
  const some = ops.ne(32, result, ops.constant(32, 0));
  ops.setGpr(32, Gpr.rcx, chosen(ops, control, 6, [() => lowest(ops, result), () => highest(ops, result, some)]));
  ops.setFlags({
    c: () => some,
    z: () => ops.ne(32, valid.second, mask(ops)),
    s: () => ops.ne(32, valid.first, mask(ops)),
    o: () => ops.and(32, result, ops.constant(32, 1)),
    a: () => ops.constant(32, 0),
    p: () => ops.constant(32, 0),
  });
  return true;
}

interface Control<V> {
  readonly value: V;
  readonly known: number | undefined;
}

/** The one of two or four values that the control byte's bits from `at` on ask for. */
function chosen<V>(ops: Ops<V>, { value, known }: Control<V>, at: number, choices: readonly (() => V)[]): V {
  const last = choices.length - 1;
  if (known !== undefined) return choices[(known >> at) & last]!();
  const number = ops.and(32, ops.shr(32, value, ops.constant(32, at)), ops.constant(32, last));
  return choices
    .map((choice) => choice())
    .reduce((rest, choice, index) => ops.select(32, ops.eq(32, number, ops.constant(32, index)), choice, rest));
}

interface Valid<V> {
  readonly first: V;
  readonly second: V;
}

function mask<V>(ops: Ops<V>): V {
  return ops.constant(32, ALL);
}

/** The elements before the first zero. */
function validElements<V>(ops: Ops<V>, text: V): V {
  const zeros = ops.simd('i8x16.bitmask', [ops.simd('i8x16.eq', [text, ops.vectorConstant(0n, 0n)])]);
  const stopped = ops.or(32, zeros, ops.constant(32, ALL + 1));
  return ops.sub(32, ops.and(32, stopped, ops.neg(32, stopped)), ops.constant(32, 1));
}

/** 1 where element i is valid, else 0. */
function isValid<V>(ops: Ops<V>, valid: V, i: number): V {
  return ops.and(32, ops.shr(32, valid, ops.constant(32, i)), ops.constant(32, 1));
}

function broadcast<V>(ops: Ops<V>, text: V, i: number): V {
  return ops.simd('i8x16.splat', [ops.simd('i8x16.extract_lane_u', [text], [i])]);
}

function bits<V>(ops: Ops<V>, vector: V): V {
  return ops.simd('i8x16.bitmask', [vector]);
}

/** The bits, if element i of the first text is valid. */
function ifValid<V>(ops: Ops<V>, valid: V, i: number, found: V): V {
  return ops.and(32, found, ops.neg(32, isValid(ops, valid, i)));
}

function anyOf<V>(ops: Ops<V>, first: V, second: V, valid: Valid<V>): V {
  let found = ops.constant(32, 0);
  for (let i = 0; i < ELEMENTS; i++) {
    const equal = bits(ops, ops.simd('i8x16.eq', [second, broadcast(ops, first, i)]));
    found = ops.or(32, found, ifValid(ops, valid.first, i, equal));
  }
  return ops.and(32, found, valid.second);
}

function inRanges<V>(ops: Ops<V>, first: V, second: V, valid: Valid<V>, control: Control<V>): V {
  const signs = ['u', 's'] as const;
  return chosen(
    ops,
    control,
    1,
    signs.map((sign) => () => inRangesOf(ops, sign, first, second, valid)),
  );
}

function inRangesOf<V>(ops: Ops<V>, sign: 'u' | 's', first: V, second: V, valid: Valid<V>): V {
  let found = ops.constant(32, 0);
  for (let i = 0; i < ELEMENTS; i += 2) {
    const above = ops.simd(`i8x16.ge_${sign}`, [second, broadcast(ops, first, i)]);
    const below = ops.simd(`i8x16.le_${sign}`, [second, broadcast(ops, first, i + 1)]);
    const inside = bits(ops, ops.simd('v128.and', [above, below]));
    found = ops.or(32, found, ifValid(ops, valid.first, i + 1, inside));
  }
  return ops.and(32, found, valid.second);
}

/** Equal where both are valid, true where both are not. */
function eachEqual<V>(ops: Ops<V>, first: V, second: V, valid: Valid<V>): V {
  const equal = bits(ops, ops.simd('i8x16.eq', [first, second]));
  const both = ops.and(32, ops.and(32, equal, valid.first), valid.second);
  const neither = ops.xor(32, ops.or(32, valid.first, valid.second), mask(ops));
  return ops.or(32, both, neither);
}

/** The first text, as far as the vector reaches, is at position j. */
function startsAt<V>(ops: Ops<V>, first: V, second: V, valid: Valid<V>): V {
  let found = mask(ops);
  for (let i = 0; i < ELEMENTS; i++) {
    const equal = ops.and(32, bits(ops, ops.simd('i8x16.eq', [second, broadcast(ops, first, i)])), valid.second);
    // Positions from which element i would be past the vector match, as do elements that are not valid.
    const moved = ops.shr(32, ops.or(32, equal, ops.constant(32, 0xffff0000)), ops.constant(32, i));
    const irrelevant = ops.sub(32, isValid(ops, valid.first, i), ops.constant(32, 1));
    found = ops.and(32, found, ops.or(32, moved, irrelevant));
  }
  return found;
}

/** The lowest bit set; 16 when there is none. */
function lowest<V>(ops: Ops<V>, result: V): V {
  return ops.ctz(32, ops.or(32, result, ops.constant(32, ALL + 1)));
}

/** The highest bit set; 16 when there is none. */
function highest<V>(ops: Ops<V>, result: V, some: V): V {
  const number = ops.sub(32, ops.constant(32, 31), ops.clz(32, result));
  return ops.select(32, some, number, ops.constant(32, ELEMENTS));
}
