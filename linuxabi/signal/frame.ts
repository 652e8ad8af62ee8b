/**
 * The signal frame of x86-64: what a handler finds on its stack and rt_sigreturn puts back. From the top down: image of
 * the x87, SSE and AVX state (aligned to 64), struct rt_sigframe (return address, ucontext, siginfo), aligned so that the handler sees the stack of a
 * called function. Source: arch/x86/kernel/signal.c, get_sigframe; signal_64.c, x64_setup_rt_frame; psABI 3.4.1.
 */
import { guestAddress } from '../../cpu/address.ts';
import { GuestFault } from '../../cpu/memory/guest-memory.ts';
import { Gpr, Rflags, State } from '../../cpu/state-layout.ts';
import type { Processor } from '../../cpu/processor.ts';
import type { CpuState } from '../../cpu/state.ts';
import {
  SA_ONSTACK,
  SA_RESTORER,
  SA_SIGINFO,
  SIGINFO_SIZE,
  FPSTATE_SIZE,
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
import type { AlternateStack, LinuxThread } from '../process/thread.ts';
import type { SignalAction } from './actions.ts';
import { fpuImageSize, resetFpu, restoreFpu, saveFpu } from './fpu-image.ts';
import { storeSignalInfo } from './siginfo.ts';
import type { SignalInfo } from './siginfo.ts';
import { SignalSet } from './signal-set.ts';

/** Below rsp, used by leaf functions without moving it. Source: psABI 3.2.2. */
const RED_ZONE = 128;
/** Flags that a program may set through sigreturn. Source: arch/x86/include/asm/sighandling.h, FIX_EFLAGS. */
const RESTORED_FLAGS =
  Rflags.AC | Rflags.OF | Rflags.DF | Rflags.TF | Rflags.SF | Rflags.ZF | Rflags.AF | Rflags.PF | Rflags.CF | Rflags.RF;

/** Word of struct sigcontext, and word of the CPU state, of each register. */
const registerWords: readonly (readonly [context: number, state: number])[] = (
  [
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
    [sigcontext.rip, State.rip / 8],
  ] as const
).map(([offset, register]) => [offset / 4, register * 2]);

/** From a frame's start to its FPU image: both are aligned, so it is always the same. */
const FPU_AT = rt_sigframe.size + 16;

/** A frame and its FPU image as they lie in memory, made here and stored at once. Each machine has one. */
export class FrameBuffer {
  readonly bytes: Uint8Array;
  readonly words: Uint32Array;
  readonly info: Uint8Array;
  readonly infoView: DataView;
  /** What sigreturn has read: the context and the FXSAVE image. Apart, as what a program wrote must not get into frames of others. */
  readonly context = new Uint8Array(ucontext.size);
  readonly contextWords = new Uint32Array(this.context.buffer);
  readonly legacy = new Uint8Array(FPSTATE_SIZE);

  constructor(processor: Processor) {
    const buffer = new ArrayBuffer(FPU_AT + fpuImageSize(processor));
    this.bytes = new Uint8Array(buffer);
    this.words = new Uint32Array(buffer);
    this.info = new Uint8Array(buffer, rt_sigframe.info, SIGINFO_SIZE);
    this.infoView = new DataView(buffer, rt_sigframe.info, SIGINFO_SIZE);
  }

  /** An integer below 2^53 as 64 bits. */
  setLong(offset: number, value: number): void {
    this.words[offset / 4] = value;
    this.words[offset / 4 + 1] = Math.floor(value / 2 ** 32);
  }
}

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
  const { signalFrame, engine } = thread.machine;
  const frame = framePlace(thread, action);
  if (frame === undefined) return false;
  encodeFrame(signalFrame, thread, action, mask, frame + FPU_AT);
  signalFrame.info.fill(0);
  if ((action.flags & SA_SIGINFO) !== 0) storeSignalInfo(info, signalFrame.info, signalFrame.infoView);
  saveFpu(state, engine.processor, signalFrame.words, FPU_AT / 4);
  if (thread.memory.write(guestAddress(frame), signalFrame.bytes) < signalFrame.bytes.length) return false;
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

function framePlace(thread: LinuxThread, action: SignalAction): number | undefined {
  const rsp = thread.cpu.state.number(Gpr.rsp);
  const stack = thread.signals.alternateStack;
  const nested = isOnAlternateStack(stack, rsp);
  let sp = rsp - RED_ZONE;
  const entering = (action.flags & SA_ONSTACK) !== 0 && stack !== undefined && !nested;
  if (entering) sp = stack.base + stack.size;
  sp -= fpuImageSize(thread.machine.engine.processor);
  const frame = sp - (sp % 64) - FPU_AT;
  if (frame < 0) return undefined;
  // A frame that would run over the end of the alternate stack is refused rather than written below it.
  if ((entering || nested) && stack !== undefined && frame < stack.base) return undefined;
  return frame;
}

function encodeFrame(
  buffer: FrameBuffer,
  thread: LinuxThread,
  action: SignalAction,
  mask: SignalSet,
  fpstate: number,
): void {
  const { words } = buffer;
  const { state } = thread.cpu;
  const uc = rt_sigframe.uc;
  const mc = uc + ucontext.uc_mcontext;
  const extended = thread.machine.engine.processor.hasAvx ? UC_FP_XSTATE : 0;
  const stack = thread.signals.alternateStack;
  const { lastFault } = thread;
  buffer.setLong(rt_sigframe.pretcode, action.restorer);
  buffer.setLong(uc + ucontext.uc_flags, extended | UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS);
  buffer.setLong(uc + ucontext.uc_stack + stack_t.ss_sp, stack?.base ?? 0);
  words[(uc + ucontext.uc_stack + stack_t.ss_flags) / 4] = stack?.flags ?? SS_DISABLE;
  buffer.setLong(uc + ucontext.uc_stack + stack_t.ss_size, stack?.size ?? 0);
  for (const [to, from] of registerWords) {
    words[mc / 4 + to] = state.words[from]!;
    words[mc / 4 + to + 1] = state.words[from + 1]!;
  }
  buffer.setLong(mc + sigcontext.eflags, state.rflags);
  // cs and ss, with gs and fs between them.
  words[(mc + sigcontext.cs) / 4] = USER_CS;
  words[(mc + sigcontext.ss - 2) / 4] = USER_DS << 16;
  buffer.setLong(mc + sigcontext.err, lastFault.errorCode);
  buffer.setLong(mc + sigcontext.trapno, lastFault.trapNumber);
  buffer.setLong(mc + sigcontext.cr2, lastFault.address);
  words[(mc + sigcontext.oldmask) / 4] = mask.low;
  words[(mc + sigcontext.oldmask) / 4 + 1] = mask.high;
  buffer.setLong(mc + sigcontext.fpstate, fpstate);
  words[(uc + ucontext.uc_sigmask) / 4] = mask.low;
  words[(uc + ucontext.uc_sigmask) / 4 + 1] = mask.high;
}

/** rt_sigreturn: puts back what the frame at rsp holds. False when the frame can't be read or makes no sense. */
export function popFrame(thread: LinuxThread): boolean {
  const { state } = thread.cpu;
  // The handler's return has taken the restorer's address off the stack.
  const uc = state.number(Gpr.rsp) - 8 + rt_sigframe.uc;
  try {
    const { context, contextWords: words, legacy } = thread.machine.signalFrame;
    if (thread.memory.read(guestAddress(uc), context) < context.length) return false;
    const fpstate = longAt(words, ucontext.uc_mcontext + sigcontext.fpstate);
    restoreRegisters(state, words);
    if (fpstate === 0) resetFpu(state);
    else if (!restoreFpu(thread.cpu, thread.machine.engine.processor, fpstate, legacy)) return false;
    restoreMask(thread, words);
    restoreStack(thread, words);
    return true;
  } catch (failure) {
    if (failure instanceof GuestFault) return false;
    throw failure;
  }
}

function restoreRegisters(state: CpuState, context: Uint32Array): void {
  for (const [from, to] of registerWords) {
    state.words[to] = context[ucontext.uc_mcontext / 4 + from]!;
    state.words[to + 1] = context[ucontext.uc_mcontext / 4 + from + 1]!;
  }
  const flags = context[(ucontext.uc_mcontext + sigcontext.eflags) / 4]!;
  state.rflags = (state.rflags & ~RESTORED_FLAGS) | (flags & RESTORED_FLAGS);
}

function longAt(words: Uint32Array, offset: number): number {
  return words[offset / 4]! + words[offset / 4 + 1]! * 2 ** 32;
}

function restoreMask(thread: LinuxThread, words: Uint32Array): void {
  const at = ucontext.uc_sigmask / 4;
  thread.setSignalMask(new SignalSet(words[at]! | 0, words[at + 1]! | 0));
}

function restoreStack(thread: LinuxThread, words: Uint32Array): void {
  const at = ucontext.uc_stack;
  const flags = words[(at + stack_t.ss_flags) / 4]!;
  const size = longAt(words, at + stack_t.ss_size);
  const base = longAt(words, at + stack_t.ss_sp);
  if (isOnAlternateStack(thread.signals.alternateStack, thread.cpu.state.number(Gpr.rsp))) return;
  thread.signals.alternateStack = (flags & SS_DISABLE) !== 0 ? undefined : { base, size, flags };
}
