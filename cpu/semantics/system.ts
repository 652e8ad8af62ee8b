/**
 * What asks the system for something, identifies the processor, or is refused at privilege level 3. Source: SDM vol. 2.
 * Selectors are those of 64-bit Linux: one flat code and one stack segment; nothing else can be loaded.
 */
import { Trap } from '../engine.ts';
import { Gpr } from '../state-layout.ts';
import type { Instruction } from '../x86/instruction.ts';
import { ALL_FLAGS, Control, define, operand, type Definition, type Definitions } from './definition.ts';
import type { Ops, Semantics, Width } from './ops.ts';
import { POPF_BITS_64, dropStack, pushValue } from './stack.ts';

/** Selectors of user mode in 64-bit Linux. Source: arch/x86/include/asm/segment.h. */
export const Selector = { code: 0x33, data: 0x2b } as const;

/** rcx = return address, r11 = RFLAGS; the kernel does the rest. */
function syscall<V>(ops: Ops<V>): void {
  const flags = ops.rflags();
  ops.setGpr(64, Gpr.rcx, ops.next());
  ops.setGpr(64, Gpr.r11, flags);
  ops.trap(Trap.Syscall, 'after');
}

function traps(kind: number, rip: 'here' | 'after'): Definition {
  const semantics: Semantics = (ops) => ops.trap(kind, rip);
  return define(semantics, { control: Control.Trap });
}

/** Runs in the host helper of the same name. */
function helped(name: string): Definition {
  const semantics: Semantics = (ops, instruction) => ops.helper(name, instruction);
  return define(semantics, { evaluateOnly: true });
}

const nothing = define(() => undefined);

/** Pops RIP, CS, RFLAGS, RSP and SS; back to where it was, or #GP. */
function iret<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const rsp = ops.gpr(64, Gpr.rsp);
  const slot = (index: number) =>
    ops.zeroExtend(w, 64, ops.load(w, ops.add(64, rsp, ops.constant(64, (index * w) / 8))));
  const [target, code, flags, top, data] = [slot(0), slot(1), slot(2), slot(3), slot(4)];
  refuseUnless(ops, code, Selector.code);
  refuseUnless(ops, data, Selector.data);
  const kept = ops.and(64, ops.rflags(), ops.constant(64, ~BigInt(POPF_BITS_64)));
  ops.setGpr(64, Gpr.rsp, top);
  ops.setRflags(ops.or(64, kept, ops.and(64, flags, ops.constant(64, POPF_BITS_64))));
  ops.jump(target);
}

function refuseUnless<V>(ops: Ops<V>, slot: V, selector: number): void {
  const found = ops.truncate(64, 16, slot);
  ops.trapIf(ops.ne(16, found, ops.constant(16, selector)), Trap.GeneralProtection);
}

/** A far return within the same code segment. */
function retf<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const rsp = ops.gpr(64, Gpr.rsp);
  const slot = (index: number) =>
    ops.zeroExtend(w, 64, ops.load(w, ops.add(64, rsp, ops.constant(64, (index * w) / 8))));
  const target = slot(0);
  refuseUnless(ops, slot(1), Selector.code);
  const released = instruction.operands[0];
  const extra = released === undefined ? ops.constant(64, 0) : ops.zeroExtend(16, 64, ops.read(released));
  dropStack(ops, ops.add(64, rsp, extra), w / 4);
  ops.jump(target);
}

/** fs and gs hold the null selector. */
function pushseg<V>(ops: Ops<V>, instruction: Instruction): void {
  pushValue(ops, instruction.width as Width, ops.constant(instruction.width as Width, 0));
}

/** Only a null selector (any RPL) or the data segment can be loaded; the hidden base, which is what counts, stays. */
function popseg<V>(ops: Ops<V>, instruction: Instruction): void {
  const w = instruction.width as Width;
  const rsp = ops.gpr(64, Gpr.rsp);
  const selector = ops.truncate(w, 16, ops.load(w, rsp));
  const notNull = ops.ne(16, ops.and(16, selector, ops.constant(16, 0xfffc)), ops.constant(16, 0));
  const notData = ops.ne(16, selector, ops.constant(16, Selector.data));
  ops.trapIf(ops.and(32, notNull, notData), Trap.GeneralProtection);
  dropStack(ops, rsp, w / 8);
}

/** lar, lsl, verr, verw: no descriptor is visible, so ZF = 0. */
function noDescriptor<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.read(operand(instruction, instruction.operands.length - 1));
  ops.setFlags({ z: () => ops.constant(32, 0) });
}

/** Nothing is cached; but the byte must be readable. */
function clflush<V>(ops: Ops<V>, instruction: Instruction): void {
  ops.load(8, ops.linearAddress(operand(instruction, 0)));
}

const refused = traps(Trap.GeneralProtection, 'here');
const blind = define(noDescriptor, { evaluateOnly: true });

/** #GP at privilege level 3, I/O and the instructions that UMIP guards included. */
const PRIVILEGED = (
  'hlt cli sti in out ins outs clts sysret sysexit invd wbinvd rdmsr wrmsr rdpmc swapgs lldt ltr lgdt lidt lmsw invlpg ' +
  'movcr movdr sldt str sgdt sidt smsw callf jmpf'
).split(' ');

/** Hints and orderings that a processor seen one instruction at a time keeps anyway. */
const NO_OPERATION =
  'nop pause endbr64 endbr32 prefetchnta prefetcht0 prefetcht1 prefetcht2 prefetchw lfence mfence sfence'.split(' ');

export const system: Definitions = {
  ...Object.fromEntries(PRIVILEGED.map((mnemonic) => [mnemonic, refused])),
  ...Object.fromEntries(NO_OPERATION.map((mnemonic) => [mnemonic, nothing])),
  clflush: define(clflush, { evaluateOnly: true }),
  syscall: define(syscall, { flagsRead: ALL_FLAGS, control: Control.Trap }),
  int3: traps(Trap.Breakpoint, 'after'),
  int1: traps(Trap.Debug, 'after'),
  ud: traps(Trap.InvalidOpcode, 'here'),
  int: define((ops, instruction) => ops.helper('softwareInterrupt', instruction), {
    control: Control.Trap,
    evaluateOnly: true,
  }),
  iret: define(iret, {
    flagsRead: ALL_FLAGS,
    flagsWritten: ALL_FLAGS,
    control: Control.Jump,
    evaluateOnly: true,
  }),
  retf: define(retf, { control: Control.Jump, evaluateOnly: true }),
  pushseg: define(pushseg, { evaluateOnly: true }),
  popseg: define(popseg, { evaluateOnly: true }),
  lar: blind,
  lsl: blind,
  verr: blind,
  verw: blind,
  cpuid: helped('cpuid'),
  rdtsc: helped('rdtsc'),
  rdtscp: helped('rdtscp'),
  fxsave: helped('fxsave'),
  fxrstor: helped('fxrstor'),
  xsave: helped('xsave'),
  xsaveopt: helped('xsave'),
  xsavec: helped('xsavec'),
  xrstor: helped('xrstor'),
  xgetbv: helped('xgetbv'),
  rdfsbase: helped('segmentBase'),
  rdgsbase: helped('segmentBase'),
  wrfsbase: helped('segmentBase'),
  wrgsbase: helped('segmentBase'),
  rdrand: define((ops, instruction) => ops.helper('random', instruction), {
    flagsWritten: ALL_FLAGS,
    evaluateOnly: true,
  }),
  rdseed: define((ops, instruction) => ops.helper('random', instruction), {
    flagsWritten: ALL_FLAGS,
    evaluateOnly: true,
  }),
  rdpid: helped('rdpid'),
};
