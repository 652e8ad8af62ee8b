/** The native engine as a whole: programs compiled by gcc, self-modifying code, preemption, forks, faults on fetch. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_SIZE, guestAddress } from './address.ts';
import { Trap } from './engine.ts';
import { Access, FaultOutcome } from './memory/guest-memory.ts';
import { FrameStore } from './memory/frame-store.ts';
import type { PagedMemory } from './memory/paged-memory.ts';
import type { NativeCpu } from './native-cpu.ts';
import { NativeEngine } from './native-engine.ts';
import { Processor } from './processor.ts';
import { Gpr, State } from './state-layout.ts';

const CODE = 0x400000;
const STACK = 0x7000000;
const RWX = 7;
const engines = {
  interpretOnly: new NativeEngine({ tiers: 'interpretOnly' }),
  translate: new NativeEngine({ tiers: 'translate', hotAfter: 20 }),
};
const tiers = Object.entries(engines);

function start(engine: NativeEngine, code: readonly number[], at = CODE): { memory: PagedMemory; cpu: NativeCpu } {
  const memory = engine.createMemory() as PagedMemory;
  memory.mapZero(guestAddress(CODE), 2, RWX);
  memory.mapZero(guestAddress(STACK - 2 * PAGE_SIZE), 2, 3);
  memory.write(guestAddress(at), Uint8Array.from(code));
  const cpu = engine.createCpu(memory);
  cpu.state.rip = at;
  cpu.state.setNumber(Gpr.rsp, STACK);
  return { memory, cpu };
}

const NOP = 0x90;
const RAX_IMMEDIATE = 0xb8;
const SYSCALL = [0x0f, 0x05];
/** add eax, 1; loop to it while ecx, counted down, is not 0; syscall. */
const COUNT = [0x83, 0xc0, 0x01, 0xff, 0xc9, 0x75, 0xf9, ...SYSCALL];

