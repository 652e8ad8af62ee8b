/** sigaction(2), sigprocmask(2), sigpending(2), sigaltstack(2), sigreturn(2). */
import { guestAddress } from '../../cpu/address.ts';
import { Gpr } from '../../cpu/state-layout.ts';
import { EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import {
  MINSIGSTKSZ,
  SA_EXPOSE_TAGBITS,
  SA_NOCLDSTOP,
  SA_NOCLDWAIT,
  SA_NODEFER,
  SA_ONSTACK,
  SA_RESETHAND,
  SA_RESTART,
  SA_RESTORER,
  SA_SIGINFO,
  SIGKILL,
  SIGSEGV,
  SIGSTOP,
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
  _NSIG,
  kernel_sigaction,
  sigprocmaskNames,
  stack_t,
} from '../abi/signal.ts';
import { NO_RESULT } from '../blocking.ts';
import { readPointer, writeLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { choice, pointer, signal, size, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import type { SignalAction } from './actions.ts';
import { isOnAlternateStack, popFrame } from './frame.ts';
import { forceSignal } from './send.ts';
import { SIGSET_SIZE, readSignalSet, writeSignalSet } from './sets.ts';
import { kernelSignal } from './siginfo.ts';
import { SignalSet } from './signal-set.ts';

/** Flags that sigaction keeps; others read back as zero. Source: kernel/signal.c, UAPI_SA_FLAGS. */
const KNOWN_FLAGS =
  SA_NOCLDSTOP |
  SA_NOCLDWAIT |
  SA_SIGINFO |
  SA_ONSTACK |
  SA_RESTART |
  SA_NODEFER |
  SA_RESETHAND |
  SA_RESTORER |
  SA_EXPOSE_TAGBITS;

function sigaction(thread: LinuxThread, number: number, next: number, previous: number): number {
  if (number < 1 || number > _NSIG) return -EINVAL;
  if (next !== 0 && (number === SIGKILL || number === SIGSTOP)) return -EINVAL;
  const { signals } = thread.process;
  const old = signals.actions.get(number);
  const action = next === 0 ? undefined : readAction(thread, next);
  if (action !== undefined) {
    signals.actions.set(number, action);
    if (signals.actions.ignores(number)) discard(thread, number);
  }
  if (previous !== 0) writeAction(thread, previous, old);
  return 0;
}

/** POSIX: ignoring a signal takes back what is pending of it, blocked or not. */
function discard(thread: LinuxThread, number: number): void {
  const set = SignalSet.of(number);
  thread.process.signals.pending.discard(set);
  for (const other of thread.process.threads.values()) other.signals.pending.discard(set);
}

function readAction(thread: LinuxThread, address: number): SignalAction {
  const { memory } = thread;
  const mask = readSignalSet(thread, address + kernel_sigaction.sa_mask);
  mask.deleteAll(SignalSet.of(SIGKILL, SIGSTOP));
  return {
    handler: readPointer(memory, guestAddress(address + kernel_sigaction.sa_handler)),
    flags: (memory.readU32(guestAddress(address + kernel_sigaction.sa_flags)) & KNOWN_FLAGS) >>> 0,
    restorer: readPointer(memory, guestAddress(address + kernel_sigaction.sa_restorer)),
    mask,
  };
}

function writeAction(thread: LinuxThread, address: number, action: SignalAction): void {
  const { memory } = thread;
  writeLong(memory, guestAddress(address + kernel_sigaction.sa_handler), action.handler);
  writeLong(memory, guestAddress(address + kernel_sigaction.sa_flags), action.flags);
  writeLong(memory, guestAddress(address + kernel_sigaction.sa_restorer), action.restorer);
  writeSignalSet(thread, address + kernel_sigaction.sa_mask, action.mask);
}

function sigprocmask(thread: LinuxThread, how: number, next: number, previous: number): number {
  const old = thread.signals.mask.copy();
  if (next !== 0) {
    const set = readSignalSet(thread, next);
    const mask = old.copy();
    if (how === SIG_BLOCK) mask.addAll(set);
    else if (how === SIG_UNBLOCK) mask.deleteAll(set);
    else if (how === SIG_SETMASK) mask.assign(set);
    else return -EINVAL;
    thread.setSignalMask(mask);
  }
  if (previous !== 0) writeSignalSet(thread, previous, old);
  return 0;
}

function sigpending(thread: LinuxThread, address: number, length: number): number {
  if (length > SIGSET_SIZE) return -EINVAL;
  const { mask, pending } = thread.signals;
  const all = pending.set.copy();
  all.addAll(thread.process.signals.pending.set);
  writeSignalSet(thread, address, new SignalSet(all.low & mask.low, all.high & mask.high));
  return 0;
}

function sigaltstack(thread: LinuxThread, next: number, previous: number): number {
  const { memory, signals } = thread;
  const old = signals.alternateStack;
  const nested = isOnAlternateStack(old, thread.cpu.state.number(Gpr.rsp));
  if (next !== 0) {
    const base = readPointer(memory, guestAddress(next + stack_t.ss_sp));
    const flags = memory.readU32(guestAddress(next + stack_t.ss_flags));
    const length = readPointer(memory, guestAddress(next + stack_t.ss_size));
    if (nested) return -EPERM;
    const kind = (flags & ~SS_AUTODISARM) >>> 0;
    if (kind !== SS_DISABLE && kind !== SS_ONSTACK && kind !== 0) return -EINVAL;
    if (kind !== SS_DISABLE && length < MINSIGSTKSZ) return -ENOMEM;
    signals.alternateStack = kind === SS_DISABLE ? undefined : { base, size: length, flags };
  }
  if (previous === 0) return 0;
  const shown = old === undefined ? SS_DISABLE : (old.flags & SS_AUTODISARM) | (nested ? SS_ONSTACK : 0);
  writeLong(memory, guestAddress(previous + stack_t.ss_sp), old?.base ?? 0);
  memory.writeU32(guestAddress(previous + stack_t.ss_flags), shown >>> 0);
  writeLong(memory, guestAddress(previous + stack_t.ss_size), old?.size ?? 0);
  return 0;
}

export const actionSyscalls: readonly SyscallDefinition[] = [
  syscall(
    13,
    'rt_sigaction',
    [signal('signum'), pointer('act'), pointer('oldact'), size('sigsetsize')],
    (thread, number, next, previous, length) =>
      length === SIGSET_SIZE ? sigaction(thread, number, next, previous) : -EINVAL,
  ),
  syscall(
    14,
    'rt_sigprocmask',
    [choice('how', sigprocmaskNames), pointer('set'), pointer('oldset'), size('sigsetsize')],
    (thread, how, next, previous, length) =>
      length === SIGSET_SIZE ? sigprocmask(thread, how, next, previous) : -EINVAL,
  ),
  syscall(127, 'rt_sigpending', [pointer('set'), size('sigsetsize')], sigpending),
  syscall(131, 'sigaltstack', [pointer('ss'), pointer('old_ss')], sigaltstack),
  syscall(15, 'rt_sigreturn', [], (thread) => {
    if (!popFrame(thread)) forceSignal(thread, kernelSignal(SIGSEGV));
    return NO_RESULT;
  }),
];
