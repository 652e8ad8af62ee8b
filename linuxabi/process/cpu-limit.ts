/** RLIMIT_CPU: SIGXCPU at the soft limit and every second after it, SIGKILL at the hard limit. Source: getrlimit(2). */
import { RLIMIT_CPU } from '../abi/resource.ts';
import { SIGKILL, SIGXCPU } from '../abi/signal.ts';
import { NS_PER_SECOND } from '../abi/time.ts';
import { sendToProcess } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import type { LinuxProcess } from './process.ts';

/** Called when a thread has used up a slice: a thread that never does uses little. */
export function enforceCpuLimit(process: LinuxProcess): void {
  const { soft, hard } = process.limits.get(RLIMIT_CPU);
  if (soft === Infinity && hard === Infinity) return;
  const seconds = process.usage().cpuNs / NS_PER_SECOND;
  if (seconds >= hard) {
    sendToProcess(process, kernelSignal(SIGKILL));
  } else if (seconds >= soft + process.cpuLimitWarnings) {
    process.cpuLimitWarnings = Math.floor(seconds - soft) + 1;
    sendToProcess(process, kernelSignal(SIGXCPU));
  }
}