describe.each(tiers)('%s', (name, engine) => {
  it('counts in a loop, preempted by fuel, and goes on', () => {
    const { cpu } = start(engine, COUNT);
    cpu.state.setNumber(Gpr.rcx, 5000);
    let preempted = 0;
    while (cpu.run(1000) === Trap.Preempted) preempted++;
    expect(preempted).toBeGreaterThanOrEqual(10);
    expect(cpu.state.number(Gpr.rax)).toBe(5000);
    expect(cpu.state.rip).toBe(CODE + COUNT.length);
  });

  it('keeps what it has decoded of a large program', () => {
    const pages = 25;
    const { memory, cpu } = start(engine, []);
    memory.mapZero(guestAddress(CODE), pages, RWX);
    memory.write(guestAddress(CODE), new Uint8Array(pages * PAGE_SIZE - SYSCALL.length).fill(NOP));
    memory.write(guestAddress(CODE + pages * PAGE_SIZE - SYSCALL.length), Uint8Array.from(SYSCALL));
    const decoded = (): number => {
      const before = engine.counts.decodedRuns;
      cpu.state.rip = CODE;
      while (cpu.run(1_000_000) === Trap.Preempted);
      return engine.counts.decodedRuns - before;
    };
    expect(decoded()).toBeGreaterThan(1000);
    expect(decoded()).toBe(0);
  });

  it('sees code that was changed by the guest, ahead in the same straight line and in a hot loop', () => {
    // mov byte [rip + 0], 2 changes the immediate of the mov eax that follows at once.
    const { cpu } = start(engine, [0xc6, 0x05, 0x01, 0, 0, 0, 2, RAX_IMMEDIATE, 1, 0, 0, 0, ...SYSCALL]);
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(2);
    // inc byte [rip + 1] ; add ebx, imm8 ; dec ecx ; jnz: adds 1, 2, 3, … as the immediate grows.
    const loop = [0xfe, 0x05, 0x02, 0, 0, 0, 0x83, 0xc3, 0, 0xff, 0xc9, 0x75, 0xf3, ...SYSCALL];
    const second = start(engine, loop);
    second.cpu.state.setNumber(Gpr.rcx, 100);
    while (second.cpu.run(10000) === Trap.Preempted);
    expect(second.cpu.state.number(Gpr.rbx)).toBe(5050);
  });

  it('sees code changed by the kernel, by unmap and by protect', () => {
    const { memory, cpu } = start(engine, [RAX_IMMEDIATE, 1, 0, 0, 0, ...SYSCALL]);
    const again = (): number => {
      cpu.state.rip = CODE;
      return cpu.run(100);
    };
    expect(again()).toBe(Trap.Syscall);
    memory.writeU8(guestAddress(CODE + 1), 7);
    expect(again()).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(7);
    memory.protect(guestAddress(CODE), 1, 3);
    expect(again()).toBe(Trap.PageFault);
    expect([cpu.state.trapAddress, cpu.state.trapAccess]).toEqual([CODE, Access.Execute]);
    memory.unmap(guestAddress(CODE), 1);
    memory.mapCopy(guestAddress(CODE), Uint8Array.from([RAX_IMMEDIATE, 9, 0, 0, 0, ...SYSCALL]), 5);
    expect(again()).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(9);
  });

  it('executes an instruction that straddles two pages, and faults at the second when that is missing', () => {
    const at = CODE + 2 * PAGE_SIZE - 3;
    const { memory, cpu } = start(engine, [RAX_IMMEDIATE, 0x11, 0x22], at);
    expect(cpu.run(100)).toBe(Trap.PageFault);
    expect([cpu.state.rip, cpu.state.trapAddress, cpu.state.trapReason]).toEqual([at, at + 3, FaultOutcome.Unmapped]);
    memory.mapCopy(guestAddress(at + 3), Uint8Array.from([0x33, 0x44, ...SYSCALL]), RWX);
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(0x44332211);
    memory.writeU8(guestAddress(at + 3), 0x55);
    cpu.state.rip = at;
    expect(cpu.run(100)).toBe(Trap.Syscall);
    expect(cpu.state.number(Gpr.rax)).toBe(0x44552211);
  });

  it('executes code in shared frames and above 4 GiB, instruction by instruction', () => {
    const { memory, cpu } = start(engine, []);
    const frame = new FrameStore().allocate();
    frame.forWriting().set(COUNT);
    const high = 0x5_0000_0000;
    memory.mapFrame(guestAddress(CODE), frame, RWX);
    memory.mapCopy(guestAddress(high), Uint8Array.from(COUNT), RWX);
    for (const place of [CODE, high]) {
      cpu.state.rip = place;
      cpu.state.setNumber(Gpr.rax, 0);
      cpu.state.setNumber(Gpr.rcx, 300);
      while (cpu.run(100) === Trap.Preempted);
      expect(cpu.state.number(Gpr.rax)).toBe(300);
      expect(cpu.state.rip).toBe(place + COUNT.length);
    }
  });

  it('reports undefined instructions, division by zero and single steps', () => {
    const undefinedAt = start(engine, [0x90, 0x0f, 0x0b]);
    expect(undefinedAt.cpu.run(100)).toBe(Trap.InvalidOpcode);
    expect(undefinedAt.cpu.state.rip).toBe(CODE + 1);
    const division = start(engine, [0x31, 0xd2, 0x48, 0xf7, 0xf1]);
    expect(division.cpu.run(100)).toBe(Trap.DivideError);
    expect(division.cpu.state.rip).toBe(CODE + 2);
    const traced = start(engine, [0x90, 0x90]);
    traced.cpu.state.rflags |= 0x100;
    expect(traced.cpu.run(100)).toBe(Trap.Debug);
    expect(traced.cpu.state.rip).toBe(CODE + 1);
  });

  it('executes x87 without evaluating it, but for the rare cases', () => {
    // fldz; fld1; again: fadd st(1), st; dec ecx; jnz again; fsqrt; fxch; fistp [rsp-8]; mov rax, [rsp-8]
    const code = [0xd9, 0xee, 0xd9, 0xe8, 0xdc, 0xc1, 0xff, 0xc9, 0x75, 0xfa, 0xd9, 0xfa, 0xd9, 0xc9];
    const { cpu } = start(engine, [...code, 0xdf, 0x7c, 0x24, 0xf8, 0x48, 0x8b, 0x44, 0x24, 0xf8, ...SYSCALL]);
    cpu.state.setNumber(Gpr.rcx, 5000);
    const before = engine.counts.evaluated.get('fadd') ?? 0;
    while (cpu.run(1000) === Trap.Preempted);
    expect(cpu.state.number(Gpr.rax)).toBe(5000);
    expect(engine.counts.evaluated.get('fadd') ?? 0).toBe(before);
    for (const other of ['fldz', 'fld1', 'fsqrt', 'fxch', 'fistp'])
      expect(engine.counts.evaluated.get(other)).toBeUndefined();
    // With 1 / 0 in st(1) instead: an infinity, which is left to the evaluator. fldz; fld1; fdivrp; fld1; fadd st(1), st
    const rare = start(engine, [0xd9, 0xee, 0xd9, 0xe8, 0xde, 0xf1, 0xd9, 0xe8, 0xdc, 0xc1, ...SYSCALL]);
    expect(rare.cpu.run(100)).toBe(Trap.Syscall);
    expect(engine.counts.evaluated.get('fadd')).toBe(before + 1);
  });

  it('executes instructions on YMM registers without evaluating them', () => {
    const v3 = new NativeEngine({
      tiers: name === 'translate' ? 'translate' : 'interpretOnly',
      hotAfter: 20,
      processor: new Processor('x86-64-v3'),
    });
    // again: vaddpd ymm1, ymm1, ymm0; dec ecx; jnz again; vextractf128 xmm1, ymm1, 1; vmovq rax, xmm1
    const code = [0xc5, 0xf5, 0x58, 0xc8, 0xff, 0xc9, 0x75, 0xf8, 0xc4, 0xe3, 0x7d, 0x19, 0xc9, 0x01];
    const { cpu } = start(v3, [...code, 0xc4, 0xe1, 0xf9, 0x7e, 0xc8, ...SYSCALL]);
    cpu.state.view.setFloat64(State.xmm + 16, 1.5, true);
    cpu.state.setNumber(Gpr.rcx, 4000);
    while (cpu.run(1000) === Trap.Preempted);
    expect(cpu.state.view.getFloat64(State.xmm + 32, true)).toBe(6000);
    expect(cpu.state.number(Gpr.rax)).toBe(0x40b7700000000000);
    expect([...v3.counts.evaluated.keys()]).toEqual([]);
  });

  it('repeats string instructions, preemptible, over page borders and overlapping', () => {
    const { memory, cpu } = start(engine, [0xf3, 0xa4, ...SYSCALL]);
    const data = 0x900000;
    const count = 5 * PAGE_SIZE;
    memory.mapZero(guestAddress(data), 8, 3);
    memory.write(
      guestAddress(data),
      Uint8Array.from({ length: PAGE_SIZE }, (_, i) => i * 3),
    );
    // The destination starts 5 bytes inside the source: the first 5 bytes repeat.
    cpu.state.setNumber(Gpr.rsi, data);
    cpu.state.setNumber(Gpr.rdi, data + 5);
    cpu.state.setNumber(Gpr.rcx, count);
    while (cpu.run(50) === Trap.Preempted);
    const moved = new Uint8Array(count);
    memory.read(guestAddress(data), moved);
    expect(moved.every((byte, i) => byte === ((i % 5) * 3) % 256)).toBe(true);
    expect(cpu.state.number(Gpr.rdi)).toBe(data + 5 + count);
  });

  it('forks: the child runs from the parent’s decoded code, and either may change its own', () => {
    const parent = start(engine, COUNT);
    const run = (cpu: NativeCpu): number => {
      cpu.state.rip = CODE;
      cpu.state.setNumber(Gpr.rax, 0);
      cpu.state.setNumber(Gpr.rcx, 100);
      while (cpu.run(1000) === Trap.Preempted);
      return cpu.state.number(Gpr.rax);
    };
    expect(run(parent.cpu)).toBe(100);
    const runs = engine.counts.decodedRuns;
    const child = engine.createMemory() as PagedMemory;
    parent.memory.lend(child, guestAddress(CODE), 2);
    const cpu = engine.createCpu(child);
    cpu.state.copyFrom(parent.cpu.state);
    expect(run(cpu)).toBe(100);
    expect(engine.counts.decodedRuns).toBe(runs);
    parent.memory.writeU8(guestAddress(CODE + 2), 3);
    expect([run(parent.cpu), run(cpu)]).toEqual([300, 100]);
    child.writeU8(guestAddress(CODE + 2), 5);
    parent.memory.dispose();
    expect(run(cpu)).toBe(500);
  });
});

