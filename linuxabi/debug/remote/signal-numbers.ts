/** GDB has its own numbers for signals, the same on all systems. Source: include/gdb/signals.def. */
import * as abi from '../../abi/signal.ts';

/** Where they differ, by Linux's number. */
const GDB_NUMBERS: ReadonlyMap<number, number> = new Map([
  [abi.SIGBUS, 10],
  [abi.SIGUSR1, 30],
  [abi.SIGUSR2, 31],
  [abi.SIGCHLD, 20],
  [abi.SIGCONT, 19],
  [abi.SIGSTOP, 17],
  [abi.SIGTSTP, 18],
  [abi.SIGURG, 16],
  [abi.SIGIO, 23],
  [abi.SIGPWR, 32],
  [abi.SIGSYS, 12],
  [32, 77],
  [64, 78],
]);
const LINUX_NUMBERS: ReadonlyMap<number, number> = new Map([...GDB_NUMBERS].map(([linux, gdb]) => [gdb, linux]));
/** Signals 33 to 63 follow each other there, too. */
const FIRST_REALTIME = 33;
const LAST_REALTIME = 63;
const GDB_FIRST_REALTIME = 45;

export function toGdbSignal(signal: number): number {
  if (signal >= FIRST_REALTIME && signal <= LAST_REALTIME) return signal - FIRST_REALTIME + GDB_FIRST_REALTIME;
  return GDB_NUMBERS.get(signal) ?? signal;
}

/** 0 for what Linux does not have. */
export function fromGdbSignal(number: number): number {
  const known = LINUX_NUMBERS.get(number);
  if (known !== undefined) return known;
  const realtime = number - GDB_FIRST_REALTIME + FIRST_REALTIME;
  if (realtime >= FIRST_REALTIME && realtime <= LAST_REALTIME) return realtime;
  return number < FIRST_REALTIME && toGdbSignal(number) === number ? number : 0;
}
