/** Breakpoints in every form of code: interpreted, translated, evaluated, decoded before or after they were set. */
import { describe, expect, it } from 'vitest';
import { guestAddress } from './address.ts';
import { Trap, type Cpu, type Engine } from './engine.ts';
import { EvaluatorEngine } from './evaluate/evaluator-engine.ts';
import { NativeEngine } from './native-engine.ts';
import { Gpr, Rflags } from './state-layout.ts';

const CODE = 0x400000;
const RWX = 7;
const memories = new NativeEngine();
const engines: readonly (readonly [string, Engine])[] = [
  ['interpreter', new NativeEngine({ tiers: 'interpretOnly' })],
  ['translator', new NativeEngine({ hotAfter: 20 })],
  ['translator, at sight', new NativeEngine({ hotAfter: 0 })],
  ['evaluator', new EvaluatorEngine(() => memories.createMemory())],
];

/** add eax, 1; add ebx, 2; dec ecx; jnz to the start; syscall. */
const LOOP = [0x83, 0xc0, 0x01, 0x83, 0xc3, 0x02, 0xff, 0xc9, 0x75, 0xf6, 0x0f, 0x05];
const [SECOND, BRANCH] = [CODE + 3, CODE + 8];

function start(engine: Engine, turns: number, code: readonly number[] = LOOP): Cpu {
  const memory = engine.createMemory();
  memory.mapZero(guestAddress(CODE), 2, RWX);
  memory.write(guestAddress(CODE), Uint8Array.from(code));
  const cpu = engine.createCpu(memory);
  cpu.state.rip = CODE;
  cpu.state.setNumber(Gpr.rcx, turns);
  return cpu;
}

/** Until something other than the end of its fuel. */
function run(cpu: Cpu): Trap {
  for (;;) {
    const trap = cpu.run(10_000);
    if (trap !== Trap.Preempted) return trap;
  }
}

function registers({ state }: Cpu): number[] {
  return [state.rip, state.number(Gpr.rax), state.number(Gpr.rbx), state.number(Gpr.rcx)];
}

describe.each(engines)('%s', (name, engine) => {
  it('stops before the instruction, each time, and passes with RF', () => {
    const cpu = start(engine, 500);
    cpu.memory.breakpoints.add(SECOND);
    for (let turn = 1; turn <= 500; turn++) {
      expect(run(cpu)).toBe(Trap.BreakpointReached);
      expect(registers(cpu)).toEqual([SECOND, turn, 2 * (turn - 1), 501 - turn]);
      // Without RF nothing happens.
      if (turn === 3) expect(run(cpu)).toBe(Trap.BreakpointReached);
      cpu.state.rflags |= Rflags.RF;
    }
    expect(run(cpu)).toBe(Trap.Syscall);
    expect(registers(cpu)).toEqual([CODE + LOOP.length, 500, 1000, CODE + LOOP.length]);
    expect(cpu.state.rflags & Rflags.RF).toBe(0);
  });

  it('is honoured in a loop that is hot, and when it is gone the loop goes on', () => {
    const cpu = start(engine, 20_000);
    // A region may charge for more than a turn executes: some slices, so that the loop is hot for sure.
    for (let slice = 0; slice < 10; slice++) expect(cpu.run(5000)).toBe(Trap.Preempted);
    const { breakpoints } = cpu.memory;
    breakpoints.add(BRANCH);
    expect(run(cpu)).toBe(Trap.BreakpointReached);
    const [rip, eax, ebx, ecx] = registers(cpu);
    expect([rip, ebx, ecx]).toEqual([BRANCH, 2 * eax!, 20_000 - eax!]);
    expect(eax).toBeGreaterThan(20);
    breakpoints.delete(BRANCH);
    expect(run(cpu)).toBe(Trap.Syscall);
    expect(registers(cpu).slice(1, 3)).toEqual([20_000, 40_000]);
    // Set again, it is honoured by code that was made meanwhile.
    cpu.state.rip = CODE;
    cpu.state.setNumber(Gpr.rcx, 3000);
    breakpoints.add(SECOND);
    expect(run(cpu)).toBe(Trap.BreakpointReached);
    expect(registers(cpu)[1]).toBe(20_001);
  });

  it('leaves the code as it is, and other memories alone', () => {
    const [watched, other] = [start(engine, 100), start(engine, 100)];
    watched.memory.breakpoints.add(CODE);
    const bytes = new Uint8Array(LOOP.length);
    watched.memory.read(guestAddress(CODE), bytes);
    expect([...bytes]).toEqual(LOOP);
    expect([run(watched), run(other)]).toEqual([Trap.BreakpointReached, Trap.Syscall]);
    expect(registers(watched)).toEqual([CODE, 0, 0, 100]);
  });

  // The evaluator as an engine knows no trap flag.
  it.skipIf(name === 'evaluator')('traps after a single step onto it, then at it', () => {
    const cpu = start(engine, 2);
    cpu.memory.breakpoints.add(SECOND);
    cpu.state.rflags |= Rflags.TF;
    expect(run(cpu)).toBe(Trap.Debug);
    expect(run(cpu)).toBe(Trap.BreakpointReached);
    expect(registers(cpu)).toEqual([SECOND, 1, 0, 2]);
  });

  it('lets a repeated move pass as a whole', () => {
    // rep stosb; syscall
    const mover = start(engine, 300, [0xf3, 0xaa, 0x0f, 0x05]);
    mover.state.setNumber(Gpr.rdi, CODE + 0x1000);
    mover.memory.breakpoints.add(CODE);
    expect(run(mover)).toBe(Trap.BreakpointReached);
    mover.state.rflags |= Rflags.RF;
    expect(run(mover)).toBe(Trap.Syscall);
    expect(mover.state.number(Gpr.rdi)).toBe(CODE + 0x1000 + 300);
  });
});
