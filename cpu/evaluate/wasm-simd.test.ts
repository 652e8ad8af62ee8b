/** Every SIMD operation of the opcode table, evaluated here and executed by this host's WebAssembly engine, on edge values and random ones. */
import { describe, expect, it } from 'vitest';
import { CodeWriter } from '../wasm/code-writer.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, Type, type OpName } from '../wasm/opcode.ts';
import { isNan } from './wasm-float.ts';
import { SimdOperations, joinLanes, splitLanes } from './wasm-simd.ts';

const ROUNDS = 60;
const VECTORS = 3;
const RESULT_AT = 16 * VECTORS;
const LANES = [0, 1];
const SHUFFLE = [0, 31, 5, 17, 2, 2, 16, 15, 8, 24, 9, 25, 30, 1, 7, 12];

/** Scalar operand or result type by lane shape. */
const SCALARS: Readonly<Record<string, number>> = { i64x2: Type.i64, f32x4: Type.f32, f64x2: Type.f64 };

const simdNames = (Object.keys(Op) as OpName[]).filter(
  (name) => /^(v128|[if]\d+x\d+)\./.test(name) && !/load|store|const|relaxed/.test(name),
);

type Operand = 'vector' | 'scalar' | 'count';

/** Operand kinds to try: the first that the engine accepts is the operation's. */
const SIGNATURES: readonly (readonly Operand[])[] = [
  ['vector'],
  ['vector', 'vector'],
  ['vector', 'vector', 'vector'],
  ['vector', 'count'],
  ['vector', 'scalar'],
  ['scalar'],
];

const LOADS = {
  [Type.i32]: Op['i32.load'],
  [Type.i64]: Op['i64.load'],
  [Type.f32]: Op['f32.load'],
  [Type.f64]: Op['f64.load'],
} as const;
const STORES = {
  [Type.i32]: Op['i32.store'],
  [Type.i64]: Op['i64.store'],
  [Type.f32]: Op['f32.store'],
  [Type.f64]: Op['f64.store'],
} as const;
type Scalar = keyof typeof LOADS;

interface Compiled {
  readonly operands: readonly Operand[];
  readonly scalar: boolean;
  readonly run: () => void;
}

function scalarType(name: string): Scalar {
  return (SCALARS[name.split('.')[0]!] ?? Type.i32) as Scalar;
}

function emit(code: CodeWriter, name: OpName, lane: number): void {
  if (name === 'i8x16.shuffle') code.shuffle(SHUFFLE);
  else if (/_lane/.test(name)) code.lane(Op[name], lane);
  else code.op(Op[name]);
}

/** memory[RESULT_AT] = name(memory[0], memory[16], …). */
function build(name: OpName, lane: number, operands: readonly Operand[], result: 'vector' | 'scalar'): Uint8Array {
  const code = new CodeWriter();
  code.i32Const(0);
  for (const [i, operand] of operands.entries()) {
    code.i32Const(0);
    if (operand === 'vector') code.memory(Op['v128.load'], 16 * i);
    else code.memory(operand === 'count' ? Op['i32.load'] : LOADS[scalarType(name)], 16 * i);
  }
  emit(code, name, lane);
  const resultType = /extract_lane/.test(name) ? scalarType(name) : Type.i32;
  code.memory(result === 'vector' ? Op['v128.store'] : STORES[resultType as Scalar], RESULT_AT);
  const builder = new ModuleBuilder();
  builder.importMemory('e', 'm', { min: 1 });
  builder.exportFunction('f', builder.function(builder.type([], []), [], code));
  return builder.build();
}

function compile(name: OpName, lane: number, memory: WebAssembly.Memory): Compiled {
  for (const operands of SIGNATURES) {
    for (const result of ['vector', 'scalar'] as const) {
      const bytes = build(name, lane, operands, result) as Uint8Array<ArrayBuffer>;
      if (!WebAssembly.validate(bytes)) continue;
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { e: { m: memory } });
      return { operands, scalar: result === 'scalar', run: instance.exports['f'] as () => void };
    }
  }
  throw new Error(`no signature fits ${name}`);
}

const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7f80, 0x3f80];

/** Bytes that often make edge values of each lane width: signs, limits, infinities, NaNs. */
function randomBytes(into: Uint8Array, next: () => number): void {
  for (let at = 0; at < into.length;) {
    const width = [1, 2, 4, 8][next() % 4]!;
    const edge = next() % 3 === 0 ? EDGES[next() % EDGES.length]! : next();
    for (let i = 0; i < width && at < into.length; i++, at++) into[at] = next() % 4 === 0 ? edge : next() >>> 3;
    if (next() % 8 === 0 && at < into.length) into[at] = edge >> 8;
  }
}

function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 8;
  };
}

/** Which NaN an operation gives is the engine's choice: all count as one. */
function canonical(name: string, bits: bigint, scalar: boolean): bigint {
  const format = /^f(32|64)/.exec(name);
  if (!format || scalar || /_lane|splat/.test(name)) return bits;
  const width = Number(format[1]) as 32 | 64;
  return joinLanes(
    width,
    splitLanes(width, bits).map((lane) => (isNan(width, lane) ? -1n : lane)),
  );
}

function valueAt(view: DataView, at: number, bits: number): bigint {
  if (bits === 32) return BigInt(view.getUint32(at, true));
  const low = view.getBigUint64(at, true);
  return bits === 64 ? low : low | (view.getBigUint64(at + 8, true) << 64n);
}

describe('WebAssembly SIMD on BigInts', () => {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const view = new DataView(memory.buffer);
  const bytes = new Uint8Array(memory.buffer);
  const operations = new SimdOperations();

  it.each(simdNames)('%s', (name) => {
    const next = generator(simdNames.indexOf(name) + 1);
    for (const lane of /_lane/.test(name) ? LANES : [0]) {
      const { operands, scalar, run } = compile(name, lane, memory);
      const type = scalarType(name);
      const scalarBits = type === Type.i64 || type === Type.f64 ? 64 : 32;
      const immediates = name === 'i8x16.shuffle' ? SHUFFLE : [lane];
      for (let round = 0; round < ROUNDS; round++) {
        randomBytes(bytes.subarray(0, RESULT_AT), next);
        const args = operands.map((operand, i) =>
          valueAt(view, 16 * i, operand === 'vector' ? 128 : operand === 'count' ? 32 : scalarBits),
        );
        run();
        const resultBits = !scalar ? 128 : /extract_lane/.test(name) ? scalarBits : 32;
        const expected = canonical(name, valueAt(view, RESULT_AT, resultBits), scalar);
        const actual = canonical(name, operations.evaluate(name, args, immediates), scalar);
        expect(actual.toString(16), args.map((arg) => arg.toString(16)).join(' ')).toBe(expected.toString(16));
      }
    }
  });
});
