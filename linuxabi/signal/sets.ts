/** sigset_t and siginfo_t in guest memory. */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL } from '../abi/errno.ts';
import { SIGINFO_SIZE, siginfo_t } from '../abi/signal.ts';
import { readBytes, writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { encodeSignalInfo } from './siginfo.ts';
import type { SignalInfo } from './siginfo.ts';
import { SignalSet } from './signal-set.ts';

/** sizeof(sigset_t) of the kernel, which every call must name. */
export const SIGSET_SIZE = 8;

export function readSignalSet(thread: LinuxThread, address: number): SignalSet {
  const { memory } = thread;
  return new SignalSet(memory.readI32(guestAddress(address)), memory.readI32(guestAddress(address + 4)));
}

export function writeSignalSet(thread: LinuxThread, address: number, set: SignalSet): void {
  thread.memory.writeU32(guestAddress(address), set.low >>> 0);
  thread.memory.writeU32(guestAddress(address + 4), set.high >>> 0);
}

/**
 * Puts a mask in force for the length of a waiting call (ppoll, pselect, epoll_pwait); address 0: none. The old one comes back when
 * the call ends, or, where a handler ended it, when the handler returns. Source: kernel/signal.c, set_user_sigmask.
 */
export function applyTemporaryMask(thread: LinuxThread, address: number, size: number): number {
  if (address === 0) return 0;
  if (size !== SIGSET_SIZE) return -EINVAL;
  const mask = readSignalSet(thread, address);
  thread.signals.savedMask = thread.signals.mask.copy();
  thread.setSignalMask(mask);
  return 0;
}

/** The call ended by itself: the mask it had put in force goes at once. */
export function endTemporaryMask(thread: LinuxThread): void {
  const { savedMask } = thread.signals;
  if (savedMask === undefined) return;
  thread.signals.mask.assign(savedMask);
  thread.signals.savedMask = undefined;
}

export function writeSignalInfo(thread: LinuxThread, address: number, info: SignalInfo): void {
  writeBytes(thread.memory, guestAddress(address), encodeSignalInfo(info));
}

/** The same with the signal number it carries. */
export function readRawSignalInfo(thread: LinuxThread, address: number): SignalInfo {
  return readSignalInfo(thread, address, thread.memory.readI32(guestAddress(address + siginfo_t.si_signo)));
}

/** A siginfo_t that a program queues: everything after the code is its own business. */
export function readSignalInfo(thread: LinuxThread, address: number, signal: number): SignalInfo {
  const bytes = readBytes(thread.memory, guestAddress(address), SIGINFO_SIZE);
  const view = new DataView(bytes.buffer);
  return {
    signal,
    errno: view.getInt32(siginfo_t.si_errno, true),
    code: view.getInt32(siginfo_t.si_code, true),
    pid: view.getInt32(siginfo_t.si_pid, true),
    uid: view.getUint32(siginfo_t.si_uid, true),
    raw: bytes.slice(12),
  };
}
