/**
 * How a syscall waits. Nothing ever waits inside an object or inside WebAssembly. A handler whose call can't finish now says
 *
 *     return block(thread, { attempt, queues: [stream.waitQueue], deadlineNs, restart: Restart.Sys });
 *
 * `attempt` runs at once; it answers the syscall's result (≥ 0 or −errno) or WAIT. On WAIT the thread goes onto the queues
 * and parks, and the handler answers BLOCKED, which the dispatch understands as "no result yet". Then one of three:
 *   - a queue wakes it: `attempt` runs again (a wake is only a hint) and the thread parks again or has its result;
 *   - the deadline passes (absolute, so that a restart does not lengthen it): `attempt` runs a last time, then `onTimeout`;
 *   - a signal that the thread would act on: `onInterrupt` may give a result (a partial count), else the call ends with the ERESTART
 *     code of `restart`. That code is resolved in one place, when the signal is delivered (signal/deliver.ts): the call
 *     runs again from its start, or goes on through restart_syscall, or the program sees EINTR.
 * Everything an attempt needs it holds in its closure; it must re-read whatever may change while parked.
 */
import { GuestFault } from '../cpu/memory/guest-memory.ts';
import { Timer } from '../kernel/timer.ts';
import type { WaitQueue, Waiter } from '../kernel/wait-queue.ts';
import { EFAULT, EINTR, ERESTARTNOHAND, ERESTARTNOINTR, ERESTARTSYS, ERESTART_RESTARTBLOCK } from './abi/errno.ts';
import type { LinuxThread } from './process/thread.ts';

/** An attempt's answer: keep waiting. Outside the range of results. */
export const WAIT = -0x100000;
/** A handler's answer: the thread is parked, its result comes later. */
export const BLOCKED = -0x100001;
/** A handler's answer: the registers are as they must be (execve, rt_sigreturn, exit); store no result. */
export const NO_RESULT = -0x100002;

/** What becomes of the call when a signal ends the wait. */
export const Restart = {
  /** Restarted when no handler runs or the handler has SA_RESTART: read, wait4, futex wait, … */
  Sys: ERESTARTSYS,
  /** Always restarted. */
  NoInterrupt: ERESTARTNOINTR,
  /** Restarted only when no handler runs: pause, sigsuspend, poll without restart block. */
  NoHandler: ERESTARTNOHAND,
  /** Goes on through restart_syscall when no handler runs: nanosleep, poll, futex with timeout. */
  Block: ERESTART_RESTARTBLOCK,
  /** EINTR, whatever happens. */
  Never: EINTR,
  /** Only SIGKILL ends it: vfork's parent. */
  Killable: -1,
} as const;
export type Restart = (typeof Restart)[keyof typeof Restart];

export interface Wait {
  /** The syscall's result, or WAIT. */
  attempt(): number;
  readonly queues: readonly WaitQueue[];
  /** On the machine's monotonic clock. */
  readonly deadlineNs?: number | undefined;
  /** The result when the deadline has passed; 0 when absent. */
  onTimeout?(): number;
  /** The result when a signal ends the wait (a partial count, a remaining time to store first); undefined: as `restart` says. */
  onInterrupt?(): number | undefined;
  /** The thread ended while it waited: let go of what `attempt` holds outside the queues. */
  onAbandon?(): void;
  readonly restart: Restart;
}

/** Runs the attempt and parks the thread when it must wait. Call it last, and return what it answers. */
export function block(thread: LinuxThread, wait: Wait): number {
  const parked = new ParkedWait(thread, wait);
  const result = parked.attempt();
  if (result !== WAIT) return result;
  thread.park(parked);
  return BLOCKED;
}

/** A wait in progress: on every queue of the wait, and on a timer for its deadline. */
export class ParkedWait implements Waiter {
  readonly wait: Wait;
  readonly #thread: LinuxThread;
  #timer: Timer | undefined;

  constructor(thread: LinuxThread, wait: Wait) {
    this.#thread = thread;
    this.wait = wait;
  }

  /** The result, or WAIT while there is none and time is left. */
  attempt(): number {
    const { wait } = this;
    return orFault(() => {
      const result = wait.attempt();
      if (result !== WAIT || wait.deadlineNs === undefined) return result;
      if (wait.deadlineNs > this.#thread.machine.nowNs()) return WAIT;
      return wait.onTimeout === undefined ? 0 : wait.onTimeout();
    });
  }

  /** The result when a signal ends the wait. */
  interrupted(): number {
    const { wait } = this;
    const otherwise = wait.restart === Restart.Killable ? -EINTR : -wait.restart;
    return orFault(() => wait.onInterrupt?.() ?? otherwise);
  }

  enter(): void {
    for (const queue of this.wait.queues) queue.add(this);
    const deadlineNs = this.wait.deadlineNs;
    if (deadlineNs === undefined || deadlineNs === Infinity) return;
    this.#timer ??= new Timer(() => this.wake());
    this.#thread.machine.kernel.timers.arm(this.#timer, deadlineNs);
  }

  /** A hint from a queue or the timer: the thread tries again when it is next dispatched. */
  wake(): void {
    this.#thread.dispatcher.unpark();
  }

  /** Off every queue. */
  leave(): void {
    for (const queue of this.wait.queues) queue.remove(this);
    if (this.#timer !== undefined) this.#thread.machine.kernel.timers.cancel(this.#timer);
  }
}

/** Once parked, a call is no longer inside the dispatch that makes faults EFAULT. */
function orFault(step: () => number): number {
  try {
    return step();
  } catch (failure) {
    if (failure instanceof GuestFault) return -EFAULT;
    throw failure;
  }
}
