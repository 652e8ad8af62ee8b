/** SSE and AVX floating-point comparisons: to masks and to flags. Source: SDM vol. 1, 4.8.3.5 and 11.5; vol. 2. */
import type { Instruction } from '../../x86/instruction.ts';
import { operand } from '../definition.ts';
import type { Ops, Semantics } from '../ops.ts';
import {
  floatName,
  immediate,
  not,
  readScalar,
  setDestination,
  setLow,
  vector,
  zero,
  type FloatWidth,
} from './vector.ts';

/** How masks are made and combined. */
interface MaskRules<V> {
  /** An ordered comparison by name. */
  compare(name: string, a: V, b: V): V;
  or(x: V, y: V): V;
  invert(mask: V): V;
  select(cond: V, x: V, y: V): V;
  none(): V;
}

/**
 * The relations of the predicates by bits 0, 1 and 3; bit 2 negates, bit 4 is for exceptions alone. SSE has bits 0 to 2.
 * Source: SDM vol. 2, CMPPD, table 3-1.
 */
const RELATIONS: readonly (<V>(rules: MaskRules<V>, a: V, b: V) => V)[] = [
  (rules, a, b) => rules.compare('eq', a, b),
  (rules, a, b) => rules.compare('lt', a, b),
  (rules, a, b) => rules.compare('le', a, b),
  (rules, a, b) => unordered(rules, a, b),
  (rules, a, b) => rules.or(rules.compare('eq', a, b), unordered(rules, a, b)),
  (rules, a, b) => rules.invert(rules.compare('ge', a, b)),
  (rules, a, b) => rules.invert(rules.compare('gt', a, b)),
  (rules) => rules.none(),
];

function unordered<V>(rules: MaskRules<V>, a: V, b: V): V {
  return rules.or(rules.compare('ne', a, a), rules.compare('ne', b, b));
}

/** The relations that a predicate can name. */
export type PredicateSet = 'sse' | 'avx';

/** Relations that are signalling, unless bit 4 says the opposite: those of order. */
function comparisonKind<V>(ops: Ops<V>, instruction: Instruction, set: PredicateSet): 'quiet' | 'signalling' {
  const predicate = immediate(ops, instruction).known ?? 0;
  const isOrder = (predicate & 3) === 1 || (predicate & 3) === 2;
  return isOrder !== (set === 'avx' && (predicate & 0x10) !== 0) ? 'signalling' : 'quiet';
}

/** The mask for the immediate's predicate; every relation where it isn't known when code is made. */
function comparedMask<V>(ops: Ops<V>, instruction: Instruction, set: PredicateSet, rules: MaskRules<V>, a: V, b: V): V {
  const { value, known } = immediate(ops, instruction);
  const upper = set === 'avx' ? 8 : 0;
  if (known !== undefined) {
    const mask = RELATIONS[(known & 3) | ((known & upper) >> 1)]!(rules, a, b);
    return known & 4 ? rules.invert(mask) : mask;
  }
  const relations = set === 'avx' ? RELATIONS : RELATIONS.slice(0, 4);
  const number = ops.and(32, value, ops.constant(32, 3 | upper));
  const mask = relations
    .map((relation, index) => ({ code: (index & 3) | ((index & 4) << 1), mask: relation(rules, a, b) }))
    .reduce((chosen, { code, mask: candidate }) => ({
      code,
      mask: rules.select(ops.eq(32, number, ops.constant(32, code)), candidate, chosen.mask),
    })).mask;
  const negated = ops.ne(32, ops.and(32, value, ops.constant(32, 4)), ops.constant(32, 0));
  return rules.select(negated, rules.invert(mask), mask);
}

export function comparePacked(w: FloatWidth, set: PredicateSet): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = vector(ops, instruction, 1);
    const rules: MaskRules<V> = {
      compare: (name, x, y) => ops.simd(floatName(w, name), [x, y]),
      or: (x, y) => ops.simd('v128.or', [x, y]),
      invert: (mask) => ops.simd('v128.not', [mask]),
      select: (cond, x, y) => ops.select(128, cond, x, y),
      none: () => zero(ops),
    };
    const a = vector(ops, instruction, 0);
    ops.floatComparison(w, 'packed', comparisonKind(ops, instruction, set), a, b);
    setDestination(ops, instruction, comparedMask(ops, instruction, set, rules, a, b));
  };
}

export function compareScalar(w: FloatWidth, set: PredicateSet): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = readScalar(ops, w, operand(instruction, 1));
    const rules: MaskRules<V> = {
      compare: (name, x, y) => ops.float(w, name, [x, y]),
      or: (x, y) => ops.or(32, x, y),
      invert: (mask) => not(ops, mask),
      select: (cond, x, y) => ops.select(32, cond, x, y),
      none: () => ops.constant(32, 0),
    };
    const a = readScalar(ops, w, operand(instruction, 0));
    ops.floatComparison(w, 'scalar', comparisonKind(ops, instruction, set), a, b);
    const holds = comparedMask(ops, instruction, set, rules, a, b);
    setLow(ops, w, instruction, ops.neg(w, ops.zeroExtend(32, w, holds)));
  };
}

/** ZF PF CF: 000 greater, 001 less, 100 equal, 111 unordered. comis and ucomis differ only in exceptions. */
export function compareToFlags(w: FloatWidth, kind: 'quiet' | 'signalling'): Semantics {
  return <V>(ops: Ops<V>, instruction: Instruction): void => {
    const b = readScalar(ops, w, operand(instruction, 1));
    const a = readScalar(ops, w, operand(instruction, 0));
    ops.floatComparison(w, 'scalar', kind, a, b);
    const is = (name: string, x: V, y: V): V => ops.float(w, name, [x, y]);
    const clear = () => ops.constant(32, 0);
    ops.setFlags({
      z: () => not(ops, ops.or(32, is('lt', a, b), is('gt', a, b))),
      p: () => ops.or(32, is('ne', a, a), is('ne', b, b)),
      c: () => not(ops, is('ge', a, b)),
      o: clear,
      a: clear,
      s: clear,
    });
  };
}
