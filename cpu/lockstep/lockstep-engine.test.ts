import { expect, test } from 'vitest';
import { guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import type { Cpu, Engine } from '../engine.ts';
import { EvaluatorEngine } from '../evaluate/evaluator-engine.ts';
import { ArenaPool } from '../memory/arena.ts';
import { FaultOutcome, Permission } from '../memory/guest-memory.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { Gpr } from '../state-layout.ts';
import { loadUnicorn } from '../unicorn/load-unicorn.ts';
import { UnicornEngine } from '../unicorn/unicorn-engine.ts';
import { LockstepEngine } from './lockstep-engine.ts';
import { LockstepDifference } from './lockstep-difference.ts';

const CODE = 0x400000;
const DATA = 0x500000;
const provider = await loadUnicorn();
if (provider === undefined) {
  if (process.env['CI'] === 'true') throw new Error('libunicorn2 and koffi are needed');
  console.warn('lock-step tests skipped: libunicorn or koffi is not installed');
}

const pool = new ArenaPool();
const evaluator = (): Engine => new EvaluatorEngine(() => new PagedMemory(pool));

function start(leader: Engine, code: readonly number[]): Cpu {
  const unicorn = new UnicornEngine(provider!, () => new PagedMemory(pool));
  const engine = new LockstepEngine(leader, unicorn);
  const memory = engine.createMemory();
  memory.mapCopy(guestAddress(CODE), Uint8Array.from(code), Permission.Read | Permission.Execute);
  const cpu = engine.createCpu(memory);
  cpu.state.rip = CODE;
  return cpu;
}

/** The evaluator with one wrong instruction: after RIP reaches `at`, RAX is off by one. */
function wrongAt(at: number): Engine {
  const right = evaluator();
  return {
    name: 'wrong',
    processor: right.processor,
    createMemory: () => right.createMemory(),
    createCpu(memory: GuestMemory): Cpu {
      const cpu = right.createCpu(memory);
      return {
        memory,
        state: cpu.state,
        run(fuel: number): Trap {
          const trap = cpu.run(fuel);
          if (cpu.state.rip === at) cpu.state.setNumber(Gpr.rax, cpu.state.number(Gpr.rax) + 1);
          return trap;
        },
        dispose: () => cpu.dispose(),
      };
    },
  };
}

/** mov ecx, 5; l: add eax, ecx; loop l; mov [DATA], eax; add dword [DATA], 1; syscall */
const SUM = [
  ...[0xb9, 5, 0, 0, 0, 0x01, 0xc8, 0xe2, 0xfc, 0x89, 0x04, 0x25, 0, 0, 0x50, 0],
  ...[0x83, 0x04, 0x25, 0, 0, 0x50, 0, 1, 0x0f, 0x05],
];

test.skipIf(provider === undefined)('equal engines run through, demand faults included', () => {
  const cpu = start(evaluator(), SUM);
  let faults = 0;
  cpu.memory.setFaultHandler((page) => {
    faults++;
    if (page !== DATA) return FaultOutcome.Unmapped;
    cpu.memory.mapZero(page, 1, Permission.Read | Permission.Write);
    return FaultOutcome.Resolved;
  });
  expect(cpu.run(1000)).toBe(Trap.Syscall);
  expect(faults).toBe(1);
  expect(cpu.state.number(Gpr.rax)).toBe(15);
  expect(cpu.memory.readU32(guestAddress(DATA))).toBe(16);
  cpu.dispose();
});

test.skipIf(provider === undefined)('what the kernel writes between runs reaches the shadow', () => {
  const cpu = start(evaluator(), [...SUM.slice(0, -2), 0x0f, 0x05, ...SUM.slice(16)]);
  cpu.memory.mapZero(guestAddress(DATA), 1, Permission.Read | Permission.Write);
  expect(cpu.run(1000)).toBe(Trap.Syscall);
  cpu.memory.writeU32(guestAddress(DATA), 41);
  expect(cpu.run(1000)).toBe(Trap.Syscall);
  expect(cpu.memory.readU32(guestAddress(DATA))).toBe(42);
  cpu.dispose();
});

test.skipIf(provider === undefined)('the first wrong instruction is named, with both states', () => {
  const cpu = start(wrongAt(CODE + 7), SUM);
  let report = '';
  try {
    cpu.run(1000);
  } catch (error) {
    if (!(error instanceof LockstepDifference)) throw error;
    report = error.message;
  }
  expect(report).toContain('engines differ: rax');
  expect(report).toMatch(/0x400005 {2}add/);
  expect(report).toMatch(/\* rax +0 +6 +5/);
});

test.skipIf(provider === undefined)('both refuse the same address', () => {
  const cpu = start(evaluator(), SUM);
  expect(cpu.run(1000)).toBe(Trap.PageFault);
  expect(cpu.state.trapAddress).toBe(DATA);
  cpu.dispose();
});
