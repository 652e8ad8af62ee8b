/** The thread a scheduling call is about: its own for 0. */
import { EINVAL, ESRCH } from '../abi/errno.ts';
import type { LinuxThread } from '../process/thread.ts';

export function withTarget(thread: LinuxThread, tid: number, then: (target: LinuxThread) => number): number {
  if (tid < 0) return -EINVAL;
  const target = tid === 0 ? thread : thread.machine.tasks.find(tid);
  return target === undefined || target.ended ? -ESRCH : then(target);
}
