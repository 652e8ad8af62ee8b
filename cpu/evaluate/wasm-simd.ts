/**
 * WebAssembly's 128-bit SIMD operations on BigInts, by name. A vector is split into lanes (unsigned BigInts, lane 0 lowest),
 * each family of operations is one rule over lanes. Source: WebAssembly core specification 2.0, 4.3.6 and 4.4.3.
 */
import {
  demote,
  evaluateFloat,
  integerToFloat,
  isFloatComparison,
  promote,
  toNumber,
  truncateSaturated,
} from './wasm-float.ts';

type Lanes = bigint[];
type SimdFunction = (args: readonly bigint[], immediates: readonly number[]) => bigint;

const VECTOR_MASK = (1n << 128n) - 1n;

export function splitLanes(bits: number, vector: bigint): Lanes {
  const lanes: Lanes = [];
  const width = BigInt(bits);
  for (let at = 0n; at < 128n; at += width) lanes.push(BigInt.asUintN(bits, vector >> at));
  return lanes;
}

export function joinLanes(bits: number, lanes: readonly bigint[]): bigint {
  let vector = 0n;
  for (let i = lanes.length - 1; i >= 0; i--) vector = (vector << BigInt(bits)) | BigInt.asUintN(bits, lanes[i]!);
  return vector;
}

function signedLanes(bits: number, vector: bigint): Lanes {
  return splitLanes(bits, vector).map((lane) => BigInt.asIntN(bits, lane));
}

function lanesBySign(sign: string | undefined, bits: number, vector: bigint): Lanes {
  return sign === 's' ? signedLanes(bits, vector) : splitLanes(bits, vector);
}

function clamp(sign: string | undefined, bits: number, value: bigint): bigint {
  const lowest = sign === 's' ? -(1n << BigInt(bits - 1)) : 0n;
  const highest = sign === 's' ? (1n << BigInt(bits - 1)) - 1n : (1n << BigInt(bits)) - 1n;
  return value < lowest ? lowest : value > highest ? highest : value;
}

// --- operations on whole vectors -----------------------------------------------------------------------------------
const WHOLE: Readonly<Record<string, SimdFunction>> = {
  and: ([a, b]) => a! & b!,
  or: ([a, b]) => a! | b!,
  xor: ([a, b]) => a! ^ b!,
  andnot: ([a, b]) => a! & ~b! & VECTOR_MASK,
  not: ([a]) => ~a! & VECTOR_MASK,
  bitselect: ([a, b, mask]) => (a! & mask!) | (b! & ~mask! & VECTOR_MASK),
  any_true: ([a]) => (a === 0n ? 0n : 1n),
};

// --- integer lanes ---------------------------------------------------------------------------------------------------
type LaneRule = (a: bigint, b: bigint, bits: number, sign: string | undefined) => bigint;

/** Lane by lane; lanes are signed for names ending in _s. */
const LANE_RULES: Readonly<Record<string, LaneRule>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  min: (a, b) => (a < b ? a : b),
  max: (a, b) => (a > b ? a : b),
  add_sat: (a, b, bits, sign) => clamp(sign, bits, a + b),
  sub_sat: (a, b, bits, sign) => clamp(sign, bits, a - b),
  avgr: (a, b) => (a + b + 1n) >> 1n,
  q15mulr_sat: (a, b, bits, sign) => clamp(sign, bits, (a * b + 0x4000n) >> 15n),
  eq: (a, b) => (a === b ? -1n : 0n),
  ne: (a, b) => (a !== b ? -1n : 0n),
  lt: (a, b) => (a < b ? -1n : 0n),
  gt: (a, b) => (a > b ? -1n : 0n),
  le: (a, b) => (a <= b ? -1n : 0n),
  ge: (a, b) => (a >= b ? -1n : 0n),
};

const UNARY_RULES: Readonly<Record<string, (a: bigint, bits: number) => bigint>> = {
  neg: (a) => -a,
  abs: (a, bits) => {
    const value = BigInt.asIntN(bits, a);
    return value < 0n ? -value : value;
  },
  popcnt: (a) => BigInt(a.toString(2).replaceAll('0', '').length),
};

