/** A signal's siginfo_t as `--- SIGCHLD {…} ---` shows it. Source: strace's printsiginfo.c. */
import { errnoNames } from '../abi/errno.ts';
import * as sig from '../abi/signal.ts';
import { signalName } from '../abi/signal.ts';
import { encodeSignalInfo } from '../signal/siginfo.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import { syscallTable } from '../syscall-table.ts';
import { filled, given, pointerOf } from './show.ts';
import type { StructText } from './show.ts';

const generalCodes: Readonly<Record<number, string>> = {
  [sig.SI_USER]: 'SI_USER',
  [sig.SI_KERNEL]: 'SI_KERNEL',
  [sig.SI_QUEUE]: 'SI_QUEUE',
  [sig.SI_TIMER]: 'SI_TIMER',
  [sig.SI_MESGQ]: 'SI_MESGQ',
  [sig.SI_TKILL]: 'SI_TKILL',
};
const codesBySignal: Readonly<Record<number, readonly string[]>> = {
  [sig.SIGCHLD]: ['', 'CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED'],
  [sig.SIGSEGV]: ['', 'SEGV_MAPERR', 'SEGV_ACCERR'],
  [sig.SIGBUS]: ['', 'BUS_ADRALN', 'BUS_ADRERR'],
  [sig.SIGILL]: ['', 'ILL_ILLOPC', 'ILL_ILLOPN'],
  [sig.SIGFPE]: ['', 'FPE_INTDIV', 'FPE_INTOVF', 'FPE_FLTDIV', 'FPE_FLTOVF', 'FPE_FLTUND', 'FPE_FLTRES', 'FPE_FLTINV'],
  [sig.SIGTRAP]: ['', 'TRAP_BRKPT', 'TRAP_TRACE'],
  [sig.SIGSYS]: ['', 'SYS_SECCOMP'],
};
const FAULTS = new Set<number>([sig.SIGSEGV, sig.SIGBUS, sig.SIGILL, sig.SIGFPE, sig.SIGTRAP]);

export function signalText(info: SignalInfo): string {
  return `--- ${signalName(info.signal)} ${siginfoText(info)} ---`;
}

function siginfoText(info: SignalInfo): string {
  const code = generalCodes[info.code] ?? codesBySignal[info.signal]?.[info.code] ?? String(info.code);
  const errno =
    info.errno === undefined || info.errno === 0 ? '' : `, si_errno=${errnoNames[info.errno] ?? info.errno}`;
  return `{si_signo=${signalName(info.signal)}, si_code=${code}${errno}${particulars(info)}}`;
}

function particulars(info: SignalInfo): string {
  if (info.raw !== undefined) return particulars(decode(encodeSignalInfo(info)));
  if (info.signal === sig.SIGCHLD && info.code > 0 && info.code !== sig.SI_KERNEL) {
    const status = info.code === sig.CLD_EXITED ? String(info.status ?? 0) : signalName(info.status ?? 0);
    const times = `si_utime=${info.userTicks ?? 0}, si_stime=${info.systemTicks ?? 0}`;
    return `, si_pid=${info.pid ?? 0}, si_uid=${info.uid ?? 0}, si_status=${status}, ${times}`;
  }
  if (info.call !== undefined) {
    const name = syscallTable[info.call.number]?.name ?? `0x${info.call.number.toString(16)}`;
    return `, si_call_addr=${pointerOf(info.call.address)}, si_syscall=__NR_${name}, si_arch=AUDIT_ARCH_X86_64`;
  }
  if (info.code > 0 && FAULTS.has(info.signal)) return `, si_addr=${pointerOf(info.address ?? 0)}`;
  const value = info.value === undefined || info.value === 0n ? '' : valueText(info.value);
  if (info.code === sig.SI_TIMER)
    return `, si_timerid=${pointerOf(info.timerId ?? 0)}, si_overrun=${info.overrun ?? 0}${value}`;
  return info.pid === undefined ? '' : `, si_pid=${info.pid}, si_uid=${info.uid ?? 0}${value}`;
}

const valueText = (value: bigint): string =>
  `, si_int=${Number(BigInt.asIntN(32, value))}, si_ptr=0x${value.toString(16)}`;

/** A siginfo_t in memory, as far as strace shows it. */
function decode(bytes: Uint8Array): SignalInfo {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const layout = sig.siginfo_t;
  const signal = view.getInt32(layout.si_signo, true);
  const code = view.getInt32(layout.si_code, true);
  if (code > 0 && FAULTS.has(signal)) return { signal, code, address: Number(view.getBigUint64(layout.si_addr, true)) };
  const value = view.getBigUint64(layout.si_value, true);
  if (code === sig.SI_TIMER) {
    const [timerId, overrun] = [view.getInt32(layout.si_timerid, true), view.getInt32(layout.si_overrun, true)];
    return { signal, code, timerId, overrun, value };
  }
  const sender = { pid: view.getInt32(layout.si_pid, true), uid: view.getUint32(layout.si_uid, true) };
  if (signal !== sig.SIGCHLD || code <= 0) return { signal, code, ...sender, ...(code === sig.SI_QUEUE && { value }) };
  return {
    signal,
    code,
    ...sender,
    status: view.getInt32(layout.si_status, true),
    userTicks: Number(view.getBigInt64(layout.si_utime, true)),
    systemTicks: Number(view.getBigInt64(layout.si_stime, true)),
  };
}

const inMemory: StructText = (view) => {
  const info = decode(new Uint8Array(view.buffer));
  return info.signal === 0 ? '{}' : siginfoText(info);
};
export const siginfoIn = given(sig.SIGINFO_SIZE, inMemory);
export const siginfoOut = filled(sig.SIGINFO_SIZE, inMemory);
