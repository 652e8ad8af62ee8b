/** Does what strict mode or the filters say about a call. Source: kernel/seccomp.c, __seccomp_filter, __secure_computing_strict. */
import {
  SECCOMP_MODE_STRICT,
  SECCOMP_RET_ACTION_FULL,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_USER_NOTIF,
  SYS_SECCOMP,
} from '../abi/seccomp.ts';
import { ENOSYS, MAX_ERRNO } from '../abi/errno.ts';
import { SIGKILL, SIGSYS } from '../abi/signal.ts';
import { block, BLOCKED, NO_RESULT, Restart, WAIT } from '../blocking.ts';
import { exitGroup, exitThread } from '../process/exit.ts';
import type { LinuxThread } from '../process/thread.ts';
import { deathStatus } from '../signal/deliver.ts';
import type { SignalInfo } from '../signal/siginfo.ts';
import { forceSignal } from '../signal/send.ts';
import type { SeccompFilter } from './filter.ts';

/** read, write, exit and rt_sigreturn. */
const strictCalls: readonly number[] = [0, 1, 60, 15];

/**
 * Undefined: the call may go on. Else it is answered with this. `onTrace` decides where a filter leaves it to a tracer; `carryOut` is
 * called later, in a slice of its own, when a supervisor wants the call carried out.
 */
export function checkFilters(
  thread: LinuxThread,
  number: number,
  onTrace: (data: number) => number | undefined,
  carryOut: () => void,
): number | undefined {
  const { seccomp } = thread;
  if (seccomp === undefined) return undefined;
  if (seccomp.mode === SECCOMP_MODE_STRICT)
    return strictCalls.includes(number) ? undefined : killThread(thread, SIGKILL);
  const answer = seccomp.ask(thread, number);
  const data = answer & SECCOMP_RET_DATA;
  switch ((answer & SECCOMP_RET_ACTION_FULL) >>> 0) {
    case SECCOMP_RET_ALLOW:
      return undefined;
    case SECCOMP_RET_LOG:
      thread.machine.logOnce(`seccomp: ${thread.name} makes call ${number}`, `seccomp ${thread.name} ${number}`);
      return undefined;
    case SECCOMP_RET_ERRNO:
      return -Math.min(data, MAX_ERRNO);
    case SECCOMP_RET_TRAP:
      return trap(thread, number, data);
    case SECCOMP_RET_TRACE:
      return onTrace(data);
    case SECCOMP_RET_USER_NOTIF:
      return askSupervisor(thread, number, seccomp, carryOut);
    case SECCOMP_RET_KILL_THREAD:
      return thread.process.threads.size > 1 ? killThread(thread, SIGSYS) : killProcess(thread, number, data);
    default:
      return killProcess(thread, number, data);
  }
}

/** Until the supervisor has answered; without one there is no such call. Source: kernel/seccomp.c, seccomp_do_user_notification. */
function askSupervisor(thread: LinuxThread, number: number, chain: SeccompFilter, carryOut: () => void): number {
  const { filter, data } = chain.decider(thread, number);
  const { listener } = filter;
  if (listener === undefined) return -ENOSYS;
  const notification = listener.announce(thread, data);
  const attempt = (): number => {
    if (notification.state !== 'answered') return WAIT;
    listener.withdraw(notification);
    if (!notification.continues) return notification.result;
    thread.resumption = carryOut;
    return BLOCKED;
  };
  const withdraw = (): undefined => {
    listener.withdraw(notification);
  };
  const { waitQueue } = notification;
  return block(thread, {
    attempt,
    queues: [waitQueue],
    onInterrupt: withdraw,
    onAbandon: withdraw,
    restart: Restart.Sys,
  });
}

/** The handler finds the registers as they were before the call: its number is in rax, as if it were the result. */
function trap(thread: LinuxThread, number: number, data: number): number {
  forceSignal(thread, filtered(thread, number, data));
  return number;
}

function filtered(thread: LinuxThread, number: number, data: number): SignalInfo {
  return { signal: SIGSYS, code: SYS_SECCOMP, errno: data, call: { address: thread.cpu.state.rip, number } };
}

function killThread(thread: LinuxThread, signal: number): number {
  exitThread(thread, signal);
  return NO_RESULT;
}

function killProcess(thread: LinuxThread, number: number, data: number): number {
  exitGroup(thread.process, deathStatus(thread, filtered(thread, number, data)));
  return NO_RESULT;
}
