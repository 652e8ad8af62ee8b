/**
 * The 80-bit extended format in software: a value as sign, biased exponent and 64-bit significand with explicit integer bit.
 * Source: SDM vol. 1, 4.2.2 and 8.2.2 (unsupported encodings).
 */
export interface Float80 {
  readonly sign: 0 | 1;
  /** Biased, 0..0x7fff. */
  readonly exponent: number;
  readonly significand: bigint;
  /** Came from a narrower format's denormal: normalized here, but still a denormal operand. */
  readonly narrowDenormal?: true;
}

export const MAX_EXPONENT = 0x7fff;
export const BIAS = 0x3fff;
export const INTEGER_BIT = 1n << 63n;
const QUIET_BIT = 1n << 62n;
const MASK_64 = (1n << 64n) - 1n;

export const Kind = {
  Zero: 0,
  Normal: 1,
  Denormal: 2,
  Infinity: 3,
  QuietNan: 4,
  SignalingNan: 5,
  Unsupported: 6,
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** Pseudo-denormals (exponent 0, integer bit set) count as denormals. */
export function kindOf(value: Float80): Kind {
  const { exponent, significand } = value;
  if (exponent === 0) return significand === 0n ? Kind.Zero : Kind.Denormal;
  if ((significand & INTEGER_BIT) === 0n) return Kind.Unsupported;
  if (exponent < MAX_EXPONENT) return value.narrowDenormal ? Kind.Denormal : Kind.Normal;
  if (significand === INTEGER_BIT) return Kind.Infinity;
  return significand & QUIET_BIT ? Kind.QuietNan : Kind.SignalingNan;
}

export function isNan(kind: Kind): boolean {
  return kind === Kind.QuietNan || kind === Kind.SignalingNan;
}

export function isFinite(kind: Kind): boolean {
  return kind <= Kind.Denormal;
}

export function zero(sign: 0 | 1): Float80 {
  return { sign, exponent: 0, significand: 0n };
}

export function infinity(sign: 0 | 1): Float80 {
  return { sign, exponent: MAX_EXPONENT, significand: INTEGER_BIT };
}

/** The default NaN, "real indefinite". */
export const INDEFINITE: Float80 = { sign: 1, exponent: MAX_EXPONENT, significand: INTEGER_BIT | QUIET_BIT };
export const ONE: Float80 = { sign: 0, exponent: BIAS, significand: INTEGER_BIT };

export function quiet(nan: Float80): Float80 {
  return { sign: nan.sign, exponent: nan.exponent, significand: nan.significand | QUIET_BIT };
}

export function negate(value: Float80): Float80 {
  return { ...value, sign: value.sign === 0 ? 1 : 0 };
}

export function withSign(value: Float80, sign: 0 | 1): Float80 {
  return { ...value, sign };
}

/** A finite value as ±magnitude × 2^exponent; the magnitude is an integer, not normalized. */
export interface Exact {
  readonly sign: 0 | 1;
  readonly magnitude: bigint;
  readonly exponent: number;
}

export function toExact(value: Float80): Exact {
  const exponent = Math.max(value.exponent, 1) - BIAS - 63;
  return { sign: value.sign, magnitude: value.significand, exponent };
}

/** Number of bits of a positive integer. */
export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return digits.length * 4 - (Math.clz32(Number.parseInt(digits[0]!, 16)) - 28);
}

/** Exponent of the most significant bit. */
export function topExponent(value: Exact): number {
  return value.exponent + bitLength(value.magnitude) - 1;
}

/** Packs an integer of at most 64 bits times a power of two within the normal range: exact. */
export function packExact(sign: 0 | 1, magnitude: bigint, exponent: number): Float80 {
  if (magnitude === 0n) return zero(sign);
  const bits = bitLength(magnitude);
  return { sign, exponent: exponent + bits - 1 + BIAS, significand: magnitude << BigInt(64 - bits) };
}

export function fromInteger(value: bigint): Float80 {
  return value < 0n ? packExact(1, -value, 0) : packExact(0, value, 0);
}

/** The ten bytes in memory. */
export function encode(value: Float80): Uint8Array {
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, value.significand, true);
  view.setUint16(8, value.exponent | (value.sign << 15), true);
  return bytes;
}

export function decode(bytes: Uint8Array): Float80 {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const high = view.getUint16(8, true);
  return {
    sign: (high >> 15) as 0 | 1,
    exponent: high & MAX_EXPONENT,
    significand: view.getBigUint64(0, true) & MASK_64,
  };
}
