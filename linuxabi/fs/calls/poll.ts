/** poll and ppoll. Source: poll(2); fs/select.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { WaitQueue } from '../../../kernel/wait-queue.ts';
import { EINVAL } from '../../abi/errno.ts';
import { POLLERR, POLLHUP, pollfdLayout, POLLNVAL } from '../../abi/poll.ts';
import { Restart } from '../../blocking.ts';
import { readBytes } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { readDurationNs } from '../../time/timespec.ts';
import { int, pointer, size, syscall, uint } from '../../syscall.ts';
import { descriptorLimit } from '../descriptors.ts';
import { pollReadiness, waitReady } from '../readiness.ts';
import { withSignalMask } from '../signal-mask.ts';

const ALWAYS_TOLD = POLLERR | POLLHUP;

function poll(thread: LinuxThread, fds: GuestAddress, count: number, timeoutNs: number, restart: Restart): number {
  if (count > descriptorLimit(thread)) return -EINVAL;
  const bytes = readBytes(thread.memory, fds, count * pollfdLayout.size);
  const view = new DataView(bytes.buffer);
  const { files } = thread.process;
  const queues: WaitQueue[] = [];
  for (let i = 0; i < count; i++) {
    const description = files.get(view.getInt32(i * pollfdLayout.size, true));
    if (description !== undefined) queues.push(description.file.waitQueue);
  }
  const ready = (i: number): number => {
    const number = view.getInt32(i * pollfdLayout.size + pollfdLayout.fd, true);
    if (number < 0) return 0;
    const description = files.get(number);
    if (description === undefined || description.isPathOnly) return POLLNVAL;
    const wanted = view.getUint16(i * pollfdLayout.size + pollfdLayout.events, true);
    return pollReadiness(description) & (wanted | ALWAYS_TOLD);
  };
  // Each is asked once: what a file tells once must not be lost.
  const found = new Uint16Array(count);
  const look = (): number => {
    let told = 0;
    for (let i = 0; i < count; i++) {
      found[i] = ready(i);
      if (found[i] !== 0) told++;
    }
    return told;
  };
  const store = (told: number): number => {
    for (let i = 0; i < count; i++)
      thread.memory.writeU16(guestAddress(fds + i * pollfdLayout.size + pollfdLayout.revents), found[i]!);
    return told;
  };
  const scan = (): number => {
    const told = look();
    return told === 0 ? 0 : store(told);
  };
  return waitReady(thread, { scan, queues, timeoutNs, onTimeout: () => store(look()), restart });
}

/** A timeout pointer of the newer calls: null waits for ever. */
export function readTimeoutNs(thread: LinuxThread, address: number): number {
  return address === 0 ? Infinity : readDurationNs(thread, address);
}

function ppoll(
  thread: LinuxThread,
  fds: GuestAddress,
  count: number,
  timeout: GuestAddress,
  mask: GuestAddress,
  length: number,
): number {
  const timeoutNs = readTimeoutNs(thread, timeout);
  if (timeoutNs < 0) return timeoutNs;
  return withSignalMask(thread, mask, length, () => poll(thread, fds, count, timeoutNs, Restart.NoHandler));
}

export const pollCalls = [
  syscall(7, 'poll', [pointer('fds'), uint('nfds'), int('timeout')], (thread, fds, count, timeoutMs) =>
    poll(thread, fds, count, timeoutMs < 0 ? Infinity : timeoutMs * 1e6, Restart.NoHandler),
  ),
  syscall(
    271,
    'ppoll',
    [pointer('fds'), uint('nfds'), pointer('tmo_p'), pointer('sigmask'), size('sigsetsize')],
    ppoll,
  ),
];
