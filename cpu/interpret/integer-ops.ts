/**
 * Integer and boolean operations of the handler generator. Widths 8 and 16 are computed in i32 and cut; each value is
 * zero-extended in its Wasm type (i64 for 64 bits, else i32).
 */
import type { Width } from '../semantics/ops.ts';
import { Op, Type } from '../wasm/opcode.ts';
import type { OpName } from '../wasm/opcode.ts';
import type { HandlerWriter } from './handler-writer.ts';
import { ValueKind } from './value.ts';
import type { Value } from './value.ts';

type Fold = (a: bigint, b: bigint) => bigint;
type Cut = 'cut' | 'exact';

export function typeOf(width: Width): Type {
  return width === 64 ? Type.i64 : Type.i32;
}

function bool(value: boolean): bigint {
  return value ? 1n : 0n;
}

export class IntegerOps {
  protected readonly writer: HandlerWriter;

  constructor(writer: HandlerWriter) {
    this.writer = writer;
  }

  constant(width: Width, value: bigint | number): Value {
    return this.writer.constant(typeOf(width), BigInt.asUintN(width, BigInt(value)));
  }

  known(value: Value): bigint | undefined {
    return value.kind === ValueKind.Constant ? value.constant : undefined;
  }

  // --- plumbing -----------------------------------------------------------------------------------------------------
  /** Emits an operation of the width's type by its bare name. */
  protected emit(w: Width, name: string): void {
    this.writer.code.op(Op[`${w === 64 ? 'i64' : 'i32'}.${name}` as OpName]);
  }

