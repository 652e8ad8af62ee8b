/**
 * The signal frame of x86-64: what a handler finds on its stack and rt_sigreturn puts back. From the top down: image of
 * the x87, SSE and AVX state (aligned to 64), struct rt_sigframe (return address, ucontext, siginfo), aligned so that the handler sees the stack of a
 * called function. Source: arch/x86/kernel/signal.c, get_sigframe; signal_64.c, x64_setup_rt_frame; psABI 3.4.1.
 */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { Gpr, Rflags } from '../../cpu/state-layout.ts';
import type { Processor } from '../../cpu/processor.ts';
import type { CpuState } from '../../cpu/state.ts';
import {
  SA_ONSTACK,
  SA_RESTORER,
  SA_SIGINFO,
  SS_AUTODISARM,
  SS_DISABLE,
  UC_FP_XSTATE,
  UC_SIGCONTEXT_SS,
  UC_STRICT_RESTORE_SS,
  USER_CS,
  USER_DS,
  rt_sigframe,
  sigcontext,
  stack_t,
  ucontext,
} from '../abi/signal.ts';
import { readBytes } from '../guest-string.ts';
import type { AlternateStack, LinuxThread } from '../process/thread.ts';
import type { SignalAction } from './actions.ts';
import { fpuImageSize, resetFpu, restoreFpu, saveFpu } from './fpu-image.ts';
import { encodeSignalInfo } from './siginfo.ts';
import type { SignalInfo } from './siginfo.ts';
import { SignalSet } from './signal-set.ts';

/** Below rsp, used by leaf functions without moving it. Source: psABI 3.2.2. */
const RED_ZONE = 128;
/** Flags that a program may set through sigreturn. Source: arch/x86/include/asm/sighandling.h, FIX_EFLAGS. */
const RESTORED_FLAGS =
  Rflags.AC | Rflags.OF | Rflags.DF | Rflags.TF | Rflags.SF | Rflags.ZF | Rflags.AF | Rflags.PF | Rflags.CF | Rflags.RF;

const registerSlots: readonly (readonly [offset: number, gpr: number])[] = [
  [sigcontext.r8, Gpr.r8],
  [sigcontext.r9, Gpr.r9],
  [sigcontext.r10, Gpr.r10],
  [sigcontext.r11, Gpr.r11],
  [sigcontext.r12, Gpr.r12],
  [sigcontext.r13, Gpr.r13],
  [sigcontext.r14, Gpr.r14],
  [sigcontext.r15, Gpr.r15],
  [sigcontext.rdi, Gpr.rdi],
  [sigcontext.rsi, Gpr.rsi],
  [sigcontext.rbp, Gpr.rbp],
  [sigcontext.rbx, Gpr.rbx],
  [sigcontext.rdx, Gpr.rdx],
  [sigcontext.rax, Gpr.rax],
  [sigcontext.rcx, Gpr.rcx],
  [sigcontext.rsp, Gpr.rsp],
];

/** Room that a frame may need, alignment included. Source: arch/x86/kernel/signal.c, init_sigframe_size. */
export function largestFrameBytes(processor: Processor): number {
  const alignments = 63 + 15;
  return roundUp16(rt_sigframe.size + alignments + fpuImageSize(processor));
}

function roundUp16(size: number): number {
  return (size + 15) & ~15;
}

/** Whether rsp lies in the alternate stack (one set to disarm itself never counts). */
export function isOnAlternateStack(stack: AlternateStack | undefined, rsp: number): boolean {
  if (stack === undefined || (stack.flags & SS_AUTODISARM) !== 0) return false;
  return rsp > stack.base && rsp - stack.base <= stack.size;
}

/** Makes the thread enter the handler; false when its stack can't take the frame. `mask` is what sigreturn puts back. */
export function pushFrame(thread: LinuxThread, info: SignalInfo, action: SignalAction, mask: SignalSet): boolean {
  if ((action.flags & SA_RESTORER) === 0) return false;
  const { state } = thread.cpu;
  const place = framePlace(thread, action);
  if (place === undefined) return false;
  const { frame, fpstate } = place;
  const image = encodeFrame(thread, info, action, mask, fpstate);
  const fpu = saveFpu(state, thread.machine.engine.processor);
  if (thread.memory.write(guestAddress(fpstate), fpu) < fpu.length) return false;
  if (thread.memory.write(guestAddress(frame), image) < image.length) return false;
  const stack = thread.signals.alternateStack;
  if (stack !== undefined && (stack.flags & SS_AUTODISARM) !== 0) thread.signals.alternateStack = undefined;
  state.setNumber(Gpr.rdi, info.signal);
  state.setNumber(Gpr.rax, 0);
  state.setNumber(Gpr.rsi, frame + rt_sigframe.info);
  state.setNumber(Gpr.rdx, frame + rt_sigframe.uc);
  state.setNumber(Gpr.rsp, frame);
  state.rip = action.handler;
  state.rflags = state.rflags & ~(Rflags.DF | Rflags.RF | Rflags.TF);
  resetFpu(state);
  return true;
}

