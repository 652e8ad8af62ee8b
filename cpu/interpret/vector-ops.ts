/** SIMD, scalar floating point and conversions of the handler generator: Wasm operations by name. */
import { Op, Type } from '../wasm/opcode.ts';
import type { OpName } from '../wasm/opcode.ts';
import type { HandlerWriter } from './handler-writer.ts';
import type { Value } from './value.ts';

const SCALAR_RESULT = /extract_lane|all_true|any_true|bitmask/;
const COMPARISONS: ReadonlySet<string> = new Set(['eq', 'ne', 'lt', 'gt', 'le', 'ge']);

export class VectorOps {
  readonly #writer: HandlerWriter;

  constructor(writer: HandlerWriter) {
    this.#writer = writer;
  }

  constant(low: bigint, high: bigint): Value {
    this.#writer.code.v128Const(low, high);
    return this.#writer.take(Type.v128);
  }

  simd(name: string, args: readonly Value[], immediates: readonly number[]): Value {
    const { code } = this.#writer;
    const floating = /^f(32|64)x\d/.exec(name)?.[1];
    args.forEach((arg, i) => {
      this.#writer.push(arg);
      // A scalar that goes into a floating-point lane is a bit pattern here.
      const intoLane = name.endsWith('splat') || (name.includes('replace_lane') && i === 1);
      if (floating !== undefined && intoLane) this.#reinterpretToFloat(floating);
    });
    const operation = Op[name as OpName];
    if (operation === undefined) throw new Error(`no Wasm operation ${name}`);
    if (name === 'i8x16.shuffle') code.shuffle(immediates);
    else if (immediates.length > 0) code.lane(operation, immediates[0]!);
    else code.op(operation);
    if (!SCALAR_RESULT.test(name)) return this.#writer.take(Type.v128);
    if (floating !== undefined) this.#reinterpretToInteger(floating);
    const wide = name.includes('extract_lane') && /^[if]64x2/.test(name);
    return this.#writer.take(wide ? Type.i64 : Type.i32);
  }

  float(w: 32 | 64, name: string, args: readonly Value[]): Value {
    const { code } = this.#writer;
    for (const arg of args) {
      this.#writer.push(arg);
      this.#reinterpretToFloat(`${w}`);
    }
    code.op(Op[`f${w}.${name}` as OpName]);
    if (COMPARISONS.has(name)) return this.#writer.take(Type.i32);
    this.#reinterpretToInteger(`${w}`);
    return this.#writer.take(w === 64 ? Type.i64 : Type.i32);
  }

  /** The name says both types: `result.operation_source…`. */
  convert(name: OpName, a: Value): Value {
    const source = /_([if])(32|64)/.exec(name)!;
    this.#writer.push(a);
    if (source[1] === 'f') this.#reinterpretToFloat(source[2]!);
    this.#writer.code.op(Op[name]);
    const width = name.slice(1, 3);
    if (name.startsWith('f')) this.#reinterpretToInteger(width);
    return this.#writer.take(width === '64' ? Type.i64 : Type.i32);
  }

  #reinterpretToFloat(width: string): void {
    this.#writer.code.op(width === '64' ? Op['f64.reinterpret_i64'] : Op['f32.reinterpret_i32']);
  }

  #reinterpretToInteger(width: string): void {
    this.#writer.code.op(width === '64' ? Op['i64.reinterpret_f64'] : Op['i32.reinterpret_f32']);
  }
}
