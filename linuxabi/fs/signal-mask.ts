/** The signal mask that ppoll, pselect6 and epoll_pwait install for the time of their wait. */
import { BLOCKED } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { applyTemporaryMask, endTemporaryMask } from '../signal/sets.ts';

/** Runs the call under the mask at `address` (0: none). A call that parks gets its old mask back when the wait ends (readiness.ts). */
export function withSignalMask(thread: LinuxThread, address: number, length: number, run: () => number): number {
  const refused = applyTemporaryMask(thread, address, length);
  if (refused < 0) return refused;
  const result = run();
  if (result !== BLOCKED) endTemporaryMask(thread);
  return result;
}
