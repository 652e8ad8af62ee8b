/** Readiness of descriptors as poll, select and epoll report it, and waiting for it. */
import { Ready } from '../../kernel/open-file.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { block, WAIT } from '../blocking.ts';
import type { Restart } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Description } from './description.ts';
import type { LinuxFile } from './linux-file.ts';

const pollBits: readonly (readonly [ready: number, poll: number])[] = [
  [Ready.Readable, POLLIN | POLLRDNORM],
  [Ready.Writable, POLLOUT | POLLWRNORM],
  [Ready.HangUp, POLLHUP],
  [Ready.Error, POLLERR],
  [Ready.Priority, POLLPRI],
  [Ready.ReadHangUp, POLLRDHUP],
];

/** POLL bits that hold now. */
export function pollReadiness(description: Description): number {
  const own = (description.file as LinuxFile).pollBits?.();
  if (own !== undefined) return own;
  const ready = description.file.readiness();
  let bits = 0;
  for (const [from, to] of pollBits) if ((ready & from) !== 0) bits |= to;
  return bits;
}

export interface ReadinessWait {
  /** How many are ready now. May store results only when it answers > 0, or from `finish`. */
  scan(): number;
  readonly queues: readonly WaitQueue[];
  /** Infinity to wait for ever, 0 not to wait at all. */
  readonly timeoutNs: number;
  /** Stores what is to be stored when time has run out. */
  onTimeout?(): number;
  readonly restart: Restart;
}

export function waitReady(thread: LinuxThread, wait: ReadinessWait): number {
  const ready = wait.scan();
  if (ready !== 0) return ready;
  const onTimeout = (): number => {
    return wait.onTimeout?.() ?? 0;
  };
  if (wait.timeoutNs <= 0) return onTimeout();
  const forever = wait.timeoutNs === Infinity;
  return block(thread, {
    attempt: () => {
      const count = wait.scan();
      if (count === 0) return WAIT;
      return count;
    },
    queues: wait.queues,
    ...(forever ? {} : { deadlineNs: thread.machine.nowNs() + wait.timeoutNs }),
    onTimeout,
    restart: wait.restart,
  });
}
