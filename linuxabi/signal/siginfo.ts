/** siginfo_t as the system carries it, and its layout in guest memory. Source: sigaction(2), include/uapi/asm-generic/siginfo.h. */
import { AUDIT_ARCH_X86_64 } from '../abi/seccomp.ts';
import {
  SIGBUS,
  SIGCHLD,
  SIGFPE,
  SIGILL,
  SIGINFO_SIZE,
  SIGSEGV,
  SIGTRAP,
  SI_KERNEL,
  SI_TIMER,
  type SI_TKILL,
  type SI_USER,
  siginfo_t,
} from '../abi/signal.ts';

/** Who sent a signal that is to be told what becomes of it: a timer. */
export interface SignalNotice {
  /** It is pending. */
  queued(): void;
  /** It is pending no longer: taken, or dropped. */
  taken(info: SignalInfo): void;
}

export interface SignalInfo {
  readonly signal: number;
  readonly code: number;
  readonly errno?: number;
  readonly pid?: number;
  readonly uid?: number;
  /** SIGCHLD: exit status or signal; times in clock ticks. */
  readonly status?: number;
  readonly userTicks?: number;
  readonly systemTicks?: number;
  /** Queued signals and timers. */
  readonly value?: bigint;
  readonly timerId?: number;
  overrun?: number;
  readonly notice?: SignalNotice;
  /** Faults. */
  readonly address?: number;
  readonly trapNumber?: number;
  readonly errorCode?: number;
  /** SIGSYS: the call that a filter did not let pass. */
  readonly call?: { readonly address: number; readonly number: number };
  /** Of a descriptor: what happened (POLL bits) to which. */
  readonly poll?: { readonly band: number; readonly fd: number };
  /** The rest of a siginfo_t that a program queued itself, from byte 12 on. */
  readonly raw?: Uint8Array;
}

/** A signal from the kernel without further particulars. */
export function kernelSignal(signal: number): SignalInfo {
  return { signal, code: SI_KERNEL };
}

/** As kill(2) and tgkill(2) send it. */
export function userSignal(
  signal: number,
  code: typeof SI_USER | typeof SI_TKILL,
  pid: number,
  uid: number,
): SignalInfo {
  return { signal, code, pid, uid };
}

const faultSignals: readonly number[] = [SIGILL, SIGFPE, SIGSEGV, SIGBUS, SIGTRAP];

/** Tells of an instruction and an address, not of a sender. */
export function isFault({ code, signal, pid }: SignalInfo): boolean {
  return pid === undefined && code > 0 && code !== SI_KERNEL && faultSignals.includes(signal);
}

/** The siginfo_t of this signal, SIGINFO_SIZE bytes. */
export function encodeSignalInfo(info: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(SIGINFO_SIZE);
  storeSignalInfo(info, bytes, new DataView(bytes.buffer));
  return bytes;
}

/** The same into zeroed bytes; `view` is on these bytes. */
export function storeSignalInfo(info: SignalInfo, bytes: Uint8Array, view: DataView): void {
  if (info.raw !== undefined) bytes.set(info.raw, 12);
  view.setInt32(siginfo_t.si_signo, info.signal, true);
  view.setInt32(siginfo_t.si_errno, info.errno ?? 0, true);
  view.setInt32(siginfo_t.si_code, info.code, true);
  if (info.raw !== undefined) return;
  if (isFault(info)) {
    view.setBigUint64(siginfo_t.si_addr, BigInt(info.address ?? 0), true);
    return;
  }
  if (info.call !== undefined) {
    view.setBigUint64(siginfo_t.si_call_addr, BigInt(info.call.address), true);
    view.setInt32(siginfo_t.si_syscall, info.call.number, true);
    view.setUint32(siginfo_t.si_arch, AUDIT_ARCH_X86_64, true);
    return;
  }
  if (info.poll !== undefined) {
    view.setBigInt64(siginfo_t.si_band, BigInt(info.poll.band), true);
    view.setInt32(siginfo_t.si_fd, info.poll.fd, true);
    return;
  }
  if (info.code === SI_TIMER) {
    view.setInt32(siginfo_t.si_timerid, info.timerId ?? 0, true);
    view.setInt32(siginfo_t.si_overrun, info.overrun ?? 0, true);
    view.setBigUint64(siginfo_t.si_value, info.value ?? 0n, true);
    return;
  }
  view.setInt32(siginfo_t.si_pid, info.pid ?? 0, true);
  view.setUint32(siginfo_t.si_uid, info.uid ?? 0, true);
  if (info.signal === SIGCHLD && info.code > 0) {
    view.setInt32(siginfo_t.si_status, info.status ?? 0, true);
    view.setBigInt64(siginfo_t.si_utime, BigInt(info.userTicks ?? 0), true);
    view.setBigInt64(siginfo_t.si_stime, BigInt(info.systemTicks ?? 0), true);
  } else if (info.value !== undefined) {
    view.setBigUint64(siginfo_t.si_value, info.value, true);
  }
}
