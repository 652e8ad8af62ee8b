/** What the node factory knows of Wasm's operations: results on constants, pairs that undo each other, result types. */
import { Op, Type } from '../wasm/opcode.ts';

/** No opcode. */
const NONE = -100;

/** The conversion that undoes `op`. */
export function inverse(op: number): number {
  switch (op) {
    case Op['f64.reinterpret_i64']:
      return Op['i64.reinterpret_f64'];
    case Op['i64.reinterpret_f64']:
      return Op['f64.reinterpret_i64'];
    case Op['f32.reinterpret_i32']:
      return Op['i32.reinterpret_f32'];
    case Op['i32.reinterpret_f32']:
      return Op['f32.reinterpret_i32'];
    default:
      return NONE;
  }
}

export function foldUnary(op: number, value: number | bigint): number | bigint | undefined {
  switch (op) {
    case Op['i32.wrap_i64']:
      return Number(BigInt.asUintN(32, value as bigint));
    case Op['i64.extend_i32_u']:
      return BigInt(value);
    case Op['i64.extend_i32_s']:
      return BigInt(Number(value) | 0);
    case Op['i64.extend8_s']:
      return BigInt.asIntN(8, value as bigint);
    case Op['i64.extend16_s']:
      return BigInt.asIntN(16, value as bigint);
    case Op['i64.extend32_s']:
      return BigInt.asIntN(32, value as bigint);
    case Op['i32.extend8_s']:
      return (Number(value) << 24) >> 24;
    case Op['i32.extend16_s']:
      return (Number(value) << 16) >> 16;
    case Op['i32.eqz']:
      return value === 0 ? 1 : 0;
    case Op['i64.eqz']:
      return value === 0n ? 1 : 0;
    default:
      return undefined;
  }
}

export function foldBinary(op: number, a: number | bigint, b: number | bigint): number | bigint | undefined {
  return typeof a === 'bigint' && typeof b === 'bigint' ? fold64(op, a, b) : fold32(op, a as number, b as number);
}

function fold32(op: number, a: number, b: number): number | undefined {
  switch (op) {
    case Op['i32.add']:
      return a + b;
    case Op['i32.sub']:
      return a - b;
    case Op['i32.mul']:
      return Math.imul(a, b);
    case Op['i32.and']:
      return a & b;
    case Op['i32.or']:
      return a | b;
    case Op['i32.xor']:
      return a ^ b;
    case Op['i32.shl']:
      return a << b;
    case Op['i32.shr_u']:
      return a >>> b;
    case Op['i32.shr_s']:
      return (a | 0) >> b;
    case Op['i32.eq']:
      return a === b ? 1 : 0;
    case Op['i32.ne']:
      return a === b ? 0 : 1;
    case Op['i32.lt_u']:
      return a < b ? 1 : 0;
    case Op['i32.lt_s']:
      return (a | 0) < (b | 0) ? 1 : 0;
    default:
      return undefined;
  }
}

function fold64(op: number, a: bigint, b: bigint): bigint | number | undefined {
  switch (op) {
    case Op['i64.add']:
      return a + b;
    case Op['i64.sub']:
      return a - b;
    case Op['i64.mul']:
      return a * b;
    case Op['i64.and']:
      return a & b;
    case Op['i64.or']:
      return a | b;
    case Op['i64.xor']:
      return a ^ b;
    case Op['i64.shl']:
      return a << (b & 63n);
    case Op['i64.shr_u']:
      return a >> (b & 63n);
    case Op['i64.shr_s']:
      return BigInt.asIntN(64, a) >> (b & 63n);
    case Op['i64.eq']:
      return a === b ? 1 : 0;
    case Op['i64.ne']:
      return a === b ? 0 : 1;
    case Op['i64.lt_u']:
      return a < b ? 1 : 0;
    case Op['i64.lt_s']:
      return BigInt.asIntN(64, a) < BigInt.asIntN(64, b) ? 1 : 0;
    default:
      return undefined;
  }
}

/** Result types of the scalar opcodes in use; comparisons give i32. */
export function resultType(op: number): number {
  const known = RESULT_TYPES.get(op);
  if (known === undefined) throw new Error(`no result type for opcode ${op.toString(16)}`);
  return known;
}

const RESULT_TYPES: ReadonlyMap<number, number> = collectResultTypes();

/** By the text names: the prefix is the result type, except for comparisons and lane tests. */
function collectResultTypes(): Map<number, number> {
  const types = new Map<number, number>();
  for (const [name, code] of Object.entries(Op)) {
    const [prefix = '', operation = ''] = name.split('.');
    const scalar = { i32: Type.i32, i64: Type.i64, f32: Type.f32, f64: Type.f64 }[prefix];
    if (scalar !== undefined) {
      const comparison = /^(eqz|eq|ne|lt|gt|le|ge)(_[su])?$/.test(operation);
      types.set(code, comparison ? Type.i32 : scalar);
    } else if (/x\d+$/.test(prefix) || prefix === 'v128') {
      types.set(code, vectorResult(prefix, operation));
    }
  }
  return types;
}

function vectorResult(prefix: string, operation: string): number {
  if (/^(any_true|all_true|bitmask)$/.test(operation)) return Type.i32;
  if (!operation.startsWith('extract_lane')) return Type.v128;
  if (prefix === 'i64x2') return Type.i64;
  if (prefix === 'f32x4') return Type.f32;
  return prefix === 'f64x2' ? Type.f64 : Type.i32;
}
