/** Scalar floating-point operations and conversions, evaluated here and executed by this host's WebAssembly engine. */
import { describe, expect, it } from 'vitest';
import { CodeWriter } from '../wasm/code-writer.ts';
import { ModuleBuilder } from '../wasm/module-builder.ts';
import { Op, type OpName } from '../wasm/opcode.ts';
import { evaluateConversion, evaluateFloat, isFloatComparison, isNan } from './wasm-float.ts';

const ARITHMETIC = 'add sub mul div min max copysign eq ne lt gt le ge'.split(' ');
const UNARY = 'sqrt abs neg ceil floor trunc nearest'.split(' ');
const CONVERSIONS = (Object.keys(Op) as OpName[]).filter((name) =>
  /^[if]\d+\.(convert_|demote|promote|trunc_sat)/.test(name),
);

const EDGES_32 = [
  0n,
  1n << 31n,
  0x3f80_0000n,
  0x7f80_0000n,
  0xff80_0000n,
  0x7fc0_1234n,
  1n,
  0x7f_ffffn,
  0x4f00_0000n,
  0xcf00_0000n,
  0x5f00_0000n,
  0x3f00_0000n,
  0x4b00_0001n,
];
const EDGES_64 = [
  0n,
  1n << 63n,
  0x3ff0n << 48n,
  0x7ff0n << 48n,
  0xfff0n << 48n,
  (0x7ff8n << 48n) | 77n,
  1n,
  0x41df_ffff_ffc0_0000n,
  0xc1e0n << 48n,
  0x43e0n << 48n,
  0x3fe0n << 48n,
  0x7fff_ffff_ffff_ff3fn & 0x47ef_ffff_f000_0000n,
  0x8000_0000_0000_0401n,
];

type Bits = 32 | 64;

function edges(bits: Bits): readonly bigint[] {
  return bits === 32 ? EDGES_32 : EDGES_64;
}

const LOADS = { i32: Op['i32.load'], i64: Op['i64.load'], f32: Op['f32.load'], f64: Op['f64.load'] } as const;
const STORES = { i32: Op['i32.store'], i64: Op['i64.store'], f32: Op['f32.store'], f64: Op['f64.store'] } as const;
type Kind = keyof typeof LOADS;

/** name(memory[0], memory[8]) stored at 16, as bit patterns. */
function onHost(name: OpName, from: Kind, to: Kind, count: number): (args: readonly bigint[]) => bigint {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const code = new CodeWriter();
  code.i32Const(0);
  for (let i = 0; i < count; i++) {
    code.i32Const(0);
    code.memory(LOADS[from], 8 * i);
  }
  code.op(Op[name]);
  code.memory(STORES[to], 16);
  const builder = new ModuleBuilder();
  builder.importMemory('e', 'm', { min: 1 });
  builder.exportFunction('f', builder.function(builder.type([], []), [], code));
  const module = new WebAssembly.Module(builder.build() as Uint8Array<ArrayBuffer>);
  const run = new WebAssembly.Instance(module, { e: { m: memory } }).exports['f'] as () => void;
  const view = new DataView(memory.buffer);
  return (args) => {
    for (const [i, arg] of args.entries()) view.setBigUint64(8 * i, arg, true);
    run();
    return to.endsWith('32') ? BigInt(view.getUint32(16, true)) : view.getBigUint64(16, true);
  };
}

/** Which NaN is the engine's choice. */
function canonical(kind: Kind, bits: bigint): string {
  if (kind === 'f32' || kind === 'f64') {
    if (isNan(kind === 'f32' ? 32 : 64, bits)) return 'NaN';
  }
  return bits.toString(16);
}

describe.each([32, 64] as const)('f%d', (bits) => {
  it.each([...ARITHMETIC, ...UNARY])('%s', (name) => {
    const kind: Kind = bits === 32 ? 'f32' : 'f64';
    const to = isFloatComparison(name) ? 'i32' : kind;
    const count = UNARY.includes(name) ? 1 : 2;
    const host = onHost(`${kind}.${name}` as OpName, kind, to, count);
    for (const a of edges(bits)) {
      for (const b of count === 2 ? edges(bits) : [0n]) {
        const args = [a, b].slice(0, count);
        const actual = canonical(to, evaluateFloat(bits, name, args));
        expect(actual, args.map((arg) => arg.toString(16)).join(' ')).toBe(canonical(to, host(args)));
      }
    }
  });
});

describe('conversions', () => {
  it.each(CONVERSIONS)('%s', (name) => {
    const to = name.slice(0, 3) as Kind;
    const from = /_([if](?:32|64))/.exec(name)![1] as Kind;
    const host = onHost(name, from, to, 1);
    const bits = Number(from.slice(1)) as Bits;
    for (const a of [...edges(bits), 0x7fff_ffffn, 0x8000_0001n, 0xffff_ffffn, 0x0100_0001n, 0x0100_0003n]) {
      expect(canonical(to, evaluateConversion(name, a)), a.toString(16)).toBe(canonical(to, host([a])));
    }
    if (bits === 64) {
      for (const a of [(1n << 63n) - 1n, (1n << 53n) + 1n, (1n << 62n) + (1n << 38n) + 1n, (1n << 64n) - 1n]) {
        expect(canonical(to, evaluateConversion(name, a)), a.toString(16)).toBe(canonical(to, host([a])));
      }
    }
  });
});
