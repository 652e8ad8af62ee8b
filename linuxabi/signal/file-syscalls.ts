/** signalfd(2). */
import { EINVAL } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/fcntl.ts';
import { SIGKILL, SIGSTOP } from '../abi/signal.ts';
import { installObject } from '../fs/calls/events.ts';
import { usable } from '../fs/descriptors.ts';
import type { LinuxThread } from '../process/thread.ts';
import { fd, flags, partial, pointer, size, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readSignalSet, SIGSET_SIZE } from './sets.ts';
import { SignalFile } from './signal-file.ts';

function signalfd4(thread: LinuxThread, fdNumber: number, set: number, length: number, fileFlags: number): number {
  if (length !== SIGSET_SIZE) return -EINVAL;
  const mask = readSignalSet(thread, set);
  if ((fileFlags & ~(O_NONBLOCK | O_CLOEXEC)) !== 0) return -EINVAL;
  mask.delete(SIGKILL);
  mask.delete(SIGSTOP);
  if (fdNumber === -1) return installObject(thread, 'signalfd', new SignalFile(thread, mask), fileFlags);
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return description;
  const { file } = description;
  if (!(file instanceof SignalFile)) return -EINVAL;
  file.mask = mask;
  // What is pending may be wanted now, by others too.
  file.waitQueue.wake();
  return fdNumber;
}

const support = partial('poll and epoll in a child that inherited it ask for the signals of the process that made it');

export const signalFileSyscalls: readonly SyscallDefinition[] = [
  syscall(
    282,
    'signalfd',
    [fd('fd'), pointer('mask'), size('sizemask')],
    (thread, fdNumber, set, length) => signalfd4(thread, fdNumber, set, length, 0),
    support,
  ),
  syscall(
    289,
    'signalfd4',
    [fd('fd'), pointer('mask'), size('sizemask'), flags('flags', { SFD_NONBLOCK: O_NONBLOCK, SFD_CLOEXEC: O_CLOEXEC })],
    signalfd4,
    support,
  ),
];
