/** pause(2), sigsuspend(2), sigtimedwait(2). */
import { EAGAIN, EINTR, EINVAL } from '../abi/errno.ts';
import { Restart, WAIT, block } from '../blocking.ts';
import type { LinuxThread } from '../process/thread.ts';
import { pointer, size, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readDurationNs } from '../time/timespec.ts';
import { SIGSET_SIZE, readSignalSet, writeSignalInfo } from './sets.ts';
import type { SignalInfo } from './siginfo.ts';
import type { SignalSet } from './signal-set.ts';

function pause(thread: LinuxThread): number {
  return block(thread, { attempt: () => WAIT, queues: [], restart: Restart.NoHandler });
}

function sigsuspend(thread: LinuxThread, address: number, length: number): number {
  if (length !== SIGSET_SIZE) return -EINVAL;
  const mask = readSignalSet(thread, address);
  thread.signals.savedMask = thread.signals.mask.copy();
  thread.setSignalMask(mask);
  return pause(thread);
}

function takePending(thread: LinuxThread, wanted: SignalSet): SignalInfo | undefined {
  return thread.signals.pending.take(wanted) ?? thread.process.signals.pending.take(wanted);
}

function sigtimedwait(thread: LinuxThread, set: number, info: number, timeout: number, length: number): number {
  if (length !== SIGSET_SIZE) return -EINVAL;
  const wanted = readSignalSet(thread, set);
  const duration = timeout === 0 ? Infinity : readDurationNs(thread, timeout);
  if (duration < 0) return duration;
  return block(thread, {
    attempt: () => {
      const taken = takePending(thread, wanted);
      if (taken === undefined) return WAIT;
      if (info !== 0) writeSignalInfo(thread, info, taken);
      return taken.signal;
    },
    queues: [thread.process.signalQueue],
    deadlineNs: thread.machine.nowNs() + duration,
    onTimeout: () => -EAGAIN,
    // A signal outside the set ends the wait, and one that is ignored does not.
    onInterrupt: () => -EINTR,
    restart: Restart.Never,
  });
}

export const signalWaitSyscalls: readonly SyscallDefinition[] = [
  syscall(34, 'pause', [], pause),
  syscall(130, 'rt_sigsuspend', [pointer('mask'), size('sigsetsize')], sigsuspend),
  syscall(
    128,
    'rt_sigtimedwait',
    [pointer('set'), pointer('info'), pointer('timeout'), size('sigsetsize')],
    sigtimedwait,
  ),
];
