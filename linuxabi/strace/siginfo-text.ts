/** A signal's siginfo_t as `--- SIGCHLD {…} ---` shows it. Source: strace's printsiginfo.c. */
import * as sig from '../abi/signal.ts';
import { signalName } from '../abi/signal.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import { pointerOf } from './show.ts';

const generalCodes: Readonly<Record<number, string>> = {
  [sig.SI_USER]: 'SI_USER',
  [sig.SI_KERNEL]: 'SI_KERNEL',
  [sig.SI_QUEUE]: 'SI_QUEUE',
  [sig.SI_TIMER]: 'SI_TIMER',
  [sig.SI_TKILL]: 'SI_TKILL',
};
const codesBySignal: Readonly<Record<number, readonly string[]>> = {
  [sig.SIGCHLD]: ['', 'CLD_EXITED', 'CLD_KILLED', 'CLD_DUMPED', 'CLD_TRAPPED', 'CLD_STOPPED', 'CLD_CONTINUED'],
  [sig.SIGSEGV]: ['', 'SEGV_MAPERR', 'SEGV_ACCERR'],
  [sig.SIGBUS]: ['', 'BUS_ADRALN', 'BUS_ADRERR'],
  [sig.SIGILL]: ['', 'ILL_ILLOPC', 'ILL_ILLOPN'],
  [sig.SIGFPE]: ['', 'FPE_INTDIV', 'FPE_INTOVF', 'FPE_FLTDIV', 'FPE_FLTOVF', 'FPE_FLTUND', 'FPE_FLTRES', 'FPE_FLTINV'],
  [sig.SIGTRAP]: ['', 'TRAP_BRKPT', 'TRAP_TRACE'],
};
const FAULTS = new Set<number>([sig.SIGSEGV, sig.SIGBUS, sig.SIGILL, sig.SIGFPE, sig.SIGTRAP]);

export function signalText(info: SignalInfo): string {
  const name = signalName(info.signal);
  const code = generalCodes[info.code] ?? codesBySignal[info.signal]?.[info.code] ?? String(info.code);
  return `--- ${name} {si_signo=${name}, si_code=${code}${particulars(info)}} ---`;
}

function particulars(info: SignalInfo): string {
  if (info.signal === sig.SIGCHLD && info.code > 0 && info.code !== sig.SI_KERNEL) {
    const status = info.code === sig.CLD_EXITED ? String(info.status ?? 0) : signalName(info.status ?? 0);
    const times = `si_utime=${info.userTicks ?? 0}, si_stime=${info.systemTicks ?? 0}`;
    return `, si_pid=${info.pid ?? 0}, si_uid=${info.uid ?? 0}, si_status=${status}, ${times}`;
  }
  if (info.code > 0 && info.code !== sig.SI_KERNEL && FAULTS.has(info.signal))
    return `, si_addr=${pointerOf(info.address ?? 0)}`;
  if (info.code === sig.SI_TIMER)
    return `, si_timerid=${pointerOf(info.timerId ?? 0)}, si_overrun=${info.overrun ?? 0}`;
  return info.pid === undefined ? '' : `, si_pid=${info.pid}, si_uid=${info.uid ?? 0}`;
}
