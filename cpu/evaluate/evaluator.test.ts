/** The evaluator on hand-picked cases of the SDM, above all: precise state when an instruction faults. */
import { describe, expect, it } from 'vitest';
import { guestAddress } from '../address.ts';
import { Trap } from '../engine.ts';
import { ArenaPool } from '../memory/arena.ts';
import { Access, FaultOutcome, Permission } from '../memory/guest-memory.ts';
import { PagedMemory } from '../memory/paged-memory.ts';
import { Gpr, Rflags } from '../state-layout.ts';
import { EvaluatorEngine } from './evaluator-engine.ts';

const CODE = 0x400000;
const DATA = 0x500000;
const READ_ONLY = DATA + 0x1000;
const UNMAPPED = DATA + 0x2000;
const STACK = DATA + 0x800;

function machine() {
  const engine = new EvaluatorEngine(() => new PagedMemory(new ArenaPool()));
  const memory = engine.createMemory();
  memory.mapZero(guestAddress(CODE), 1, Permission.Read | Permission.Write | Permission.Execute);
  memory.mapZero(guestAddress(DATA), 1, Permission.Read | Permission.Write);
  memory.mapZero(guestAddress(READ_ONLY), 1, Permission.Read);
  const cpu = engine.createCpu(memory);
  const { state } = cpu;
  state.gpr[Gpr.rsp] = BigInt(STACK);
  state.rip = CODE;
  /** Executes `count` instructions of this machine code. */
  const run = (hex: string, count = 1): Trap => {
    memory.write(guestAddress(CODE), Uint8Array.from(Buffer.from(hex, 'hex')));
    return cpu.run(count);
  };
  const set = (register: number, value: bigint | number) => {
    state.gpr[register] = BigInt(value);
  };
  return { memory, state, run, set };
}

function expectFault(state: ReturnType<typeof machine>['state'], address: number, access: Access): void {
  expect({ address: state.trapAddress, access: state.trapAccess, rip: state.rip }).toEqual({
    address,
    access,
    rip: CODE,
  });
}

describe('memory faults', () => {
  it('leaves a read-modify-write of a read-only page undone, as a write fault', () => {
    const { state, run, set } = machine();
    set(Gpr.rax, READ_ONLY);
    state.rflags = 0x202 | Rflags.CF | Rflags.ZF;
    expect(run('4883' + '00' + '01')).toBe(Trap.PageFault); // add qword [rax], 1
    expectFault(state, READ_ONLY, Access.Write);
    expect(state.trapReason).not.toBe(FaultOutcome.Resolved);
    expect(state.rflags).toBe(0x202 | Rflags.CF | Rflags.ZF);
  });

  it('refuses a store that straddles into a read-only page before its first byte', () => {
    const { memory, state, run, set } = machine();
    set(Gpr.rax, READ_ONLY - 4);
    set(Gpr.rcx, -1n & 0xffff_ffff_ffff_ffffn);
    expect(run('488908')).toBe(Trap.PageFault); // mov [rax], rcx
    expectFault(state, READ_ONLY, Access.Write);
    expect(memory.readU32(guestAddress(READ_ONLY - 4))).toBe(0);
  });

  it('keeps rsp when push and call fault', () => {
    for (const code of ['50', 'e800000000']) {
      const { state, run, set } = machine();
      set(Gpr.rsp, UNMAPPED + 8);
      expect(run(code)).toBe(Trap.PageFault);
      expectFault(state, UNMAPPED, Access.Write);
      expect(state.number(Gpr.rsp)).toBe(UNMAPPED + 8);
    }
  });

  it('keeps source and destination when xchg and xadd fault', () => {
    for (const code of ['488708', '480fc108']) {
      const { state, run, set } = machine();
      set(Gpr.rax, READ_ONLY);
      set(Gpr.rcx, 7);
      expect(run(code)).toBe(Trap.PageFault);
      expect(state.number(Gpr.rcx)).toBe(7);
    }
  });

  it('stops rep movs at the border with the iterations done in rcx, rsi and rdi', () => {
    const { state, run, set } = machine();
    set(Gpr.rsi, DATA);
    set(Gpr.rdi, READ_ONLY - 3);
    set(Gpr.rcx, 10);
    expect(run('f3a4', 100)).toBe(Trap.PageFault);
    expectFault(state, READ_ONLY, Access.Write);
    expect([state.number(Gpr.rsi), state.number(Gpr.rdi), state.number(Gpr.rcx)]).toEqual([DATA + 3, READ_ONLY, 7]);
  });

  it('tells non-canonical addresses from kernel addresses', () => {
    const { state, run, set } = machine();
    set(Gpr.rax, 0x0000_8000_0000_0000n);
    expect(run('8a00')).toBe(Trap.GeneralProtection);
    set(Gpr.rbp, 0x0000_8000_0000_0000n);
    expect(run('8a4500')).toBe(Trap.StackFault);
    set(Gpr.rax, 0xffff_ffff_8000_0000n);
    expect(run('8a00')).toBe(Trap.PageFault);
    expect(state.trapAddress).toBe(0xffff_ffff_8000_0000);
  });

  it('fetches an instruction over a page border, and faults at the border when the next page is not executable', () => {
    const { memory, state, run } = machine();
    memory.write(guestAddress(CODE + 0xffe), Uint8Array.of(0x48, 0x89));
    state.rip = CODE + 0xffe;
    expect(run('')).toBe(Trap.PageFault);
    expect([state.trapAddress, state.trapAccess]).toEqual([CODE + 0x1000, Access.Execute]);
  });
});

