/**
 * Single and double precision arithmetic as SSE and AVX have it: exact on integers, rounded once under MXCSR's modes, with the exceptions
 * that were met. Source: SDM vol. 1, 4.8, 4.9 and 11.5; vol. 1, table 11-1 and appendix E.
 */
export type FloatWidth = 16 | 32 | 64;

/** Exceptions, at their places in MXCSR. */
export const Exception = {
  Invalid: 1,
  Denormal: 2,
  ZeroDivide: 4,
  Overflow: 8,
  Underflow: 0x10,
  Precision: 0x20,
} as const;

/** MXCSR.RC. */
export const RoundTo = { Nearest: 0, Down: 1, Up: 2, Zero: 3 } as const;

export interface FloatMode {
  /** One of RoundTo. */
  readonly rounding: number;
  readonly denormalsAreZero: boolean;
  /** Tiny results become zero; only while underflow is masked. */
  readonly flushToZero: boolean;
  /**
   * Unmasked, every tiny result is an underflow, not only an inexact one; and whether a tiny or too large result is exact is then
   * said of what it would be with any exponent.
   */
  readonly underflowMasked: boolean;
  readonly overflowMasked: boolean;
}

export interface FloatResult {
  readonly bits: bigint;
  /** Exception bits. */
  readonly raised: number;
}

interface Format {
  /** Significand bits, the hidden one included. */
  readonly precision: number;
  /** Exponent of the smallest normal number, and of the largest. */
  readonly lowest: number;
  readonly highest: number;
  readonly sign: bigint;
  readonly infinity: bigint;
  readonly quiet: bigint;
  readonly hidden: bigint;
}

const FORMATS: Readonly<Record<FloatWidth, Format>> = {
  16: format(11, 15, 15n),
  32: format(24, 127, 31n),
  64: format(53, 1023, 63n),
};

function format(precision: number, highest: number, signAt: bigint): Format {
  const hidden = 1n << BigInt(precision - 1);
  const sign = 1n << signAt;
  return { precision, lowest: 1 - highest, highest, sign, infinity: sign - hidden, quiet: hidden >> 1n, hidden };
}

/** A finite number: (negative ? -1 : 1) * significand * 2^exponent. */
interface Finite {
  readonly negative: boolean;
  readonly significand: bigint;
  readonly exponent: number;
}

export function isNan(w: FloatWidth, bits: bigint): boolean {
  const { sign, infinity } = FORMATS[w];
  return (bits & ~sign) > infinity;
}

function isSignalling(w: FloatWidth, bits: bigint): boolean {
  return isNan(w, bits) && (bits & FORMATS[w].quiet) === 0n;
}

function isInfinite(w: FloatWidth, bits: bigint): boolean {
  const { sign, infinity } = FORMATS[w];
  return (bits & ~sign) === infinity;
}

function isZero(w: FloatWidth, bits: bigint): boolean {
  return (bits & ~FORMATS[w].sign) === 0n;
}

export function isDenormal(w: FloatWidth, bits: bigint): boolean {
  const { sign, hidden } = FORMATS[w];
  const magnitude = bits & ~sign;
  return magnitude !== 0n && magnitude < hidden;
}

function isNegative(w: FloatWidth, bits: bigint): boolean {
  return (bits & FORMATS[w].sign) !== 0n;
}

