/**
 * Elementary functions in fixed point: integers that stand for value × 2^FRACTION. Errors stay in the last few of 256 bits, far below
 * the 64 that the x87 shows.
 */
import { bitLength } from './float80.ts';

export const FRACTION = 256;
const BITS = BigInt(FRACTION);
export const UNIT = 1n << BITS;

export function multiply(a: bigint, b: bigint): bigint {
  return (a * b) >> BITS;
}

export function divide(a: bigint, b: bigint): bigint {
  return (a << BITS) / b;
}

/** magnitude × 2^exponent as fixed point; bits below are cut. */
export function toFixed(magnitude: bigint, exponent: number): bigint {
  const shift = exponent + FRACTION;
  return shift >= 0 ? magnitude << BigInt(shift) : magnitude >> BigInt(-shift);
}

export function squareRoot(a: bigint): bigint {
  if (a === 0n) return 0n;
  const value = a << BITS;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** Sum of ±x^(2k+1) / (2k+1) for |x| < 1: artanh, or arctan with alternating signs. */
function oddSeries(x: bigint, signs: 'same' | 'alternating'): bigint {
  const square = multiply(x, x);
  let power = x;
  let sum = 0n;
  for (let odd = 1n; power !== 0n && power !== -1n; odd += 2n) {
    sum += power / odd;
    power = multiply(power, square);
    if (signs === 'alternating') power = -power;
  }
  return sum;
}

/** Source: Machin, π/4 = 4 arctan 1/5 − arctan 1/239. */
export const PI = 4n * (4n * oddSeries(UNIT / 5n, 'alternating') - oddSeries(UNIT / 239n, 'alternating'));
export const LN2 = 2n * oddSeries(UNIT / 3n, 'same');

/** Natural logarithm of a in [1/2, 2]. */
export function logarithm(a: bigint): bigint {
  return 2n * oddSeries(divide(a - UNIT, a + UNIT), 'same');
}

/** e^x − 1 for |x| <= 1. */
export function exponentialMinusOne(x: bigint): bigint {
  let term = x;
  let sum = 0n;
  for (let k = 2n; term !== 0n && term !== -1n; k++) {
    sum += term;
    term = multiply(term, x) / k;
  }
  return sum;
}

/** Sine and cosine of |x| <= 1. */
export function sineCosine(x: bigint): { sine: bigint; cosine: bigint } {
  const square = multiply(x, x);
  const series = (first: bigint, from: bigint) => {
    let term = first;
    let sum = 0n;
    for (let k = from; term !== 0n && term !== -1n; k += 2n) {
      sum += term;
      term = -multiply(term, square) / (k * (k + 1n));
    }
    return sum;
  };
  return { sine: series(x, 2n), cosine: series(UNIT, 1n) };
}

/** Halvings of the angle before the series: tan(a/2) = t / (1 + √(1 + t²)). */
const HALVINGS = 3;

/** Arctangent of t in [0, 1]. */
export function arctangent(t: bigint): bigint {
  let reduced = t;
  for (let i = 0; i < HALVINGS; i++) {
    reduced = divide(reduced, UNIT + squareRoot(UNIT + multiply(reduced, reduced)));
  }
  return oddSeries(reduced, 'alternating') << BigInt(HALVINGS);
}