describe('stack', () => {
  it('pushes the old rsp and pops into rsp', () => {
    const { memory, state, run } = machine();
    run('54'); // push rsp
    expect(memory.readU64(guestAddress(STACK - 8))).toBe(BigInt(STACK));
    memory.writeU64(guestAddress(STACK - 8), 0x1234n);
    state.rip = CODE;
    run('5c'); // pop rsp
    expect(state.number(Gpr.rsp)).toBe(0x1234);
  });

  it('computes the address of pop [rsp+8] with the increased rsp', () => {
    const { memory, state, run } = machine();
    memory.writeU64(guestAddress(STACK), 0x77n);
    run('8f442408');
    expect(memory.readU64(guestAddress(STACK + 16))).toBe(0x77n);
    expect(state.number(Gpr.rsp)).toBe(STACK + 8);
  });

  it('does not let popf change IF or IOPL', () => {
    const { memory, state, run } = machine();
    memory.writeU64(guestAddress(STACK), 0xffff_ffff_ffff_ffffn);
    run('9d');
    expect(state.rflags & 0x3200).toBe(0x200);
    expect(state.rflags & Rflags.ID).toBe(Rflags.ID);
  });
});

describe('arithmetic', () => {
  it.each([
    ['add al, cl', '00c8', 0x7f, 1, 0x80, Rflags.OF | Rflags.SF | Rflags.AF],
    ['sub al, cl', '28c8', 0, 1, 0xff, Rflags.CF | Rflags.SF | Rflags.PF | Rflags.AF],
    ['sub al, cl', '28c8', 0x80, 1, 0x7f, Rflags.OF | Rflags.AF],
    ['and al, cl', '20c8', 0xf0, 0x0f, 0, Rflags.ZF | Rflags.PF],
    ['shl al, cl', 'd2e0', 0x81, 1, 0x02, Rflags.CF | Rflags.OF],
    ['sar al, cl', 'd2f8', 0x81, 1, 0xc0, Rflags.CF | Rflags.SF | Rflags.PF],
  ])('%s', (_name, code, al, cl, result, flags) => {
    const { state, run, set } = machine();
    set(Gpr.rax, al);
    set(Gpr.rcx, cl);
    run(code);
    expect(state.number(Gpr.rax)).toBe(result);
    expect(state.rflags).toBe(0x202 | flags);
  });

  it('keeps all flags when the shift count is a multiple of 32, but zero-extends', () => {
    const { state, run, set } = machine();
    set(Gpr.rax, 0xffff_ffff_0000_0001n);
    set(Gpr.rcx, 32);
    state.rflags = 0x202 | Rflags.CF | Rflags.ZF | Rflags.OF;
    run('d3e0');
    expect(state.number(Gpr.rax)).toBe(1);
    expect(state.rflags).toBe(0x202 | Rflags.CF | Rflags.ZF | Rflags.OF);
  });

  it.each([
    ['div by zero', '48f7f1', 1n, 0n, 0n],
    ['div overflow', '48f7f1', 0n, 1n, 1n],
    ['idiv of the lowest by -1', '48f7f9', 1n << 63n, (1n << 64n) - 1n, (1n << 64n) - 1n],
    ['idiv of the lowest by -1, 32 bits', 'f7f9', 0n, 0x8000_0000n, 0xffff_ffffn],
  ])('#DE: %s', (_name, code, rax, rdx, rcx) => {
    const { state, run, set } = machine();
    set(Gpr.rax, rax);
    set(Gpr.rdx, rdx);
    set(Gpr.rcx, rcx);
    expect(run(code)).toBe(Trap.DivideError);
    expect([state.gpr[Gpr.rax], state.gpr[Gpr.rdx], state.rip]).toEqual([rax, rdx, CODE]);
  });

  it('reaches outside a memory operand with a bit offset in a register', () => {
    const { memory, state, run, set } = machine();
    set(Gpr.rax, DATA + 0x100);
    set(Gpr.rcx, BigInt.asUintN(64, -65n));
    run('480fab08'); // bts [rax], rcx
    expect(memory.readU64(guestAddress(DATA + 0x100 - 16))).toBe(1n << 63n);
    expect(state.rflags & Rflags.CF).toBe(0);
  });
});

