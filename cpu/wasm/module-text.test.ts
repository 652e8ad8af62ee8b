import { describe, expect, it } from 'vitest';
import { CodeWriter } from './code-writer.ts';
import { ModuleBuilder } from './module-builder.ts';
import { moduleText } from './module-text.ts';
import { Op, Type } from './opcode.ts';

function textOf(write: (code: CodeWriter) => void, locals: readonly number[] = []): string[] {
  const builder = new ModuleBuilder();
  builder.importSharedMemory('k42', 'memory', { min: 1, max: 65536 });
  builder.importFunction('k42', 'dispatch', builder.type([Type.i32], []));
  const code = new CodeWriter();
  write(code);
  builder.exportFunction('f', builder.function(builder.type([Type.i32], []), locals, code));
  return [...moduleText(builder.build())];
}

describe('moduleText', () => {
  it('shows imports, locals, and blocks by their depth', () => {
    const lines = textOf(
      (code) => {
        const label = code.block();
        code.loop();
        code.localGet(0);
        code.brIf(label);
        code.i32Const(-5);
        code.call(0);
        code.br(label + 1);
        code.end();
        code.end();
      },
      [Type.i32, Type.i64, Type.i64],
    );
    expect(lines).toEqual([
      '(import "k42" "memory" (memory))',
      '(import "k42" "dispatch" (function))',
      '(func',
      '  (locals 1 i32, 2 i64)',
      '  block',
      '    loop',
      '      local.get 0',
      '      br_if 1',
      '      i32.const -5',
      '      call $dispatch',
      '      br 0',
      '    end',
      '  end',
      ')',
    ]);
  });

  it('reads every kind of immediate', () => {
    const lines = textOf((code) => {
      code.i64Const(-(2n ** 63n));
      code.v128Const(0x1111111122222222n, 0x3333333344444444n);
      code.memory(Op['i64.load'], 0x123456, 3);
      code.memory(Op['v128.load'], 0);
      code.memoryLane(Op['v128.load32_lane'], 2, 16);
      code.lane(Op['i32x4.extract_lane'], 3);
      code.shuffle(Array.from({ length: 16 }, (_, i) => 15 - i));
      code.memoryCopy();
      code.op(Op['f64x2.sqrt']);
      code.op(Op['i32.trunc_sat_f64_s']);
      code.if(Type.i64);
      code.brTable([0, 0]);
      code.else();
      code.end();
    });
    expect(lines.slice(3, -1).map((line) => line.trim())).toEqual([
      'i64.const -9223372036854775808',
      'v128.const i32x4 0x22222222 0x11111111 0x44444444 0x33333333',
      'i64.load offset=1193046 align=8',
      'v128.load align=1',
      'v128.load32_lane offset=16 align=1 2',
      'i32x4.extract_lane 3',
      `i8x16.shuffle ${Array.from({ length: 16 }, (_, i) => 15 - i).join(' ')}`,
      'memory.copy 0 0',
      'f64x2.sqrt',
      'i32.trunc_sat_f64_s',
      'if (result i64)',
      'br_table 0 0',
      'else',
      'end',
    ]);
  });
});
