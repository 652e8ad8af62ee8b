/** The signal mask that ppoll, pselect6 and epoll_pwait put in force for the time of their wait. */
import { EINVAL } from '../abi/errno.ts';
import type { LinuxThread } from '../process/thread.ts';
import { readSignalSet, SIGSET_SIZE } from '../signal/sets.ts';

/** Runs the call under the mask at `address` (0: none). The old one comes back when the call has its result (execution.ts). */
export function withSignalMask(thread: LinuxThread, address: number, length: number, run: () => number): number {
  if (address === 0) return run();
  if (length !== SIGSET_SIZE) return -EINVAL;
  const mask = readSignalSet(thread, address);
  thread.signals.savedMask = thread.signals.mask.copy();
  thread.setSignalMask(mask);
  return run();
}