const PROGRAM = `
static long sys3(long nr, long a, long b, long c) {
  long r;
  __asm__ volatile("syscall" : "=a"(r) : "a"(nr), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
  return r;
}
static unsigned long state = 88172645463325252ul;
static unsigned long next(void) { state ^= state << 13; state ^= state >> 7; return state ^= state << 17; }
static unsigned table[4096];
static long signedDivide(long a, int b) { return a / b + a % b; }
__attribute__((used)) void run(void) {
  unsigned long sum = 0;
  for (int i = 0; i < 20000; i++) {
    unsigned long x = next();
    table[x & 4095] += (unsigned)(x >> 20) * 2654435761u;
    sum = (sum << 7 | sum >> 57) + table[(x >> 12) & 4095] + __builtin_popcountl(x) + __builtin_bswap64(x);
    sum += (unsigned __int128)x * sum >> 64;
    sum ^= (unsigned long)signedDivide((long)sum, (int)(x | 1));
    if ((short)x < 0) sum -= (unsigned char)(x >> 9);
  }
  char text[17];
  for (int i = 15; i >= 0; i--, sum >>= 4) text[i] = "0123456789abcdef"[sum & 15];
  text[16] = 10;
  sys3(1, 1, (long)text, 17);
  sys3(60, 7, 0, 0);
}
__asm__(".globl _start\\n_start: call run\\nhlt\\n");
`;

