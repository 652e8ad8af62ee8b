/** crc32 on every back end against its definition, a bit at a time. */
import { expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { Trap, type Engine } from '../engine.ts';
import { EvaluatorEngine } from '../evaluate/evaluator-engine.ts';
import { ArenaPool } from '../memory/arena.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr } from '../state-layout.ts';

const CODE = guestAddress(0x400000);
const CASTAGNOLI = 0x82f63b78n;
/** Of eax and ecx, a loop for hot code: crc32 eax, cl|cx|ecx; crc32 rax, rcx; with dec edi, jnz back; syscall. */
const forms: readonly [bits: number, bytes: readonly number[]][] = [
  [8, [0xf2, 0x0f, 0x38, 0xf0, 0xc1]],
  [16, [0x66, 0xf2, 0x0f, 0x38, 0xf1, 0xc1]],
  [32, [0xf2, 0x0f, 0x38, 0xf1, 0xc1]],
  [64, [0xf2, 0x48, 0x0f, 0x38, 0xf1, 0xc1]],
];
const TURNS = 300;

const pool = new ArenaPool();
const engines: readonly [string, Engine][] = [
  ['evaluator', new EvaluatorEngine(() => new PagedMemory(pool))],
  ['interpreter', new NativeEngine({ tiers: 'interpretOnly' })],
  ['translator', new NativeEngine({ tiers: 'translate', hotAfter: 20 })],
];

function definition(bits: number, sum: bigint, source: bigint): bigint {
  let rest = (sum & 0xffffffffn) ^ BigInt.asUintN(bits, source);
  for (let bit = 0; bit < bits; bit++) rest = (rest >> 1n) ^ (rest & 1n ? CASTAGNOLI : 0n);
  return rest;
}

it.each(engines)('%s', (_name, engine) => {
  for (const [bits, bytes] of forms) {
    const memory = engine.createMemory();
    memory.mapZero(CODE, 1, 7);
    // add rcx, rbx makes every turn's source another.
    const loop = [...bytes, 0x48, 0x01, 0xd9, 0xff, 0xcf];
    memory.write(CODE, Uint8Array.from([...loop, 0x75, 0x100 - loop.length - 2, 0x0f, 0x05]));
    const cpu = engine.createCpu(memory);
    let [sum, source] = [0xfeed_face_9876_5432n, 0x0123_4567_89ab_cdefn];
    const step = 0x9e37_79b9_7f4a_7c15n;
    cpu.state.gpr[Gpr.rax] = sum;
    cpu.state.gpr[Gpr.rcx] = source;
    cpu.state.gpr[Gpr.rbx] = step;
    cpu.state.setNumber(Gpr.rdi, TURNS);
    cpu.state.rip = CODE;
    expect(cpu.run(1_000_000)).toBe(Trap.Syscall);
    for (let turn = 0; turn < TURNS; turn++) {
      sum = definition(bits, sum, source);
      source = BigInt.asUintN(64, source + step);
    }
    expect([bits, cpu.state.gpr[Gpr.rax]]).toEqual([bits, sum]);
  }
});
