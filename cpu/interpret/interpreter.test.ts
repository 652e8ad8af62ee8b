/**
 * The interpreter's handlers against the evaluator: random instructions on random states, one at a time, in equal
 * memories. Everything must agree: registers, flags, vectors, memory, the trap and its address.
 */
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE, guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import { EvaluatorEngine } from '../evaluate/evaluator-engine.ts';
import { ArenaPool } from '../memory/arena.ts';
import { FrameStore } from '../memory/frame-store.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { NativeEngine } from '../native-engine.ts';
import { Gpr, State } from '../state-layout.ts';
import type { CpuState } from '../state.ts';
import { decode } from '../x86/decode.ts';

const CODE = 0x400000;
const DATA = 0x500000;
const HIGH = 0x5_0000_0000;
const UNCOMPARED: ReadonlySet<string> = new Set(['rdtsc', 'rdtscp']);
const BULK: ReadonlySet<string> = new Set(['movs', 'stos']);
const NO_TRAP = -1;

const engine = new NativeEngine();
const pool = new ArenaPool();
const evaluatorEngine = new EvaluatorEngine(() => new PagedMemory(pool));

function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Next = (below: number) => number;

/** In place and writable, a shared frame, read-only, then nothing; and two pages above 4 GiB. */
function map(memory: PagedMemory, content: Uint8Array): void {
  const frame = new FrameStore().allocate();
  memory.mapZero(guestAddress(CODE), 1, 5);
  memory.mapZero(guestAddress(DATA), 2, 3);
  memory.mapFrame(guestAddress(DATA + 2 * PAGE_SIZE), frame, 3);
  memory.mapZero(guestAddress(DATA + 3 * PAGE_SIZE), 1, 1);
  memory.mapZero(guestAddress(HIGH), 2, 3);
  memory.write(guestAddress(DATA), content.subarray(0, 3 * PAGE_SIZE));
  memory.write(guestAddress(HIGH), content.subarray(0, 2 * PAGE_SIZE));
}

function randomBytes(next: Next): Uint8Array {
  const bytes: number[] = [];
  const pick = <T>(choices: readonly T[]): T => choices[next(choices.length)]!;
  bytes.push(...pick<number[]>([[], [], [], [0x66], [0xf2], [0xf3], [0x64], [0xf0]]));
  if (next(2) === 0) bytes.push(0x40 + next(16));
  bytes.push(...pick<number[]>([[], [], [0x0f], [0x0f], [0x0f, 0x38], [0x0f, 0x3a]]));
  bytes.push(next(256), next(256), next(256));
  // Displacements and immediates: small ones keep addresses in the data pages.
  bytes.push(next(256), next(8), 0, 0, next(256), next(256), next(256), next(256));
  const padded = new Uint8Array(64);
  padded.set(bytes);
  return padded;
}

function randomize(state: CpuState, next: Next): void {
  const word = (): bigint => (BigInt(next(2 ** 32)) << 32n) | BigInt(next(2 ** 32));
  const interesting = [
    0n,
    1n,
    0x7fn,
    0x80n,
    0xffn,
    0x8000n,
    0x7fffffffn,
    0x80000000n,
    0xffffffffn,
    2n ** 63n,
    2n ** 64n - 1n,
  ];
  for (let i = 0; i < 16; i++) {
    const kind = next(10);
    if (kind < 5) state.gpr[i] = BigInt(DATA + next(3 * PAGE_SIZE + 8));
    else if (kind === 5) state.gpr[i] = BigInt(HIGH + next(2 * PAGE_SIZE));
    else state.gpr[i] = kind < 8 ? interesting[next(interesting.length)]! : word();
  }
  state.fsBase = next(4096);
  for (let offset = State.xmm; offset < State.xmm + 16 * 32; offset += 32) {
    for (let half = 0; half < 16; half += 8) state.view.setBigUint64(offset + half, word(), true);
  }
  state.rflags = 0x202 | (next(2 ** 12) & 0x8d5) | (next(4) === 0 ? 0x400 : 0);
}

