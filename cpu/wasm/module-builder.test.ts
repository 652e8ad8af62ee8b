import { describe, expect, it } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { BranchHint, CodeWriter } from './code-writer.ts';
import { ModuleBuilder } from './module-builder.ts';
import { Op, Type } from './opcode.ts';

type Callable = (...args: unknown[]) => unknown;

function instantiate(builder: ModuleBuilder, imports: WebAssembly.Imports = {}): Record<string, Callable> {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(builder.build()), imports);
  return instance.exports as Record<string, Callable>;
}

/** A module with one exported function `f` made by `write`. */
function single(params: number[], results: number[], locals: number[], write: (code: CodeWriter) => void): Callable {
  const builder = new ModuleBuilder();
  const code = new CodeWriter();
  write(code);
  builder.exportFunction('f', builder.function(builder.type(params, results), locals, code));
  return instantiate(builder)['f']!;
}

describe('LEB128', () => {
  it('gives back every boundary value as an i32 and i64 constant', () => {
    for (const value of [0, 1, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) {
      expect(single([], [Type.i32], [], (c) => c.i32Const(value))()).toBe(value);
      expect(single([], [Type.i64], [], (c) => c.i64Const(value))()).toBe(BigInt(value));
    }
    for (const value of [2n ** 31n, -(2n ** 31n) - 1n, 2n ** 63n - 1n, -(2n ** 63n), 0x123456789abcdefn]) {
      expect(single([], [Type.i64], [], (c) => c.i64Const(value))()).toBe(value);
    }
    expect(single([], [Type.i64], [], (c) => c.i64Const(2n ** 64n - 1n))()).toBe(-1n);
  });

  it('encodes unsigned values minimally', () => {
    const writer = new ByteWriter(1);
    writer.u32(127);
    writer.u32(128);
    writer.u32(0xffffffff);
    expect([...writer.view()]).toEqual([0x7f, 0x80, 0x01, 0xff, 0xff, 0xff, 0xff, 0x0f]);
  });
});

describe('opcodes', () => {
  it('are accepted by the engine for every instruction without immediates', () => {
    const withImmediates =
      /^(block|loop|if|else|end|br|return|call|local|global|table|memory|elem|data|v128\.(load|store|const)|i8x16\.shuffle)|(load|store|const)|_lane|select|drop|unreachable|nop/;
    for (const [name, code] of Object.entries(Op)) {
      if (withImmediates.test(name)) continue;
      const body = new CodeWriter();
      // After `unreachable` the stack is polymorphic: any operand types are fine, so only the encoding is judged.
      body.op(Op.unreachable);
      body.op(code);
      body.op(Op.unreachable);
      const builder = new ModuleBuilder();
      builder.function(builder.type([], []), [], body);
      expect(WebAssembly.validate(builder.build()), name).toBe(true);
    }
  });

  it('compute what their names say', () => {
    const sum = single([Type.i64, Type.i64], [Type.i64], [], (c) => {
      c.localGet(0);
      c.localGet(1);
      c.op(Op['i64.add']);
    });
    expect(sum(2n ** 63n - 1n, 1n)).toBe(-(2n ** 63n));
    const saturated = single([Type.f64], [Type.i32], [], (c) => {
      c.localGet(0);
      c.op(Op['i32.trunc_sat_f64_s']);
    });
    expect(saturated(1e300)).toBe(2 ** 31 - 1);
    const lanes = single([], [Type.i32], [], (c) => {
      c.v128Const(0x0706050403020100n, 0x0f0e0d0c0b0a0908n);
      c.v128Const(0n, 0n);
      c.shuffle([15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
      c.op(Op['i8x16.popcnt']);
      c.lane(Op['i8x16.extract_lane_u'], 0);
    });
    expect(lanes()).toBe(4);
  });
});

describe('control flow', () => {
  it('counts block depth for branches, tables and loops', () => {
    const pick = single([Type.i32], [Type.i32], [], (c) => {
      const outer = c.block();
      const inner = c.block();
      c.localGet(0);
      c.brTable([inner, outer]);
      c.end();
      c.i32Const(10);
      c.op(Op.return);
      c.end();
      c.i32Const(20);
    });
    expect([pick(0), pick(1), pick(7)]).toEqual([10, 20, 20]);
    const count = single([Type.i32], [Type.i32], [Type.i32], (c) => {
      const head = c.loop();
      c.localGet(1);
      c.i32Const(3);
      c.op(Op['i32.add']);
      c.localSet(1);
      c.localGet(0);
      c.i32Const(1);
      c.op(Op['i32.sub']);
      c.localTee(0);
      c.brIf(head, BranchHint.Likely);
      c.end();
      c.localGet(1);
    });
    expect(count(5)).toBe(15);
  });

  it('keeps locals of mixed types apart', () => {
    const mixed = single([Type.i32], [Type.i64], [Type.i64, Type.i64, Type.v128, Type.i64], (c) => {
      c.i64Const(5);
      c.localSet(4);
      c.localGet(4);
    });
    expect(mixed(0)).toBe(5n);
  });
});

describe('modules', () => {
  it('import a shared memory and functions, and fill a table for tail calls', () => {
    const builder = new ModuleBuilder();
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4, shared: true });
    builder.importSharedMemory('e', 'm', { min: 1, max: 2 });
    expect(() => instantiate(builder, { e: { m: memory } })).toThrow(WebAssembly.LinkError);
    builder.clear();
    builder.importSharedMemory('e', 'm', { min: 1, max: 4 });
    const unary = builder.type([Type.i32], [Type.i32]);
    expect(builder.type([Type.i32], [Type.i32])).toBe(unary);
    const host = builder.importFunction('e', 'f', unary);
    const table = builder.table({ min: 2 });
    const code = new CodeWriter();
    code.localGet(0);
    code.i32Const(0);
    code.returnCallIndirect(unary, table);
    const jump = builder.function(unary, [], code);
    code.clear();
    code.localGet(0);
    code.memory(Op['i32.load'], 8);
    code.call(host);
    const load = builder.function(unary, [], code);
    expect(load).toBe(builder.functionIndex(1));
    builder.elements(table, 0, [load, jump]);
    builder.exportFunction('jump', jump);
    builder.exportTable('table', table);
    new Int32Array(memory.buffer)[3] = 41;
    const exports = instantiate(builder, { e: { m: memory, f: (x: number) => x + 1 } });
    expect(exports['jump']!(4)).toBe(42);
    expect((exports['table'] as unknown as WebAssembly.Table).length).toBe(2);
  });

  it('carry branch hints in a section that engines accept', () => {
    const builder = new ModuleBuilder();
    const code = new CodeWriter();
    code.localGet(0);
    code.if(undefined, BranchHint.Unlikely);
    code.end();
    builder.function(builder.type([Type.i32], []), [], code);
    const bytes = builder.build();
    const [section] = WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'metadata.code.branch_hint');
    // One function, index 0, one hint: offset 3 (local count, local.get 0), one byte, unlikely.
    expect([...new Uint8Array(section!)]).toEqual([1, 0, 1, 3, 1, 0]);
  });
});