/** Shifts take the count modulo the lane width. */
function shiftLanes(kind: string, sign: string | undefined, bits: number, vector: bigint, count: bigint): bigint {
  const by = count % BigInt(bits);
  const shift = kind === 'shl' ? (lane: bigint) => lane << by : (lane: bigint) => lane >> by;
  return joinLanes(bits, lanesBySign(sign, bits, vector).map(shift));
}

/** i16x8.extmul_low_i8x16_s and the like: the source lanes of one half, by sign. */
function halfLanes(half: string, sign: string | undefined, bits: number, vector: bigint): Lanes {
  const lanes = lanesBySign(sign, bits, vector);
  const middle = lanes.length / 2;
  return half === 'low' ? lanes.slice(0, middle) : lanes.slice(middle);
}

function pairSums(lanes: Lanes): Lanes {
  const sums: Lanes = [];
  for (let i = 0; i < lanes.length; i += 2) sums.push(lanes[i]! + lanes[i + 1]!);
  return sums;
}

function lanewiseProduct(a: Lanes, b: Lanes): Lanes {
  return a.map((lane, i) => lane * b[i]!);
}

function byteLookup(vector: bigint, index: number): bigint {
  return index < 16 ? (vector >> BigInt(8 * index)) & 0xffn : 0n;
}

/** Operations with lanes of one width as operands and of another as result; the narrower operand width is half or double. */
function compileWidening(bits: number, name: string): SimdFunction | undefined {
  const half = bits / 2;
  const extend = /^extend_(low|high)_i\d+x\d+_([su])$/.exec(name);
  if (extend) return ([a]) => joinLanes(bits, halfLanes(extend[1]!, extend[2], half, a!));
  const extmul = /^extmul_(low|high)_i\d+x\d+_([su])$/.exec(name);
  if (extmul) {
    const lanes = (vector: bigint) => halfLanes(extmul[1]!, extmul[2], half, vector);
    return ([a, b]) => joinLanes(bits, lanewiseProduct(lanes(a!), lanes(b!)));
  }
  const extadd = /^extadd_pairwise_i\d+x\d+_([su])$/.exec(name);
  if (extadd) return ([a]) => joinLanes(bits, pairSums(lanesBySign(extadd[1], half, a!)));
  if (name === 'dot_i16x8_s') {
    return ([a, b]) => joinLanes(bits, pairSums(lanewiseProduct(signedLanes(16, a!), signedLanes(16, b!))));
  }
  const narrow = /^narrow_i\d+x\d+_([su])$/.exec(name);
  if (narrow) {
    const lanes = (vector: bigint) => signedLanes(bits * 2, vector).map((lane) => clamp(narrow[1], bits, lane));
    return ([a, b]) => joinLanes(bits, [...lanes(a!), ...lanes(b!)]);
  }
  return undefined;
}

/** Moves between lanes and scalars, and among lanes. */
function compileLaneMoves(bits: number, name: string): SimdFunction | undefined {
  switch (name) {
    case 'splat':
      return ([a]) => joinLanes(bits, Array<bigint>(128 / bits).fill(BigInt.asUintN(bits, a!)));
    case 'extract_lane':
    case 'extract_lane_u':
      return ([a], [lane]) => splitLanes(bits, a!)[lane!]!;
    case 'extract_lane_s':
      return ([a], [lane]) => BigInt.asUintN(32, signedLanes(bits, a!)[lane!]!);
    case 'replace_lane':
      return ([a, value], [lane]) => joinLanes(bits, splitLanes(bits, a!).with(lane!, value!));
    case 'shuffle':
      return ([a, b], picks) =>
        joinLanes(
          8,
          picks.map((pick) => byteLookup(pick < 16 ? a! : b!, pick % 16)),
        );
    case 'swizzle':
      return ([a, picks]) =>
        joinLanes(
          8,
          splitLanes(8, picks!).map((pick) => byteLookup(a!, Number(pick))),
        );
    case 'all_true':
      return ([a]) => (splitLanes(bits, a!).every((lane) => lane !== 0n) ? 1n : 0n);
    case 'bitmask':
      return ([a]) =>
        joinLanes(
          1,
          splitLanes(bits, a!).map((lane) => lane >> BigInt(bits - 1)),
        );
    default:
      return undefined;
  }
}

