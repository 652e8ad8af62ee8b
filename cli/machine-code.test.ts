import { setFlagsFromString } from 'node:v8';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NO_MACHINE_CODE } from '../cpu/machine-code.ts';
import { CodeWriter } from '../cpu/wasm/code-writer.ts';
import { ModuleBuilder } from '../cpu/wasm/module-builder.ts';
import { Op, Type } from '../cpu/wasm/opcode.ts';
import { machineCodeOfHost } from './machine-code.ts';

const isKnown = process.versions.v8.startsWith('11.3.');
const OPTIMIZED_MS = 60_000;

/** f(n): 0 + 1 + … + (n - 1), from `first`: V8 knows modules again by their bytes. */
function sums(first: number): Uint8Array<ArrayBuffer> {
  const builder = new ModuleBuilder();
  const code = new CodeWriter();
  code.i32Const(first);
  code.localSet(1);
  const again = code.loop();
  code.localGet(0);
  code.i32Const(1);
  code.op(Op['i32.sub']);
  code.localTee(0);
  code.localGet(1);
  code.op(Op['i32.add']);
  code.localSet(1);
  code.localGet(0);
  code.brIf(again);
  code.end();
  code.localGet(1);
  builder.exportFunction('f', builder.function(builder.type([Type.i32], [Type.i32]), [Type.i32], code));
  return builder.build();
}

function functionOf(module: WebAssembly.Module): (n: number) => number {
  return new WebAssembly.Instance(module).exports['f'] as (n: number) => number;
}

/** Of a module with that function, once it has been optimized. */
async function optimized(wasm: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const module = new WebAssembly.Module(wasm);
  const sum = functionOf(module);
  const host = machineCodeOfHost();
  expect(host.of(module, sum)).toBeUndefined();
  for (;;) {
    sum(1_000_000);
    const code = host.of(module, sum);
    if (code) return code;
    await nextTurn();
  }
}

describe.runIf(isKnown)('machine code', () => {
  it('is taken back where it was made, unless it is damaged', { timeout: OPTIMIZED_MS }, async () => {
    const wasm = sums(0);
    const code = await optimized(wasm);
    const host = machineCodeOfHost();
    const restored = host.restore(wasm, code)!;
    expect(functionOf(restored)(100)).toBe(4950);
    expect(host.of(restored, functionOf(restored))).toBeDefined();
    for (const at of [0, 4, 12, code.length >> 1, code.length - 1]) {
      const damaged = code.slice();
      damaged[at]! ^= 1;
      expect(host.restore(wasm, damaged)).toBeUndefined();
    }
    for (const length of [0, 3, 4, 20, code.length - 4]) {
      expect(host.restore(wasm, code.slice(0, length))).toBeUndefined();
    }
  });

  it('is not taken by a V8 with other flags', { timeout: OPTIMIZED_MS }, async () => {
    const wasm = sums(1);
    const code = await optimized(wasm);
    setFlagsFromString('--wasm-tiering-budget=1700000');
    expect(machineCodeOfHost().restore(wasm, code)).toBeUndefined();
    setFlagsFromString('--wasm-tiering-budget=1800000');
    expect(machineCodeOfHost().restore(wasm, code)).toBeDefined();
  });
});

describe.runIf(!isKnown)('machine code of an unknown V8', () => {
  it('is left to it', () => {
    expect(machineCodeOfHost()).toBe(NO_MACHINE_CODE);
  });
});