  /** Cuts the i32 on the stack to 8 or 16 bits. */
  #cut(w: Width): void {
    if (w >= 32) return;
    this.writer.code.i32Const(2 ** w - 1);
    this.writer.code.op(Op['i32.and']);
  }

  protected pushSigned(w: Width, a: Value): void {
    this.writer.push(a);
    if (w === 8) this.writer.code.op(Op['i32.extend8_s']);
    if (w === 16) this.writer.code.op(Op['i32.extend16_s']);
  }

  #binary(w: Width, name: string, a: Value, b: Value, cut: Cut, fold: Fold): Value {
    const [x, y] = [this.known(a), this.known(b)];
    if (x !== undefined && y !== undefined) return this.constant(w, fold(x, y));
    this.writer.push(a);
    this.writer.push(b);
    this.emit(w, name);
    if (cut === 'cut') this.#cut(w);
    return this.writer.take(typeOf(w));
  }

  #compare(w: Width, name: string, a: Value, b: Value, fold: (a: bigint, b: bigint) => boolean): Value {
    const [x, y] = [this.known(a), this.known(b)];
    if (x !== undefined && y !== undefined) return this.constant(32, bool(fold(x, y)));
    this.writer.push(a);
    this.writer.push(b);
    this.emit(w, name);
    return this.writer.take(Type.i32);
  }

  #unary(w: Width, emit: () => void, a: Value): Value {
    this.writer.push(a);
    emit();
    this.#cut(w);
    return this.writer.take(typeOf(w));
  }

  #signedBinary(w: Width, name: string, a: Value, b: Value): Value {
    this.pushSigned(w, a);
    this.pushSigned(w, b);
    this.emit(w, name);
    this.#cut(w);
    return this.writer.take(typeOf(w));
  }

  /** A shift count in the shifted value's type. */
  #pushCount(w: Width, count: Value): void {
    if (w === 64) this.writer.pushI64(count);
    else this.writer.pushI32(count);
  }

  // --- arithmetic ---------------------------------------------------------------------------------------------------
  add(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'add', a, b, 'cut', (x, y) => x + y);
  }
  sub(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'sub', a, b, 'cut', (x, y) => x - y);
  }
  mul(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'mul', a, b, 'cut', (x, y) => x * y);
  }
  and(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'and', a, b, 'exact', (x, y) => x & y);
  }
  or(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'or', a, b, 'exact', (x, y) => x | y);
  }
  xor(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'xor', a, b, 'exact', (x, y) => x ^ y);
  }
  not(w: Width, a: Value): Value {
    return this.xor(w, a, this.constant(w, -1n));
  }
  neg(w: Width, a: Value): Value {
    return this.sub(w, this.constant(w, 0), a);
  }

  mulHighUnsigned(w: Width, a: Value, b: Value): Value {
    if (w === 64) return this.#mulHigh64(a, b);
    this.writer.pushI64(a);
    this.writer.pushI64(b);
    return this.#highOfProduct(w);
  }

  /** Signed from unsigned: high(a·b) − (a < 0 ? b : 0) − (b < 0 ? a : 0). */
  mulHighSigned(w: Width, a: Value, b: Value): Value {
    if (w === 64) {
      const correction = (x: Value, y: Value): Value => this.and(64, this.sar(64, x, this.constant(32, 63)), y);
      return this.sub(64, this.sub(64, this.#mulHigh64(a, b), correction(a, b)), correction(b, a));
    }
    for (const value of [a, b]) {
      this.pushSigned(w, value);
      this.writer.code.op(Op['i64.extend_i32_s']);
    }
    return this.#highOfProduct(w);
  }

  #mulHigh64(a: Value, b: Value): Value {
    this.writer.push(a);
    this.writer.push(b);
    this.writer.code.call(this.writer.runtime.mulHigh);
    return this.writer.take(Type.i64);
  }

  #highOfProduct(w: Width): Value {
    const { code } = this.writer;
    code.op(Op['i64.mul']);
    code.i64Const(w);
    code.op(Op['i64.shr_u']);
    code.op(Op['i32.wrap_i64']);
    this.#cut(w);
    return this.writer.take(Type.i32);
  }

  divUnsigned(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'div_u', a, b, 'exact', (x, y) => x / y);
  }
  remUnsigned(w: Width, a: Value, b: Value): Value {
    return this.#binary(w, 'rem_u', a, b, 'exact', (x, y) => x % y);
  }
  divSigned(w: Width, a: Value, b: Value): Value {
    return this.#signedBinary(w, 'div_s', a, b);
  }
  remSigned(w: Width, a: Value, b: Value): Value {
    return this.#signedBinary(w, 'rem_s', a, b);
  }

  // --- shifts and bits ----------------------------------------------------------------------------------------------
  shl(w: Width, a: Value, count: Value): Value {
    this.writer.push(a);
    this.#pushCount(w, count);
    this.emit(w, 'shl');
    this.#cut(w);
    return this.writer.take(typeOf(w));
  }
  shr(w: Width, a: Value, count: Value): Value {
    const [x, y] = [this.known(a), this.known(count)];
    if (x !== undefined && y !== undefined) return this.constant(w, x >> y);
    this.writer.push(a);
    this.#pushCount(w, count);
    this.emit(w, 'shr_u');
    return this.writer.take(typeOf(w));
  }
  sar(w: Width, a: Value, count: Value): Value {
    this.pushSigned(w, a);
    this.#pushCount(w, count);
    this.emit(w, 'shr_s');
    this.#cut(w);
    return this.writer.take(typeOf(w));
  }
  rotl(w: Width, a: Value, count: Value): Value {
    return this.#rotate(w, 'rotl', a, count);
  }
  rotr(w: Width, a: Value, count: Value): Value {
    return this.#rotate(w, 'rotr', a, count);
  }

  #rotate(w: Width, name: 'rotl' | 'rotr', a: Value, count: Value): Value {
    if (w >= 32) {
      this.writer.push(a);
      this.#pushCount(w, count);
      this.emit(w, name);
      return this.writer.take(typeOf(w));
    }
    this.writer.pushI32(count);
    const here = this.writer.take(Type.i32);
    const rest = this.sub(32, this.constant(32, w), here);
    const [left, right] = name === 'rotl' ? [here, rest] : [rest, here];
    return this.or(w, this.shl(w, a, left), this.shr(w, a, right));
  }

  clz(w: Width, a: Value): Value {
    this.writer.push(a);
    this.emit(w, 'clz');
    if (w < 32) {
      this.writer.code.i32Const(32 - w);
      this.writer.code.op(Op['i32.sub']);
    }
    return this.writer.take(typeOf(w));
  }
  ctz(w: Width, a: Value): Value {
    this.writer.push(a);
    if (w < 32) {
      this.writer.code.i32Const(2 ** w);
      this.writer.code.op(Op['i32.or']);
    }
    this.emit(w, 'ctz');
    return this.writer.take(typeOf(w));
  }
  popcnt(w: Width, a: Value): Value {
    return this.#unary(w, () => this.emit(w, 'popcnt'), a);
  }

  byteSwap(w: Width, a: Value): Value {
    if (w === 8) return a;
    if (w === 16) return this.#rotate(16, 'rotl', a, this.constant(32, 8));
    if (w === 32) {
      const low = this.and(32, this.#rotate(32, 'rotl', a, this.constant(32, 8)), this.constant(32, 0x00ff00ff));
      const high = this.and(32, this.#rotate(32, 'rotr', a, this.constant(32, 8)), this.constant(32, 0xff00ff00));
      return this.or(32, low, high);
    }
    const half = (value: Value): Value => this.zeroExtend(32, 64, this.byteSwap(32, this.truncate(64, 32, value)));
    const thirtyTwo = this.constant(32, 32);
    return this.or(64, this.shl(64, half(a), thirtyTwo), half(this.shr(64, a, thirtyTwo)));
  }

  zeroExtend(from: Width, to: Width, a: Value): Value {
    const known = this.known(a);
    if (known !== undefined) return this.constant(to, known);
    if (from === to || to !== 64) return a;
    this.writer.push(a);
    this.writer.code.op(Op['i64.extend_i32_u']);
    return this.writer.take(Type.i64);
  }
  signExtend(from: Width, to: Width, a: Value): Value {
    if (from === to) return a;
    const known = this.known(a);
    if (known !== undefined) return this.constant(to, BigInt.asIntN(from, known));
    this.pushSigned(from, a);
    if (to === 64) this.writer.code.op(Op['i64.extend_i32_s']);
    this.#cut(to);
    return this.writer.take(typeOf(to));
  }
  truncate(from: Width, to: Width, a: Value): Value {
    const known = this.known(a);
    if (known !== undefined) return this.constant(to, known);
    if (from === to) return a;
    this.writer.push(a);
    if (from === 64) this.writer.code.op(Op['i32.wrap_i64']);
    this.#cut(to);
    return this.writer.take(Type.i32);
  }

  // --- booleans -----------------------------------------------------------------------------------------------------
  eq(w: Width, a: Value, b: Value): Value {
    return this.#compare(w, 'eq', a, b, (x, y) => x === y);
  }
  ne(w: Width, a: Value, b: Value): Value {
    return this.#compare(w, 'ne', a, b, (x, y) => x !== y);
  }
  ltUnsigned(w: Width, a: Value, b: Value): Value {
    return this.#compare(w, 'lt_u', a, b, (x, y) => x < y);
  }
  ltSigned(w: Width, a: Value, b: Value): Value {
    this.pushSigned(w, a);
    this.pushSigned(w, b);
    this.emit(w, 'lt_s');
    return this.writer.take(Type.i32);
  }

  select(_w: Width | 128, cond: Value, a: Value, b: Value): Value {
    const known = this.known(cond);
    if (known !== undefined) return known !== 0n ? a : b;
    this.writer.push(a);
    this.writer.push(b);
    this.writer.push(cond);
    this.writer.code.op(Op.select);
    return this.writer.take(a.type);
  }

  when(cond: Value, then: () => void, otherwise?: () => void): void {
    const known = this.known(cond);
    if (known !== undefined) {
      if (known !== 0n) then();
      else otherwise?.();
      return;
    }
    const { code } = this.writer;
    this.writer.push(cond);
    code.if();
    then();
    if (otherwise !== undefined) {
      code.else();
      otherwise();
    }
    code.end();
  }

  whenNumber(isNumber: Value, then: () => void, otherwise: () => void): void {
    this.when(isNumber, then, otherwise);
  }
}
