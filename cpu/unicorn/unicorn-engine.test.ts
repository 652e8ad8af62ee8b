import { afterAll, describe, expect, test } from 'vitest';
import { guestAddress, PAGE_SIZE } from '../address.ts';
import { Trap } from '../engine.ts';
import type { Cpu } from '../engine.ts';
import { ArenaPool } from '../memory/arena.ts';
import { Access, FaultOutcome, Permission } from '../memory/guest-memory.ts';
import type { GuestMemory } from '../memory/guest-memory.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { Gpr, State } from '../state-layout.ts';
import { loadUnicorn } from './load-unicorn.ts';
import { UnicornEngine } from './unicorn-engine.ts';

const CODE = 0x400000;
const DATA = 0x500000;
const HIGH = 0x7f00_0000_0000;
const RX = Permission.Read | Permission.Execute;
const RW = Permission.Read | Permission.Write;
const provider = await loadUnicorn();
if (provider === undefined) {
  if (process.env['CI'] === 'true') throw new Error('libunicorn2 and koffi are needed');
  console.warn('Unicorn tests skipped: libunicorn or koffi is not installed');
}

describe.skipIf(provider === undefined)('Unicorn engine', () => {
  const pool = new ArenaPool();
  const cpus: Cpu[] = [];
  const engine = provider === undefined ? undefined : new UnicornEngine(provider, () => new PagedMemory(pool));
  afterAll(() => {
    for (const cpu of cpus) cpu.dispose();
  });

  function cpuOn(memory: GuestMemory): Cpu {
    const cpu = engine!.createCpu(memory);
    cpus.push(cpu);
    cpu.state.rip = CODE;
    cpu.state.setNumber(Gpr.rsp, DATA + 0x800);
    return cpu;
  }

  function program(code: readonly number[], permissions: number = RX): Cpu {
    const memory = engine!.createMemory();
    memory.mapCopy(guestAddress(CODE), Uint8Array.from(code), permissions);
    memory.mapZero(guestAddress(DATA), 1, RW);
    return cpuOn(memory);
  }

  test('syscall sets RIP, RCX and R11 as hardware does', () => {
    const cpu = program([0x90, 0x0f, 0x05]);
    cpu.state.rflags = 0x247;
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.state.rip).toBe(CODE + 3);
    expect(cpu.state.number(Gpr.rcx)).toBe(CODE + 3);
    expect(cpu.state.number(Gpr.r11)).toBe(0x247);
  });

  test.each([
    ['int3', [0xcc], Trap.Breakpoint, 1],
    ['ud2', [0x0f, 0x0b], Trap.InvalidOpcode, 0],
    ['division by zero', [0xf7, 0xf0], Trap.DivideError, 0],
    ['hlt in user mode', [0xf4], Trap.GeneralProtection, 0],
    ['int 80h', [0xcd, 0x80], Trap.SoftwareInterrupt, 2],
    ['load at a non-canonical address', [0x48, 0x8b, 0x03], Trap.GeneralProtection, 0],
  ] as const)('%s', (_name, code, trap, advance) => {
    const cpu = program(code);
    cpu.state.gpr[Gpr.rbx] = 1n << 47n;
    // Three times: nothing of an exception stays behind.
    for (let round = 0; round < 3; round++) {
      cpu.state.rip = CODE;
      expect(cpu.run(100)).toBe(trap);
      expect(cpu.state.rip).toBe(CODE + advance);
    }
  });

  test('a refused access leaves registers and flags of the instruction before', () => {
    const cpu = program([0x48, 0x83, 0xc0, 0x01, 0x48, 0x89, 0x04, 0x25, 0, 0, 0x60, 0]); // add rax, 1; mov [600000h], rax
    cpu.state.gpr[Gpr.rax] = 0xffff_ffff_ffff_ffffn;
    expect(cpu.run(100)).toBe(Trap.PageFault);
    expect([cpu.state.rip, cpu.state.trapAddress, cpu.state.trapAccess]).toEqual([CODE + 4, 0x600000, Access.Write]);
    expect(cpu.state.trapReason).toBe(FaultOutcome.Unmapped);
    expect([cpu.state.number(Gpr.rax), cpu.state.rflags & 0x8d5]).toEqual([0, 0x55]);
  });

  test('fuel counts instructions', () => {
    const cpu = program([0x48, 0xff, 0xc0, 0xeb, 0xfb]); // inc rax; jmp
    expect(cpu.run(1001)).toBe(Trap.Preempted);
    expect(cpu.state.number(Gpr.rax)).toBe(501);
  });

  test('a single step stops before a page that is not mapped yet', () => {
    const cpu = program([0xe9, 0xfb, 0x0f, 0, 0]); // jmp to the next page
    cpu.memory.mapCopy(guestAddress(CODE + PAGE_SIZE), Uint8Array.of(0xff, 0xc0, 0xff, 0xc0), RX);
    expect(cpu.run(1)).toBe(Trap.Preempted);
    expect(cpu.state.rip).toBe(CODE + PAGE_SIZE);
    expect(cpu.run(1)).toBe(Trap.Preempted);
    expect(cpu.state.number(Gpr.rax)).toBe(1);
  });

  test('pages above 4 GiB are used in place', () => {
    const cpu = program([0x48, 0xff, 0x03, 0x0f, 0x05]); // inc qword [rbx]
    cpu.memory.mapZero(guestAddress(HIGH), 1, RW);
    cpu.state.setNumber(Gpr.rbx, HIGH);
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.memory.readU32(guestAddress(HIGH))).toBe(1);
  });

  test('parent and child do not see each other’s writes after a fork', () => {
    const code = [0xff, 0x04, 0x25, 0, 0, 0x50, 0, 0x0f, 0x05]; // inc dword [DATA]; syscall
    const parent = program(code);
    const next = (cpu: Cpu): number => {
      cpu.state.rip = CODE;
      expect(cpu.run(100)).toBe(Trap.Syscall);
      return cpu.memory.readU32(guestAddress(DATA));
    };
    expect(next(parent)).toBe(1);
    const childMemory = engine!.createMemory();
    parent.memory.lend(childMemory, guestAddress(CODE), (DATA - CODE) / PAGE_SIZE + 1);
    const child = cpuOn(childMemory);
    expect([next(parent), next(parent), next(child), next(parent)]).toEqual([2, 3, 2, 4]);
  });

  test('protection changes between runs are obeyed', () => {
    const cpu = program([0xff, 0x04, 0x25, 0, 0, 0x50, 0, 0x0f, 0x05]);
    expect(cpu.run(100)).toBe(Trap.Syscall);
    cpu.memory.setFaultHandler(() => FaultOutcome.Denied);
    cpu.memory.protect(guestAddress(DATA), 1, Permission.Read);
    cpu.state.rip = CODE;
    expect(cpu.run(100)).toBe(Trap.PageFault);
    expect(cpu.state.trapReason).toBe(FaultOutcome.Denied);
  });

  test.each([
    ['read-only', RX],
    ['writable', RX | Permission.Write],
  ])('code that the kernel changes in a %s page is not run from a cache', (_name, permissions) => {
    const cpu = program([0x90, 0x90, 0xeb, 0, 0xb8, 1, 0, 0, 0, 0x0f, 0x05], permissions); // jmp to a second block: mov eax, 1; syscall
    expect(cpu.run(100)).toBe(Trap.Syscall);
    cpu.memory.pageBytes(guestAddress(CODE))![5] = 2;
    cpu.state.rip = CODE;
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(2);
  });

  test('a program may change its own code', () => {
    // mov byte [CODE + 9], 7; mov eax, 1; syscall
    const cpu = program([0xc6, 0x04, 0x25, 9, 0, 0x40, 0, 7, 0xb8, 1, 0, 0, 0, 0x0f, 0x05], RX | Permission.Write);
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(7);
  });

  test('CPUID is that of our processor, and POPCNT is there', () => {
    const cpu = program([0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0xf3, 0x0f, 0xb8, 0xc1, 0x0f, 0x05]); // cpuid; popcnt eax, ecx
    expect(cpu.run(100)).toBe(Trap.Syscall);
    const features = cpu.state.number(Gpr.rax);
    expect(features).toBe(6);
    expect(cpu.state.low32(Gpr.rdx) & (1 << 26)).not.toBe(0);
  });

  test('x87, SSE and segment bases travel with the thread', () => {
    const memory = engine!.createMemory();
    // fld1; addps xmm1, xmm1; mov rax, fs:[8]; syscall
    memory.mapCopy(
      guestAddress(CODE),
      Uint8Array.of(0xd9, 0xe8, 0x0f, 0x58, 0xc9, 0x64, 0x48, 0x8b, 4, 0x25, 8, 0, 0, 0, 0x0f, 5),
      RX,
    );
    memory.mapZero(guestAddress(DATA), 1, RW);
    memory.writeU32(guestAddress(DATA + 8), 99);
    const [a, b] = [cpuOn(memory), cpuOn(memory)];
    a.state.fsBase = DATA;
    a.state.view.setFloat32(State.xmm + 32, 1.5, true);
    expect(a.run(100)).toBe(Trap.Syscall);
    expect(b.run(2)).toBe(Trap.Preempted);
    expect(a.state.number(Gpr.rax)).toBe(99);
    expect(a.state.view.getFloat32(State.xmm + 32, true)).toBe(3);
    expect(b.state.view.getFloat32(State.xmm + 32, true)).toBe(0);
    expect(a.state.view.getUint16(State.fsw, true) >> 11).toBe(7);
    expect(a.state.bytes[State.ftw]).toBe(0x80);
    expect(a.state.view.getUint16(State.st + 16 * 7 + 8, true)).toBe(0x3fff);
  });
});
