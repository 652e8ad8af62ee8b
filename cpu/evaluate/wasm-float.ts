/**
 * WebAssembly's scalar floating-point operations on bit patterns. Where WebAssembly leaves the bits of a NaN open, they are
 * what x86 hosts give: the first NaN operand made quiet, or the negative default NaN.
 */
type FloatWidth = 32 | 64;

interface Format {
  readonly fractionBits: bigint;
  readonly quietBit: bigint;
  readonly infinity: bigint;
  readonly sign: bigint;
}

const FORMATS: Readonly<Record<FloatWidth, Format>> = {
  32: { fractionBits: 23n, quietBit: 1n << 22n, infinity: 0xffn << 23n, sign: 1n << 31n },
  64: { fractionBits: 52n, quietBit: 1n << 51n, infinity: 0x7ffn << 52n, sign: 1n << 63n },
};

export function isNan(w: FloatWidth, bits: bigint): boolean {
  const { infinity, sign } = FORMATS[w];
  return (bits & ~sign) > infinity;
}

/** The value of a bit pattern; NaNs lose their payload. */
export function toNumber(w: FloatWidth, bits: bigint): number {
  if (w === 32) return new Float32Array(Uint32Array.of(Number(bits)).buffer)[0]!;
  return new Float64Array(BigUint64Array.of(bits).buffer)[0]!;
}

/** The bit pattern nearest to a value. */
export function toBits(w: FloatWidth, value: number): bigint {
  if (Number.isNaN(value)) return defaultNan(w);
  if (w === 32) return BigInt(new Uint32Array(Float32Array.of(value).buffer)[0]!);
  return new BigUint64Array(Float64Array.of(value).buffer)[0]!;
}

function defaultNan(w: FloatWidth): bigint {
  const { sign, infinity, quietBit } = FORMATS[w];
  return sign | infinity | quietBit;
}

/** Rounds to the nearest integer, ties to even. */
function nearest(value: number): number {
  const down = Math.floor(value);
  const distance = value - down;
  const rounded = distance < 0.5 || (distance === 0.5 && down % 2 === 0) ? down : down + 1;
  return rounded === 0 && (value < 0 || Object.is(value, -0)) ? -0 : rounded;
}

/** Results are rounded once more to f32, which is exact for these operations (double has more than twice the bits). */
const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
  sqrt: Math.sqrt,
  ceil: Math.ceil,
  floor: Math.floor,
  trunc: Math.trunc,
  nearest,
  min: Math.min,
  max: Math.max,
};

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lt: (a, b) => a < b,
  gt: (a, b) => a > b,
  le: (a, b) => a <= b,
  ge: (a, b) => a >= b,
};

const BITWISE: Readonly<Record<string, (w: FloatWidth, a: bigint, b: bigint) => bigint>> = {
  abs: (w, a) => a & ~FORMATS[w].sign,
  neg: (w, a) => a ^ FORMATS[w].sign,
  copysign: (w, a, b) => (a & ~FORMATS[w].sign) | (b & FORMATS[w].sign),
  pmin: (w, a, b) => (toNumber(w, b) < toNumber(w, a) ? b : a),
  pmax: (w, a, b) => (toNumber(w, a) < toNumber(w, b) ? b : a),
};

/** Whether an operation of this name gives a boolean. */
export function isFloatComparison(name: string): boolean {
  return name in COMPARISONS;
}

/** f32.<name> or f64.<name>; comparisons give 0 or 1. */
export function evaluateFloat(w: FloatWidth, name: string, args: readonly bigint[]): bigint {
  const a = args[0]!;
  const b = args[1] ?? 0n;
  const comparison = COMPARISONS[name];
  if (comparison) return comparison(toNumber(w, a), toNumber(w, b)) ? 1n : 0n;
  const bitwise = BITWISE[name];
  if (bitwise) return bitwise(w, a, b);
  const arithmetic = ARITHMETIC[name];
  if (!arithmetic) throw new Error(`no float operation f${w}.${name}`);
  for (const arg of args) if (isNan(w, arg)) return arg | FORMATS[w].quietBit;
  return toBits(w, arithmetic(toNumber(w, a), toNumber(w, b)));
}

/** A conversion by its full name: conversions are few, the name tells all. */
export function evaluateConversion(name: string, a: bigint): bigint {
  if (name === 'f32.demote_f64') return demote(a);
  if (name === 'f64.promote_f32') return promote(a);
  if (name.includes('.reinterpret_')) return a;
  const toFloat = /^f(32|64)\.convert_i(32|64)_([su])$/.exec(name);
  if (toFloat) {
    const from = Number(toFloat[2]);
    const value = toFloat[3] === 's' ? BigInt.asIntN(from, a) : a;
    return integerToFloat(Number(toFloat[1]) as FloatWidth, value);
  }
  const toInteger = /^i(32|64)\.trunc_(?:sat_)?f(32|64)_([su])$/.exec(name);
  if (toInteger) {
    const to = Number(toInteger[1]);
    const value = toNumber(Number(toInteger[2]) as FloatWidth, a);
    return truncateSaturated(to, toInteger[3] === 's' ? 'signed' : 'unsigned', value);
  }
  throw new Error(`no conversion ${name}`);
}

export function demote(a: bigint): bigint {
  if (!isNan(64, a)) return toBits(32, toNumber(64, a));
  const sign = (a >> 63n) << 31n;
  return sign | FORMATS[32].infinity | FORMATS[32].quietBit | ((a >> 29n) & 0x3f_ffffn);
}

export function promote(a: bigint): bigint {
  if (!isNan(32, a)) return toBits(64, toNumber(32, a));
  const sign = (a >> 31n) << 63n;
  return sign | FORMATS[64].infinity | FORMATS[64].quietBit | ((a & 0x3f_ffffn) << 29n);
}

/** Nearest, ties to even, in one rounding. */
export function integerToFloat(w: FloatWidth, value: bigint): bigint {
  const magnitude = value < 0n ? -value : value;
  const precision = FORMATS[w].fractionBits + 1n;
  const extra = BigInt(magnitude.toString(2).length) - precision;
  if (extra <= 0n) return toBits(w, Number(value));
  const unit = 1n << extra;
  const rest = magnitude % unit;
  let rounded = magnitude - rest;
  const half = unit >> 1n;
  if (rest > half || (rest === half && (rounded >> extra) & 1n)) rounded += unit;
  return toBits(w, Number(value < 0n ? -rounded : rounded));
}

/** NaN gives 0; values out of range the nearest limit. */
export function truncateSaturated(to: number, sign: 'signed' | 'unsigned', value: number): bigint {
  if (Number.isNaN(value)) return 0n;
  const lowest = sign === 'signed' ? -(1n << BigInt(to - 1)) : 0n;
  const highest = sign === 'signed' ? (1n << BigInt(to - 1)) - 1n : (1n << BigInt(to)) - 1n;
  if (value <= Number(lowest)) return BigInt.asUintN(to, lowest);
  if (value >= Number(highest)) return highest;
  return BigInt.asUintN(to, BigInt(Math.trunc(value)));
}
