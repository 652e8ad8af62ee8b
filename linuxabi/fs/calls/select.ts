/** select and pselect6. Source: select(2); fs/select.c (which poll bits mean which set). */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import type { WaitQueue } from '../../../kernel/wait-queue.ts';
import { EBADF, EINVAL } from '../../abi/errno.ts';
import {
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLRDNORM,
  POLLWRBAND,
  POLLWRNORM,
} from '../../abi/poll.ts';
import { Restart } from '../../blocking.ts';
import { readBytes, readPointer, writeBytes } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { int, pointer, syscall } from '../../syscall.ts';
import { readTimevalNs, writeDurationNs, writeTimevalNs } from '../../time/timespec.ts';
import type { Description } from '../description.ts';
import { pollReadiness, waitReady } from '../readiness.ts';
import { withSignalMask } from '../signal-mask.ts';
import { readTimeoutNs } from './poll.ts';

const SETS = [
  POLLRDNORM | POLLRDBAND | POLLIN | POLLHUP | POLLERR,
  POLLWRBAND | POLLWRNORM | POLLOUT | POLLERR,
  POLLPRI,
] as const;

interface Watched {
  readonly fd: number;
  readonly description: Description;
  /** Bit n: asked for in set n. */
  readonly sets: number;
}

function hasBit(bytes: Uint8Array, bit: number): boolean {
  return ((bytes[bit >> 3]! >> (bit & 7)) & 1) !== 0;
}

interface SelectWait {
  readonly timeoutNs: number;
  /** Stores the time left, unless the caller keeps its own. */
  storeRemaining(leftNs: number): void;
}

function select(thread: LinuxThread, count: number, addresses: readonly GuestAddress[], wait: SelectWait): number {
  if (count < 0) return -EINVAL;
  const limit = Math.min(count, thread.process.files.room);
  const lengthBytes = Math.ceil(limit / 64) * 8;
  const asked = addresses.map((address) =>
    address === 0 ? undefined : readBytes(thread.memory, address, lengthBytes),
  );
  const watched = collect(thread, limit, asked);
  if (typeof watched === 'number') return watched;
  const queues: WaitQueue[] = watched.map(({ description }) => description.file.waitQueue);
  const startNs = thread.machine.nowNs();
  const end = (): number => {
    const told = store(thread, addresses, watched, lengthBytes);
    wait.storeRemaining(Math.max(0, wait.timeoutNs - (thread.machine.nowNs() - startNs)));
    return told;
  };
  const scan = (): number => (watched.some((each) => readySets(each) !== 0) ? end() : 0);
  return waitReady(thread, { scan, queues, timeoutNs: wait.timeoutNs, onTimeout: end, restart: Restart.NoHandler });
}

function collect(thread: LinuxThread, limit: number, asked: readonly (Uint8Array | undefined)[]): Watched[] | number {
  const watched: Watched[] = [];
  for (let fd = 0; fd < limit; fd++) {
    let sets = 0;
    asked.forEach((bytes, set) => {
      if (bytes !== undefined && hasBit(bytes, fd)) sets |= 1 << set;
    });
    if (sets === 0) continue;
    const description = thread.process.files.get(fd);
    if (description === undefined || description.isPathOnly) return -EBADF;
    watched.push({ fd, description, sets });
  }
  return watched;
}

/** Of the sets that a descriptor is asked for, those it is ready for. */
function readySets({ description, sets }: Watched): number {
  const bits = pollReadiness(description);
  let ready = 0;
  SETS.forEach((mask, set) => {
    if ((sets & (1 << set)) !== 0 && (bits & mask) !== 0) ready |= 1 << set;
  });
  return ready;
}

/** Stores the answered sets; the count is of bits over all three. */
function store(
  thread: LinuxThread,
  addresses: readonly GuestAddress[],
  watched: readonly Watched[],
  lengthBytes: number,
): number {
  const answers = addresses.map(() => new Uint8Array(lengthBytes));
  let told = 0;
  for (const each of watched) {
    const ready = readySets(each);
    answers.forEach((bytes, set) => {
      if ((ready & (1 << set)) === 0) return;
      bytes[each.fd >> 3]! |= 1 << (each.fd & 7);
      told++;
    });
  }
  addresses.forEach((address, set) => {
    if (address !== 0) writeBytes(thread.memory, address, answers[set]!);
  });
  return told;
}

const fdSets = [pointer('readfds'), pointer('writefds'), pointer('exceptfds')] as const;

export const selectCalls = [
  syscall(
    23,
    'select',
    [int('nfds'), ...fdSets, pointer('timeout')],
    (thread, count, reads, writes, excepts, timeout) => {
      const timeoutNs = (timeout as number) === 0 ? Infinity : readTimevalNs(thread, timeout);
      if (timeoutNs < 0) return timeoutNs;
      const storeRemaining = (leftNs: number): void => {
        if ((timeout as number) !== 0) writeTimevalNs(thread, timeout, leftNs);
      };
      return select(thread, count, [reads, writes, excepts], { timeoutNs, storeRemaining });
    },
  ),
  syscall(
    270,
    'pselect6',
    [int('nfds'), ...fdSets, pointer('timeout'), pointer('sig')],
    (thread, count, reads, writes, excepts, timeout, sig) => {
      const timeoutNs = readTimeoutNs(thread, timeout);
      if (timeoutNs < 0) return timeoutNs;
      // The sixth argument points to a pointer to the mask and its length.
      const mask = (sig as number) === 0 ? 0 : readPointer(thread.memory, sig);
      const length = (sig as number) === 0 ? 0 : readPointer(thread.memory, guestAddress(sig + 8));
      const storeRemaining = (leftNs: number): void => {
        if ((timeout as number) !== 0) writeDurationNs(thread, timeout, leftNs);
      };
      return withSignalMask(thread, mask, length, () =>
        select(thread, count, [reads, writes, excepts], { timeoutNs, storeRemaining }),
      );
    },
  ),
];