/** What an instruction may change, as one string to compare. */
function snapshot(state: CpuState, trap: number): string {
  const registers = [...state.gpr].map((value) => value.toString(16));
  const vectors = Buffer.from(state.bytes.subarray(State.xmm, State.st)).toString('hex');
  const x87 = Buffer.from(state.bytes.subarray(State.st, State.fip)).toString('hex');
  const fault = trap === Trap.PageFault ? `${state.trapAddress} ${state.trapAccess} ${state.trapReason}` : '';
  return [
    trap,
    fault,
    state.rflags.toString(16),
    // Exceptions are noted by the evaluator alone.
    state.view.getUint32(State.mxcsr, true) & ~0x3f,
    ...registers,
    vectors,
    x87,
  ].join(' ');
}

describe('handlers against the evaluator', () => {
  it.each([1, 2, 3, 4])('random instructions, seed %i', (seed) => {
    const next = random(seed);
    const content = Uint8Array.from({ length: 3 * PAGE_SIZE }, () => next(256));
    const native = engine.createMemory() as PagedMemory;
    const oracle = evaluatorEngine.createMemory() as PagedMemory;
    map(native, content);
    map(oracle, content);
    const cpu = engine.createCpu(native);
    const judge = evaluatorEngine.createCpu(oracle);
    let compared = 0;
    for (let round = 0; round < 12000; round++) {
      const bytes = randomBytes(next);
      const instruction = decode(bytes, 0, guestAddress(CODE));
      if (typeof instruction === 'number' || UNCOMPARED.has(instruction.mnemonic)) continue;
      for (const memory of [native, oracle]) memory.pageBytes(guestAddress(CODE))!.set(bytes);
      randomize(judge.state, next);
      judge.state.rip = CODE;
      cpu.state.copyFrom(judge.state);
      let expected = judge.run(1);
      const trap = cpu.step();
      // A handler may do several iterations of a repeated instruction at once.
      while (BULK.has(instruction.mnemonic) && judge.state.rip === CODE && judge.state.gpr[1]! > cpu.state.gpr[1]!) {
        expected = judge.run(1);
      }
      // … and then stand at one that faults.
      if (trap === Trap.PageFault && expected === Trap.Preempted) expected = judge.run(1);
      const name = `${Buffer.from(bytes.subarray(0, instruction.length)).toString('hex')} ${instruction.mnemonic}`;
      expect(`${name}: ${snapshot(cpu.state, trap)}`).toBe(
        `${name}: ${snapshot(judge.state, expected === Trap.Preempted ? NO_TRAP : expected)}`,
      );
      compared++;
      if (compared % 8 === 0) expectSameMemory(native, oracle, name);
    }
    expect(compared).toBeGreaterThan(3000);
    cpu.dispose();
  });

  // One handler for every base register once stored 8 bytes too low: found by the host's processor.
  it('pop to memory addresses relative to the increased rsp', () => {
    const memory = engine.createMemory() as PagedMemory;
    map(memory, new Uint8Array(3 * PAGE_SIZE));
    // pop qword [rsp + 16]
    memory.pageBytes(guestAddress(CODE))!.set([0x8f, 0x44, 0x24, 0x10]);
    memory.writeU64(guestAddress(DATA), 0x1234n);
    const cpu = engine.createCpu(memory);
    cpu.state.rip = CODE;
    cpu.state.setNumber(Gpr.rsp, DATA);
    expect(cpu.step()).toBe(NO_TRAP);
    expect(memory.readU64(guestAddress(DATA + 24))).toBe(0x1234n);
    expect(memory.readU64(guestAddress(DATA + 16))).toBe(0n);
    cpu.dispose();
  });
});

function expectSameMemory(a: PagedMemory, b: PagedMemory, name: string): void {
  for (const base of [DATA, HIGH]) {
    const views = [a, b].map((memory) => {
      const bytes = new Uint8Array(2 * PAGE_SIZE);
      memory.read(guestAddress(base), bytes);
      return bytes;
    });
    if (Buffer.compare(views[0]!, views[1]!) !== 0) throw new Error(`memory differs after ${name}`);
  }
}
