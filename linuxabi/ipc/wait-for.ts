/** How a call waits for an adapter: whoever makes its result also ends its wait. */
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { Sleeper } from '../../sysv/capabilities.ts';
import { EAGAIN } from '../abi/errno.ts';
import { WAIT, block } from '../blocking.ts';
import type { Restart } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';

/** A parked caller: `result` is set by another's call. */
export class ParkedSleeper implements Sleeper {
  readonly queue = new WaitQueue();
  result: number | undefined;

  finish(result: number): void {
    if (this.result !== undefined) return;
    this.result = result;
    this.queue.wake();
  }
}

export interface AdapterWait {
  readonly sleeper: ParkedSleeper;
  /** The call gives up: the adapter forgets it. */
  readonly cancel: () => void;
  readonly restart: Restart;
  readonly deadlineNs?: number | undefined;
  /** The call's result from the waker's. */
  readonly complete?: (result: number) => number;
  /** Result when the time is over: −EAGAIN when absent. */
  readonly timedOut?: number;
}

export function waitFor(thread: LinuxThread, wait: AdapterWait): number {
  const { sleeper, cancel, complete, timedOut = -EAGAIN } = wait;
  return block(thread, {
    attempt: () => {
      if (sleeper.result === undefined) return WAIT;
      return complete === undefined ? sleeper.result : complete(sleeper.result);
    },
    queues: [sleeper.queue],
    restart: wait.restart,
    ...(wait.deadlineNs !== undefined && { deadlineNs: wait.deadlineNs }),
    onTimeout: () => {
      cancel();
      return timedOut;
    },
    onInterrupt: () => {
      cancel();
      return undefined;
    },
    onAbandon: cancel,
  });
}
