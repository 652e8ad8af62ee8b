/** Requests about a stopped thread's signals. Source: kernel/ptrace.c, ptrace_getsiginfo, ptrace_setsiginfo, ptrace_peek_siginfo. */
import { guestAddress } from '../../cpu/address.ts';
import { EINVAL, EIO } from '../abi/errno.ts';
import { PTRACE_PEEKSIGINFO_SHARED, ptrace_peeksiginfo_args } from '../abi/ptrace.ts';
import { SIGINFO_SIZE } from '../abi/signal.ts';
import { readPointer, writeBytes } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { encodeSignalInfo } from '../signal/siginfo.ts';
import { readRawSignalInfo, readSignalSet, writeSignalSet } from '../signal/sets.ts';
import type { Tracee } from './tracee.ts';

export function getSignalInfo(tracer: LinuxThread, { stop }: Tracee, address: number): number {
  if (stop?.info === undefined) return -EINVAL;
  writeBytes(tracer.memory, guestAddress(address), encodeSignalInfo(stop.info));
  return 0;
}

export function setSignalInfo(tracer: LinuxThread, { stop }: Tracee, address: number): number {
  const info = readRawSignalInfo(tracer, address);
  if (stop?.info === undefined) return -EINVAL;
  stop.info = info;
  return 0;
}

/** Pending signals in order of arrival; answers how many were stored. */
export function peekSignals(tracer: LinuxThread, { thread }: Tracee, args: number, address: number): number {
  const { memory } = tracer;
  const first = readPointer(memory, guestAddress(args + ptrace_peeksiginfo_args.off));
  const peekFlags = memory.readU32(guestAddress(args + ptrace_peeksiginfo_args.flags));
  const count = memory.readI32(guestAddress(args + ptrace_peeksiginfo_args.nr));
  if ((peekFlags & ~PTRACE_PEEKSIGINFO_SHARED) !== 0 || count < 0) return -EINVAL;
  const { pending } = (peekFlags & PTRACE_PEEKSIGINFO_SHARED) !== 0 ? thread.process.signals : thread.signals;
  const infos = pending.list().slice(first, first + count);
  infos.forEach((info, index) =>
    writeBytes(memory, guestAddress(address + index * SIGINFO_SIZE), encodeSignalInfo(info)),
  );
  return infos.length;
}

const SIGSET_BYTES = 8;

export function getSignalMask(tracer: LinuxThread, { thread }: Tracee, sizeBytes: number, address: number): number {
  if (sizeBytes !== SIGSET_BYTES) return -EINVAL;
  writeSignalSet(tracer, address, thread.signals.savedMask ?? thread.signals.mask);
  return 0;
}

export function setSignalMask(tracer: LinuxThread, { thread }: Tracee, sizeBytes: number, address: number): number {
  if (sizeBytes !== SIGSET_BYTES) return -EINVAL;
  thread.setSignalMask(readSignalSet(tracer, address));
  return 0;
}

/** A signal that a tracer may pass on: 0 or one that exists. */
export function checkSignal(signal: number): number {
  return signal >= 0 && signal <= 64 ? 0 : -EIO;
}
