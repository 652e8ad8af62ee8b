/** The integer and boolean part of Ops on BigInts: values without state. Each result is cut to its width. */
import type { Width } from '../semantics/ops.ts';

function cut(w: number, value: bigint): bigint {
  return BigInt.asUintN(w, value);
}

function signed(w: number, value: bigint): bigint {
  return BigInt.asIntN(w, value);
}

function boolean(value: boolean): bigint {
  return value ? 1n : 0n;
}

export class IntegerOps {
  constant(w: Width, value: bigint | number): bigint {
    return cut(w, BigInt(value));
  }

  known(value: bigint): bigint | undefined {
    return value;
  }

  add(w: Width, a: bigint, b: bigint): bigint {
    return cut(w, a + b);
  }

  sub(w: Width, a: bigint, b: bigint): bigint {
    return cut(w, a - b);
  }

  mul(w: Width, a: bigint, b: bigint): bigint {
    return cut(w, a * b);
  }

  mulHighUnsigned(w: Width, a: bigint, b: bigint): bigint {
    return (a * b) >> BigInt(w);
  }

  mulHighSigned(w: Width, a: bigint, b: bigint): bigint {
    return cut(w, (signed(w, a) * signed(w, b)) >> BigInt(w));
  }

  and(_w: Width, a: bigint, b: bigint): bigint {
    return a & b;
  }

  or(_w: Width, a: bigint, b: bigint): bigint {
    return a | b;
  }

  xor(_w: Width, a: bigint, b: bigint): bigint {
    return a ^ b;
  }

  not(w: Width, a: bigint): bigint {
    return cut(w, ~a);
  }

  neg(w: Width, a: bigint): bigint {
    return cut(w, -a);
  }

  shl(w: Width, a: bigint, count: bigint): bigint {
    return cut(w, a << count);
  }

  shr(_w: Width, a: bigint, count: bigint): bigint {
    return a >> count;
  }

  sar(w: Width, a: bigint, count: bigint): bigint {
    return cut(w, signed(w, a) >> count);
  }

  rotl(w: Width, a: bigint, count: bigint): bigint {
    return cut(w, (a << count) | (a >> (BigInt(w) - count)));
  }

  rotr(w: Width, a: bigint, count: bigint): bigint {
    return cut(w, (a >> count) | (a << (BigInt(w) - count)));
  }

  divUnsigned(_w: Width, a: bigint, b: bigint): bigint {
    return a / b;
  }

  remUnsigned(_w: Width, a: bigint, b: bigint): bigint {
    return a % b;
  }

  divSigned(w: Width, a: bigint, b: bigint): bigint {
    return cut(w, signed(w, a) / signed(w, b));
  }

  remSigned(w: Width, a: bigint, b: bigint): bigint {
    return cut(w, signed(w, a) % signed(w, b));
  }

  clz(w: Width, a: bigint): bigint {
    return BigInt(a === 0n ? w : w - a.toString(2).length);
  }

  ctz(w: Width, a: bigint): bigint {
    return a === 0n ? BigInt(w) : BigInt((a & -a).toString(2).length - 1);
  }

  popcnt(_w: Width, a: bigint): bigint {
    let ones = 0n;
    for (let rest = a; rest; rest &= rest - 1n) ones++;
    return ones;
  }

  byteSwap(w: Width, a: bigint): bigint {
    let swapped = 0n;
    for (let shift = 0n; shift < w; shift += 8n) swapped = (swapped << 8n) | ((a >> shift) & 0xffn);
    return swapped;
  }

  zeroExtend(_from: Width, _to: Width, a: bigint): bigint {
    return a;
  }

  signExtend(from: Width, to: Width, a: bigint): bigint {
    return cut(to, signed(from, a));
  }

  truncate(_from: Width, to: Width, a: bigint): bigint {
    return cut(to, a);
  }

  eq(_w: Width, a: bigint, b: bigint): bigint {
    return boolean(a === b);
  }

  ne(_w: Width, a: bigint, b: bigint): bigint {
    return boolean(a !== b);
  }

  ltUnsigned(_w: Width, a: bigint, b: bigint): bigint {
    return boolean(a < b);
  }

  ltSigned(w: Width, a: bigint, b: bigint): bigint {
    return boolean(signed(w, a) < signed(w, b));
  }

  select(_w: Width | 128, cond: bigint, a: bigint, b: bigint): bigint {
    return cond ? a : b;
  }
}