function compileInteger(bits: number, name: string): SimdFunction | undefined {
  const [, stem, sign] = /^(.*?)(?:_([su]))?$/.exec(name)!;
  const rule = LANE_RULES[stem!];
  if (rule) {
    return ([a, b]) => {
      const second = lanesBySign(sign, bits, b!);
      const lanes = lanesBySign(sign, bits, a!).map((lane, i) => rule(lane, second[i]!, bits, sign));
      return joinLanes(bits, lanes);
    };
  }
  const unary = UNARY_RULES[name];
  if (unary)
    return ([a]) =>
      joinLanes(
        bits,
        splitLanes(bits, a!).map((lane) => unary(lane, bits)),
      );
  if (stem === 'shl' || stem === 'shr') return ([a, count]) => shiftLanes(stem, sign, bits, a!, count!);
  return compileLaneMoves(bits, name) ?? compileWidening(bits, name);
}

// --- floating-point lanes and conversions ------------------------------------------------------------------------------
function compileFloat(bits: 32 | 64, name: string): SimdFunction | undefined {
  const moves = compileLaneMoves(bits, name);
  if (moves) return moves;
  const mask = isFloatComparison(name) ? -1n : 1n;
  return (args) => {
    const vectors = args.map((vector) => splitLanes(bits, vector));
    const lanes = vectors[0]!.map(
      (_, i) =>
        mask *
        evaluateFloat(
          bits,
          name,
          vectors.map((lane) => lane[i]!),
        ),
    );
    return joinLanes(bits, lanes);
  };
}

function truncated(sign: 's' | 'u', from: 32 | 64): SimdFunction {
  const signedness = sign === 's' ? 'signed' : 'unsigned';
  return ([a]) =>
    joinLanes(
      32,
      splitLanes(from, a!).map((lane) => truncateSaturated(32, signedness, toNumber(from, lane))),
    );
}

function converted(sign: 's' | 'u', to: 32 | 64): SimdFunction {
  return ([a]) =>
    joinLanes(
      to,
      lanesBySign(sign, 32, a!)
        .slice(0, 128 / to)
        .map((lane) => integerToFloat(to, lane)),
    );
}

const CONVERSIONS: Readonly<Record<string, SimdFunction>> = {
  'i32x4.trunc_sat_f32x4_s': truncated('s', 32),
  'i32x4.trunc_sat_f32x4_u': truncated('u', 32),
  'i32x4.trunc_sat_f64x2_s_zero': truncated('s', 64),
  'i32x4.trunc_sat_f64x2_u_zero': truncated('u', 64),
  'f32x4.convert_i32x4_s': converted('s', 32),
  'f32x4.convert_i32x4_u': converted('u', 32),
  'f64x2.convert_low_i32x4_s': converted('s', 64),
  'f64x2.convert_low_i32x4_u': converted('u', 64),
  'f32x4.demote_f64x2_zero': ([a]) => joinLanes(32, splitLanes(64, a!).map(demote)),
  'f64x2.promote_low_f32x4': ([a]) => joinLanes(64, splitLanes(32, a!).slice(0, 2).map(promote)),
};

function compile(name: string): SimdFunction {
  const [, kind, digits, operation] = /^([vif])(\d+)(?:x\d+)?\.(.+)$/.exec(name) ?? [];
  const bits = Number(digits);
  const compiled =
    CONVERSIONS[name] ??
    (kind === 'v' ? WHOLE[operation!] : undefined) ??
    (kind === 'i' ? compileInteger(bits, operation!) : undefined) ??
    (kind === 'f' ? compileFloat(bits as 32 | 64, operation!) : undefined);
  if (compiled === undefined) throw new Error(`no SIMD operation ${name}`);
  return compiled;
}

/** The operations by name; each name is taken apart once. */
export class SimdOperations {
  readonly #compiled = new Map<string, SimdFunction>();

  evaluate(name: string, args: readonly bigint[], immediates: readonly number[]): bigint {
    let operation = this.#compiled.get(name);
    if (operation === undefined) this.#compiled.set(name, (operation = compile(name)));
    return operation(args, immediates);
  }
}