describe('a program compiled by gcc', () => {
  const gcc = spawnSync('gcc', ['--version']).status === 0;
  if (!gcc && process.env['CI'] !== 'true') console.log('skipped: no gcc');

  it.skipIf(!gcc && process.env['CI'] !== 'true')('writes and exits as it does natively', () => {
    const folder = mkdtempSync(join(tmpdir(), 'k42-cpu-'));
    try {
      const [source, binary] = [join(folder, 'p.c'), join(folder, 'p')];
      writeFileSync(source, PROGRAM);
      const flags = [
        '-O2',
        '-mno-sse',
        '-mpopcnt',
        '-ffreestanding',
        '-nostdlib',
        '-static',
        '-no-pie',
        '-fno-stack-protector',
      ];
      const compiled = spawnSync('gcc', [...flags, '-o', binary, source], { encoding: 'utf8' });
      expect(compiled.stderr).toBe('');
      const native = spawnSync(binary, { encoding: 'utf8' });
      expect(native.status).toBe(7);
      for (const [name, engine] of tiers)
        expect([name, runElf(engine, readFileSync(binary))]).toEqual([name, native.stdout]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Loads a static executable and runs it until exit(7); what it wrote. */
function runElf(engine: NativeEngine, elf: Buffer): string {
  const { memory, cpu } = start(engine, []);
  memory.unmap(guestAddress(CODE), 2);
  const headers = Number(elf.readBigUInt64LE(32));
  for (let i = 0; i < elf.readUInt16LE(56); i++) {
    const header = headers + i * 56;
    if (elf.readUInt32LE(header) !== 1) continue;
    const field = (offset: number): number => Number(elf.readBigUInt64LE(header + offset));
    const address = field(16) - (field(16) % PAGE_SIZE);
    const pages = Math.ceil((field(16) + field(40) - address) / PAGE_SIZE);
    memory.mapZero(guestAddress(address), pages, 3);
    memory.write(guestAddress(field(16)), elf.subarray(field(8), field(8) + field(32)));
    const flags = elf.readUInt32LE(header + 4);
    memory.protect(guestAddress(address), pages, ((flags & 4) >> 2) | (flags & 2) | ((flags & 1) << 2));
  }
  cpu.state.rip = Number(elf.readBigUInt64LE(24));
  let output = '';
  for (;;) {
    const trap = cpu.run(100_000);
    if (trap === Trap.Preempted) continue;
    if (trap !== Trap.Syscall) throw new Error(`trap ${trap} at ${cpu.state.rip.toString(16)}`);
    if (cpu.state.number(Gpr.rax) === 60) {
      expect(cpu.state.number(Gpr.rdi)).toBe(7);
      return output;
    }
    const bytes = new Uint8Array(cpu.state.number(Gpr.rdx));
    memory.read(guestAddress(cpu.state.number(Gpr.rsi)), bytes);
    output += new TextDecoder().decode(bytes);
  }
}