describe('system', () => {
  it('syscall leaves the return address in rcx and RFLAGS in r11', () => {
    const { state, run } = machine();
    state.rflags = 0x202 | Rflags.CF | Rflags.DF;
    expect(run('0f05')).toBe(Trap.Syscall);
    expect([state.rip, state.number(Gpr.rcx)]).toEqual([CODE + 2, CODE + 2]);
    expect(state.number(Gpr.r11)).toBe(0x202 | Rflags.CF | Rflags.DF);
  });

  it.each([
    ['int3', 'cc', Trap.Breakpoint, CODE + 1],
    ['int 0x80', 'cd80', Trap.SoftwareInterrupt, CODE],
    ['hlt', 'f4', Trap.GeneralProtection, CODE],
    ['ud2', '0f0b', Trap.InvalidOpcode, CODE],
    ['mov ss, eax', '8ed0', Trap.GeneralProtection, CODE],
    ['cmpxchg16b [rsp+8], misaligned', '480fc74c2408', Trap.GeneralProtection, CODE],
  ])('%s', (_name, code, trap, rip) => {
    const { state, run } = machine();
    expect(run(code)).toBe(trap);
    expect(state.rip).toBe(rip);
  });

  it('names itself a Genuine Intel x86-64-v2 processor without AVX and XSAVE', () => {
    const { state, run } = machine();
    run('0fa2');
    const words = [Gpr.rbx, Gpr.rdx, Gpr.rcx].map((register) => state.low32(register));
    expect(Buffer.from(Uint32Array.from(words).buffer).toString()).toBe('GenuineIntel');
    state.rip = CODE;
    state.setNumber(Gpr.rax, 1);
    run('0fa2');
    const ecx = state.low32(Gpr.rcx);
    const v2 = [0, 9, 13, 19, 20, 23];
    expect(v2.every((bit) => (ecx >>> bit) & 1)).toBe(true);
    expect([26, 27, 28].some((bit) => (ecx >>> bit) & 1)).toBe(false);
  });

  it('fxsave and fxrstor bring back x87 and SSE state', () => {
    const { state, run, set } = machine();
    set(Gpr.rax, DATA);
    state.bytes.fill(0x5a, 320, 832);
    run('d9ebd9e8480fae00', 3); // fldpi; fld1; fxsave64 [rax]
    const before = state.bytes.slice(320, 968);
    state.bytes.fill(0, 320, 968);
    state.rip = CODE;
    run('480fae08'); // fxrstor64 [rax]
    const after = state.bytes.slice(320, 968);
    for (let xmm = 0; xmm < 16; xmm++) before.fill(0, xmm * 32 + 16, xmm * 32 + 32);
    expect(Buffer.from(after).equals(Buffer.from(before))).toBe(true);
  });
});