function unpack(w: FloatWidth, bits: bigint): Finite {
  const { precision, lowest, sign, hidden } = FORMATS[w];
  const magnitude = bits & ~sign;
  const biased = Number(magnitude >> BigInt(precision - 1));
  const fraction = magnitude & (hidden - 1n);
  const exponent = (biased === 0 ? lowest : biased + lowest - 1) - (precision - 1);
  return { negative: isNegative(w, bits), significand: biased === 0 ? fraction : fraction | hidden, exponent };
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** significand >> shift, rounded; whether anything was lost. */
function shiftRounded(value: Finite, shift: number, rounding: number): { rounded: bigint; inexact: boolean } {
  const { significand, negative } = value;
  if (shift <= 0) return { rounded: significand << BigInt(-shift), inexact: false };
  const unit = 1n << BigInt(shift);
  const rest = significand & (unit - 1n);
  const down = significand >> BigInt(shift);
  if (rest === 0n) return { rounded: down, inexact: false };
  const half = unit >> 1n;
  const away =
    rounding === RoundTo.Nearest
      ? rest > half || (rest === half && (down & 1n) === 1n)
      : rounding === (negative ? RoundTo.Down : RoundTo.Up);
  return { rounded: away ? down + 1n : down, inexact: true };
}

/** A nonzero exact value, to the format. A lost rest stands as a last bit that is set. */
function pack(w: FloatWidth, value: Finite, mode: FloatMode): FloatResult {
  const { precision, lowest, highest, sign, hidden } = FORMATS[w];
  const { negative, significand, exponent } = value;
  const signBit = negative ? sign : 0n;
  const length = bitLength(significand);
  const normal = shiftRounded(value, length - precision, mode.rounding);
  const top = exponent + length - 1 + (bitLength(normal.rounded) > precision ? 1 : 0);
  const lost = normal.inexact ? Exception.Precision : 0;
  if (top > highest) return overflow(w, signBit, mode, lost);
  if (exponent + length > lowest) {
    const biased = BigInt(exponent + length - lowest);
    // A carry out of the significand goes on into the exponent.
    const bits = (biased << BigInt(precision - 1)) + (normal.rounded - hidden);
    return { bits: signBit | bits, raised: lost };
  }
  const tiny = top < lowest;
  if (tiny && mode.flushToZero && mode.underflowMasked)
    return { bits: signBit, raised: Exception.Underflow | Exception.Precision };
  const { rounded, inexact } = shiftRounded(value, lowest - (precision - 1) - exponent, mode.rounding);
  if (tiny && !mode.underflowMasked) return { bits: signBit | rounded, raised: Exception.Underflow | lost };
  const underflow = tiny && inexact ? Exception.Underflow : 0;
  return { bits: signBit | rounded, raised: underflow | (inexact ? Exception.Precision : 0) };
}

function overflow(w: FloatWidth, signBit: bigint, { rounding, overflowMasked }: FloatMode, lost: number): FloatResult {
  const { infinity } = FORMATS[w];
  const toInfinity = rounding === RoundTo.Nearest || rounding === (signBit === 0n ? RoundTo.Up : RoundTo.Down);
  return {
    bits: signBit | (toInfinity ? infinity : infinity - 1n),
    raised: Exception.Overflow | (overflowMasked ? Exception.Precision : lost),
  };
}

/** The operand as the mode has it: denormals may be zeros. */
export function operandOf(w: FloatWidth, bits: bigint, mode: FloatMode): bigint {
  return mode.denormalsAreZero && isDenormal(w, bits) ? bits & FORMATS[w].sign : bits;
}

function invalid(w: FloatWidth): FloatResult {
  const { sign, infinity, quiet } = FORMATS[w];
  return { bits: sign | infinity | quiet, raised: Exception.Invalid };
}

/** The first NaN made quiet; undefined when there is none. A signalling one anywhere is invalid. */
function nanOf(w: FloatWidth, operands: readonly bigint[]): FloatResult | undefined {
  const first = operands.find((bits) => isNan(w, bits));
  if (first === undefined) return undefined;
  const raised = operands.some((bits) => isSignalling(w, bits)) ? Exception.Invalid : 0;
  return { bits: first | FORMATS[w].quiet, raised };
}

function denormalsIn(w: FloatWidth, operands: readonly bigint[]): number {
  return operands.some((bits) => isDenormal(w, bits)) ? Exception.Denormal : 0;
}

function withRaised({ bits, raised }: FloatResult, more: number): FloatResult {
  return { bits, raised: raised | more };
}

function signOf(w: FloatWidth, negative: boolean): bigint {
  return negative ? FORMATS[w].sign : 0n;
}

/** An exact sum, or a zero whose sign comes from the operands or the rounding mode. */
function packSum(w: FloatWidth, a: Finite, b: Finite, mode: FloatMode): FloatResult {
  const exponent = Math.min(a.exponent, b.exponent);
  const aligned = ({ significand, negative, exponent: own }: Finite): bigint => {
    const moved = significand << BigInt(own - exponent);
    return negative ? -moved : moved;
  };
  const sum = aligned(a) + aligned(b);
  if (sum !== 0n) return pack(w, { negative: sum < 0n, significand: sum < 0n ? -sum : sum, exponent }, mode);
  const negative = a.negative === b.negative ? a.negative : mode.rounding === RoundTo.Down;
  return { bits: signOf(w, negative), raised: 0 };
}

export function add(w: FloatWidth, first: bigint, second: bigint, mode: FloatMode): FloatResult {
  const [a, b] = [operandOf(w, first, mode), operandOf(w, second, mode)];
  const nan = nanOf(w, [a, b]);
  if (nan) return nan;
  if (isInfinite(w, a) && isInfinite(w, b) && a !== b) return invalid(w);
  const denormal = denormalsIn(w, [a, b]);
  if (isInfinite(w, a)) return { bits: a, raised: denormal };
  if (isInfinite(w, b)) return { bits: b, raised: denormal };
  return withRaised(packSum(w, unpack(w, a), unpack(w, b), mode), denormal);
}

/** a - b; a NaN keeps its sign. */
export function sub(w: FloatWidth, a: bigint, b: bigint, mode: FloatMode): FloatResult {
  return add(w, a, isNan(w, b) ? b : b ^ FORMATS[w].sign, mode);
}

function product(a: Finite, b: Finite): Finite {
  return {
    negative: a.negative !== b.negative,
    significand: a.significand * b.significand,
    exponent: a.exponent + b.exponent,
  };
}

export function mul(w: FloatWidth, first: bigint, second: bigint, mode: FloatMode): FloatResult {
  const [a, b] = [operandOf(w, first, mode), operandOf(w, second, mode)];
  const nan = nanOf(w, [a, b]);
  if (nan) return nan;
  const sign = signOf(w, isNegative(w, a) !== isNegative(w, b));
  const denormal = denormalsIn(w, [a, b]);
  if (isInfinite(w, a) || isInfinite(w, b)) {
    if (isZero(w, a) || isZero(w, b)) return invalid(w);
    return { bits: sign | FORMATS[w].infinity, raised: denormal };
  }
  if (isZero(w, a) || isZero(w, b)) return { bits: sign, raised: denormal };
  return withRaised(pack(w, product(unpack(w, a), unpack(w, b)), mode), denormal);
}

/** Bits of a quotient or root beyond the precision; one more stands for the rest. */
const EXTRA_BITS = 4;

export function div(w: FloatWidth, first: bigint, second: bigint, mode: FloatMode): FloatResult {
  const [a, b] = [operandOf(w, first, mode), operandOf(w, second, mode)];
  const nan = nanOf(w, [a, b]);
  if (nan) return nan;
  const sign = signOf(w, isNegative(w, a) !== isNegative(w, b));
  if ((isInfinite(w, a) && isInfinite(w, b)) || (isZero(w, a) && isZero(w, b))) return invalid(w);
  if (isZero(w, b) && !isInfinite(w, a)) return { bits: sign | FORMATS[w].infinity, raised: Exception.ZeroDivide };
  const denormal = denormalsIn(w, [a, b]);
  if (isInfinite(w, a)) return { bits: sign | FORMATS[w].infinity, raised: denormal };
  if (isInfinite(w, b) || isZero(w, a)) return { bits: sign, raised: denormal };
  const [x, y] = [unpack(w, a), unpack(w, b)];
  const shift = FORMATS[w].precision + EXTRA_BITS + Math.max(0, bitLength(y.significand) - bitLength(x.significand));
  const dividend = x.significand << BigInt(shift);
  const rest = dividend % y.significand === 0n ? 0n : 1n;
  const significand = ((dividend / y.significand) << 1n) | rest;
  const exponent = x.exponent - y.exponent - shift - 1;
  return withRaised(pack(w, { negative: sign !== 0n, significand, exponent }, mode), denormal);
}

function integerRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function sqrt(w: FloatWidth, operand: bigint, mode: FloatMode): FloatResult {
  const a = operandOf(w, operand, mode);
  const nan = nanOf(w, [a]);
  if (nan) return nan;
  if (isZero(w, a)) return { bits: a, raised: 0 };
  if (isNegative(w, a)) return invalid(w);
  if (isInfinite(w, a)) return { bits: a, raised: 0 };
  const { significand, exponent } = unpack(w, a);
  let shift = 2 * (FORMATS[w].precision + EXTRA_BITS);
  if ((exponent - shift) % 2 !== 0) shift++;
  const radicand = significand << BigInt(shift);
  const root = integerRoot(radicand);
  const rest = root * root === radicand ? 0n : 1n;
  const value = { negative: false, significand: (root << 1n) | rest, exponent: (exponent - shift) / 2 - 1 };
  return withRaised(pack(w, value, mode), denormalsIn(w, [a]));
}

/** a * b + c, rounded once. NaNs are taken in this order: a, b, c; a NaN in c goes before an invalid product. */
export function fusedMultiplyAdd(
  w: FloatWidth,
  operands: readonly [bigint, bigint, bigint],
  mode: FloatMode,
): FloatResult {
  const [a, b, c] = operands.map((bits) => operandOf(w, bits, mode)) as [bigint, bigint, bigint];
  const nan = nanOf(w, [a, b, c]);
  const undefinedProduct = (isInfinite(w, a) && isZero(w, b)) || (isZero(w, a) && isInfinite(w, b));
  if (nan) return nan;
  if (undefinedProduct) return invalid(w);
  const negative = isNegative(w, a) !== isNegative(w, b);
  const denormal = denormalsIn(w, [a, b, c]);
  if (isInfinite(w, a) || isInfinite(w, b)) {
    if (isInfinite(w, c) && isNegative(w, c) !== negative) return invalid(w);
    return { bits: signOf(w, negative) | FORMATS[w].infinity, raised: denormal };
  }
  if (isInfinite(w, c)) return { bits: c, raised: denormal };
  return withRaised(packSum(w, product(unpack(w, a), unpack(w, b)), unpack(w, c), mode), denormal);
}

/** To an integral value; `rounding` instead of the mode's. Denormal operands are no exception here. */
export function toIntegral(w: FloatWidth, operand: bigint, rounding: number, mode: FloatMode): FloatResult {
  const a = operandOf(w, operand, mode);
  const nan = nanOf(w, [a]);
  if (nan) return nan;
  if (isInfinite(w, a) || isZero(w, a)) return { bits: a, raised: 0 };
  const value = unpack(w, a);
  if (value.exponent >= 0) return { bits: a, raised: 0 };
  const { rounded, inexact } = shiftRounded(value, -value.exponent, rounding);
  const raised = inexact ? Exception.Precision : 0;
  const signBit = signOf(w, value.negative);
  if (rounded === 0n) return { bits: signBit, raised };
  return { bits: signBit | pack(w, { negative: false, significand: rounded, exponent: 0 }, mode).bits, raised };
}

/** Toward zero; undefined when it isn't a number of that many bits (signed). Denormal operands are no exception here. */
export function toInteger(
  w: FloatWidth,
  operand: bigint,
  bits: number,
  mode: FloatMode,
): { value: bigint; inexact: boolean } | undefined {
  const a = operandOf(w, operand, mode);
  if (isNan(w, a) || isInfinite(w, a)) return undefined;
  const finite = unpack(w, a);
  const { rounded, inexact } = shiftRounded(finite, -finite.exponent, RoundTo.Zero);
  const value = finite.negative ? -rounded : rounded;
  return BigInt.asIntN(bits, value) === value ? { value, inexact } : undefined;
}

export function fromInteger(w: FloatWidth, value: bigint, mode: FloatMode): FloatResult {
  if (value === 0n) return { bits: 0n, raised: 0 };
  const negative = value < 0n;
  return pack(w, { negative, significand: negative ? -value : value, exponent: 0 }, mode);
}

/** Between the two formats. */
export function convertFormat(from: FloatWidth, to: FloatWidth, operand: bigint, mode: FloatMode): FloatResult {
  const a = operandOf(from, operand, mode);
  const signBit = signOf(to, isNegative(from, a));
  if (isNan(from, a)) {
    const fraction = a & (FORMATS[from].hidden - 1n);
    const moved = BigInt(FORMATS[to].precision - FORMATS[from].precision);
    const payload = moved >= 0n ? fraction << moved : fraction >> -moved;
    const raised = isSignalling(from, a) ? Exception.Invalid : 0;
    return { bits: signBit | FORMATS[to].infinity | FORMATS[to].quiet | payload, raised };
  }
  if (isInfinite(from, a)) return { bits: signBit | FORMATS[to].infinity, raised: 0 };
  if (isZero(from, a)) return { bits: signBit, raised: 0 };
  return withRaised(pack(to, unpack(from, a), mode), denormalsIn(from, [a]));
}

/** Exceptions of comparing: signalling comparisons refuse every NaN. */
export function comparisonExceptions(
  w: FloatWidth,
  kind: 'quiet' | 'signalling',
  operands: readonly bigint[],
  mode: FloatMode,
): number {
  const flushed = operands.map((bits) => operandOf(w, bits, mode));
  const nan = nanOf(w, flushed);
  if (nan) return kind === 'signalling' ? Exception.Invalid : nan.raised;
  return denormalsIn(w, flushed);
}