function framePlace(thread: LinuxThread, action: SignalAction): { frame: number; fpstate: number } | undefined {
  const rsp = thread.cpu.state.number(Gpr.rsp);
  const stack = thread.signals.alternateStack;
  const nested = isOnAlternateStack(stack, rsp);
  let sp = rsp - RED_ZONE;
  const entering = (action.flags & SA_ONSTACK) !== 0 && stack !== undefined && !nested;
  if (entering) sp = stack.base + stack.size;
  sp -= fpuImageSize(thread.machine.engine.processor);
  const fpstate = sp - (sp % 64);
  sp = fpstate - rt_sigframe.size;
  const frame = sp - (sp % 16) - 8;
  if (frame < 0) return undefined;
  // A frame that would run over the end of the alternate stack is refused rather than written below it.
  if ((entering || nested) && stack !== undefined && frame < stack.base) return undefined;
  return { frame, fpstate };
}

function encodeFrame(
  thread: LinuxThread,
  info: SignalInfo,
  action: SignalAction,
  mask: SignalSet,
  fpstate: number,
): Uint8Array {
  const bytes = new Uint8Array(rt_sigframe.size);
  const view = new DataView(bytes.buffer);
  const { state } = thread.cpu;
  view.setBigUint64(rt_sigframe.pretcode, BigInt(action.restorer), true);
  const uc = rt_sigframe.uc;
  const extended = thread.machine.engine.processor.hasAvx ? UC_FP_XSTATE : 0;
  view.setBigUint64(uc + ucontext.uc_flags, BigInt(extended | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS), true);
  encodeStack(view, uc + ucontext.uc_stack, thread.signals.alternateStack);
  const mc = uc + ucontext.uc_mcontext;
  for (const [offset, gpr] of registerSlots) view.setBigUint64(mc + offset, state.gpr[gpr]!, true);
  view.setBigUint64(mc + sigcontext.rip, BigInt(state.rip), true);
  view.setBigUint64(mc + sigcontext.eflags, BigInt(state.rflags), true);
  view.setUint16(mc + sigcontext.cs, USER_CS, true);
  view.setUint16(mc + sigcontext.ss, USER_DS, true);
  const { lastFault } = thread;
  view.setBigUint64(mc + sigcontext.err, BigInt(lastFault.errorCode), true);
  view.setBigUint64(mc + sigcontext.trapno, BigInt(lastFault.trapNumber), true);
  view.setBigUint64(mc + sigcontext.cr2, BigInt(lastFault.address), true);
  view.setUint32(mc + sigcontext.oldmask, mask.low, true);
  view.setUint32(mc + sigcontext.oldmask + 4, mask.high, true);
  view.setBigUint64(mc + sigcontext.fpstate, BigInt(fpstate), true);
  view.setUint32(uc + ucontext.uc_sigmask, mask.low, true);
  view.setUint32(uc + ucontext.uc_sigmask + 4, mask.high, true);
  if ((action.flags & SA_SIGINFO) !== 0) bytes.set(encodeSignalInfo(info), rt_sigframe.info);
  return bytes;
}

function encodeStack(view: DataView, offset: number, stack: AlternateStack | undefined): void {
  view.setBigUint64(offset + stack_t.ss_sp, BigInt(stack?.base ?? 0), true);
  view.setUint32(offset + stack_t.ss_flags, stack?.flags ?? SS_DISABLE, true);
  view.setBigUint64(offset + stack_t.ss_size, BigInt(stack?.size ?? 0), true);
}

/** rt_sigreturn: puts back what the frame at rsp holds. False when the frame can't be read or makes no sense. */
export function popFrame(thread: LinuxThread): boolean {
  const { state } = thread.cpu;
  // The handler's return has taken the restorer's address off the stack.
  const uc = state.number(Gpr.rsp) - 8 + rt_sigframe.uc;
  try {
    const view = new DataView(readBytes(thread.memory, guestAddress(uc), ucontext.size).buffer);
    const mc = ucontext.uc_mcontext;
    const fpstate = Number(view.getBigUint64(mc + sigcontext.fpstate, true));
    restoreRegisters(state, view);
    if (fpstate === 0) resetFpu(state);
    else if (!restoreFpu(thread.cpu, thread.machine.engine.processor, fpstate)) return false;
    restoreMask(thread, view);
    restoreStack(thread, view);
    return true;
  } catch (failure) {
    if (failure instanceof GuestFault) return false;
    throw failure;
  }
}

function restoreRegisters(state: CpuState, view: DataView): void {
  const mc = ucontext.uc_mcontext;
  for (const [offset, gpr] of registerSlots) state.gpr[gpr] = view.getBigUint64(mc + offset, true);
  state.gpr[19] = view.getBigUint64(mc + sigcontext.rip, true);
  const flags = view.getUint32(mc + sigcontext.eflags, true);
  state.rflags = (state.rflags & ~RESTORED_FLAGS) | (flags & RESTORED_FLAGS);
}

function restoreMask(thread: LinuxThread, view: DataView): void {
  const low = view.getInt32(ucontext.uc_sigmask, true);
  const high = view.getInt32(ucontext.uc_sigmask + 4, true);
  thread.setSignalMask(new SignalSet(low, high));
}

function restoreStack(thread: LinuxThread, view: DataView): void {
  const at = ucontext.uc_stack;
  const flags = view.getUint32(at + stack_t.ss_flags, true);
  const size = Number(view.getBigUint64(at + stack_t.ss_size, true));
  const base = Number(view.getBigUint64(at + stack_t.ss_sp, true));
  if (isOnAlternateStack(thread.signals.alternateStack, thread.cpu.state.number(Gpr.rsp))) return;
  thread.signals.alternateStack = (flags & SS_DISABLE) !== 0 ? undefined : { base, size, flags };
}
