/**
 * Registers of a stopped thread as its tracer sees them: struct user_regs_struct, and the words of struct user. Source:
 * arch/x86/kernel/ptrace.c, getreg, putreg, ptrace_get_debugreg.
 */
import { USER_LIMIT } from '../../cpu/address.ts';
import { Gpr, Rflags, State } from '../../cpu/state-layout.ts';
import { EINVAL, EIO, ENOSPC } from '../abi/errno.ts';
import { user, user_regs_struct as regs } from '../abi/ptrace.ts';
import { USER_CS, USER_DS } from '../abi/signal.ts';
import type { Tracee } from './tracee.ts';

const WORD = 8;
/** Flags that a tracer may set. Source: arch/x86/kernel/ptrace.c, FLAG_MASK. */
const SETTABLE_FLAGS =
  Rflags.CF | Rflags.PF | Rflags.AF | Rflags.ZF | Rflags.SF | Rflags.TF | Rflags.DF | Rflags.OF | Rflags.RF | Rflags.AC;

/** Where CpuState.gpr keeps what stands at an offset of struct user_regs_struct. */
const plainRegisters: ReadonlyMap<number, number> = new Map([
  [regs.r15, Gpr.r15],
  [regs.r14, Gpr.r14],
  [regs.r13, Gpr.r13],
  [regs.r12, Gpr.r12],
  [regs.rbp, Gpr.rbp],
  [regs.rbx, Gpr.rbx],
  [regs.r11, Gpr.r11],
  [regs.r10, Gpr.r10],
  [regs.r9, Gpr.r9],
  [regs.r8, Gpr.r8],
  [regs.rax, Gpr.rax],
  [regs.rcx, Gpr.rcx],
  [regs.rdx, Gpr.rdx],
  [regs.rsi, Gpr.rsi],
  [regs.rdi, Gpr.rdi],
  [regs.rip, State.rip / WORD],
  [regs.rsp, Gpr.rsp],
]);

/** Whose registers can be read: a tracee's, or any thread's that does not run. */
export type RegisterHolder = Pick<Tracee, 'thread'> & Partial<Pick<Tracee, 'hasForcedTrapFlag'>>;

/** The word at an offset of struct user_regs_struct. */
export function readRegister(holder: RegisterHolder, offset: number): bigint {
  const { thread } = holder;
  const { state } = thread.cpu;
  const plain = plainRegisters.get(offset);
  if (plain !== undefined) return state.gpr[plain]!;
  switch (offset) {
    case regs.orig_rax:
      return BigInt.asUintN(64, BigInt(thread.callNumber));
    case regs.eflags:
      return BigInt(holder.hasForcedTrapFlag === true ? state.rflags & ~Rflags.TF : state.rflags) & 0xffffffffn;
    case regs.cs:
      return BigInt(USER_CS);
    case regs.ss:
      return BigInt(USER_DS);
    case regs.fs_base:
      return state.gpr[State.fsBase / WORD]!;
    case regs.gs_base:
      return state.gpr[State.gsBase / WORD]!;
    default:
      return 0n;
  }
}

/** 0 or −errno. */
export function writeRegister(tracee: Tracee, offset: number, value: bigint): number {
  const { thread } = tracee;
  const { state } = thread.cpu;
  const plain = plainRegisters.get(offset);
  if (plain !== undefined) {
    state.gpr[plain] = value;
    return 0;
  }
  switch (offset) {
    case regs.orig_rax:
      setCallNumber(tracee, value);
      return 0;
    case regs.eflags:
      setFlags(tracee, Number(value & 0xffffffffn));
      return 0;
    case regs.cs:
      return value === BigInt(USER_CS) ? 0 : -EIO;
    case regs.ss:
      return value === BigInt(USER_DS) ? 0 : -EIO;
    case regs.fs_base:
    case regs.gs_base:
      if (value >= BigInt(USER_LIMIT)) return -EIO;
      state.gpr[(offset === regs.fs_base ? State.fsBase : State.gsBase) / WORD] = value;
      return 0;
    // ds, es, fs and gs: in 64-bit code nobody sees them.
    default:
      return value === 0n || (value & 3n) === 3n ? 0 : -EIO;
  }
}

/** A number below zero takes the thread out of its call: it is not carried out, and not restarted. */
function setCallNumber({ thread }: Tracee, value: bigint): void {
  const number = Number(BigInt.asIntN(32, value));
  thread.callNumber = number;
  if (thread.syscallNumber >= 0 || number < 0) thread.syscallNumber = number;
}

function setFlags(tracee: Tracee, flags: number): void {
  const { state } = tracee.thread.cpu;
  // A trap flag of the program's own stays when the tracer's stepping ends.
  if ((flags & Rflags.TF) !== 0) tracee.hasForcedTrapFlag = false;
  const kept = tracee.hasForcedTrapFlag ? Rflags.TF : 0;
  state.rflags = (state.rflags & ~SETTABLE_FLAGS) | (flags & SETTABLE_FLAGS) | kept;
}

/** PTRACE_PEEKUSER: the word at an offset of struct user, or undefined where there is none. */
export function peekUser(tracee: Tracee, offset: number): bigint | undefined {
  if (!isUserWord(offset)) return undefined;
  if (offset < regs.size) return readRegister(tracee, offset);
  if (offset < user.u_debugreg || offset >= user.debugregEnd) return 0n;
  return tracee.debugAddresses[(offset - user.u_debugreg) / WORD] ?? 0n;
}

/** PTRACE_POKEUSER: 0 or −errno. */
export function pokeUser(tracee: Tracee, offset: number, value: bigint): number {
  if (!isUserWord(offset)) return -EIO;
  if (offset < regs.size) return writeRegister(tracee, offset, value);
  if (offset < user.u_debugreg || offset >= user.debugregEnd) return -EIO;
  return writeDebugRegister(tracee, (offset - user.u_debugreg) / WORD, value);
}

function isUserWord(offset: number): boolean {
  return offset >= 0 && offset < user.size && offset % WORD === 0;
}

const DEBUG_STATUS = 6;
const DEBUG_CONTROL = 7;
/** Bits of the control register that enable something. */
const ENABLES = 0xffn;

/** Addresses are kept; there is nothing to watch them with, as when every slot is taken. */
function writeDebugRegister({ debugAddresses }: Tracee, index: number, value: bigint): number {
  if (index < debugAddresses.length) {
    if (value >= BigInt(USER_LIMIT)) return -EINVAL;
    debugAddresses[index] = value;
    return 0;
  }
  if (index === DEBUG_CONTROL) return (value & ENABLES) === 0n ? 0 : -ENOSPC;
  return index === DEBUG_STATUS ? 0 : -EIO;
}
