/** epoll_create, epoll_ctl, epoll_wait and their relatives. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { NodeKind } from '../../../kernel/file-server.ts';
import { EBADF, EFAULT, EINVAL, ENOENT, ENOMEM, ENOSPC, EPERM } from '../../abi/errno.ts';
import { O_CLOEXEC } from '../../abi/fcntl.ts';
import {
  EPOLL_CTL_ADD,
  EPOLL_CTL_DEL,
  EPOLL_CTL_MOD,
  EPOLLET,
  epollEventLayout,
  EPOLLEXCLUSIVE,
  epollOperationNames,
  EPOLLWAKEUP,
  POLLERR as EPOLLERR,
  POLLHUP as EPOLLHUP,
  POLLIN as EPOLLIN,
  POLLOUT as EPOLLOUT,
} from '../../abi/poll.ts';
import { Restart } from '../../blocking.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, flags, int, pointer, size, syscall } from '../../syscall.ts';
import type { Description } from '../description.ts';
import type { LinuxFile } from '../linux-file.ts';
import { EpollFile } from '../epoll.ts';
import type { EpollAccount, EpollEvent } from '../epoll.ts';
import { waitReady } from '../readiness.ts';
import { withSignalMask } from '../signal-mask.ts';
import { isUserRange } from '../transfer.ts';
import { installObject } from './events.ts';
import { readTimeoutNs } from './poll.ts';

function epollCreate1(thread: LinuxThread, createFlags: number): number {
  if ((createFlags & ~O_CLOEXEC) !== 0) return -EINVAL;
  return installObject(thread, 'eventpoll', new EpollFile(accountOf(thread)), createFlags);
}

/** The user who makes it pays for what is watched, and the machine. Source: epoll(7), "/proc interfaces". */
function accountOf({ machine, process }: LinuxThread): EpollAccount {
  const { uid } = process.credentials;
  const { epollAccount } = machine.bounds;
  return {
    take(): number {
      const limit = machine.settings.number('fs/epoll/max_user_watches');
      if (epollAccount.take(uid, limit)) return 0;
      return epollAccount.of(uid) >= limit ? -ENOSPC : -ENOMEM;
    },
    giveBack: () => epollAccount.giveBack(uid),
  };
}

function readEvent(thread: LinuxThread, address: GuestAddress): EpollEvent {
  const { memory } = thread;
  return {
    events: memory.readI32(guestAddress(address + epollEventLayout.events)),
    dataLow: memory.readU32(guestAddress(address + epollEventLayout.data)),
    dataHigh: memory.readU32(guestAddress(address + epollEventLayout.data + 4)),
  };
}

function epollAt(thread: LinuxThread, epfd: number): EpollFile | number {
  const description = thread.process.files.get(epfd);
  if (description === undefined) return -EBADF;
  return description.file instanceof EpollFile ? description.file : -EINVAL;
}

function epollCtl(thread: LinuxThread, epfd: number, operation: number, target: number, event: GuestAddress): number {
  const interest = operation === EPOLL_CTL_DEL ? undefined : readEvent(thread, event);
  const { files } = thread.process;
  const description = files.get(target);
  if (files.get(epfd) === undefined || description === undefined || description.isPathOnly) return -EBADF;
  // What is always ready can't be watched. Source: epoll_ctl(2), EPERM.
  const kind = description.node?.kind;
  const isFile = kind === NodeKind.File || kind === NodeKind.Directory;
  if (isFile && (description.file as LinuxFile).canBeWatched !== true) return -EPERM;
  const epoll = epollAt(thread, epfd);
  if (typeof epoll === 'number') return epoll;
  if (description.file === epoll) return -EINVAL;
  if (interest !== undefined && refusesExclusive(operation, description, interest.events)) return -EINVAL;
  const known = epoll.has(target, description);
  switch (operation) {
    case EPOLL_CTL_ADD:
      return epoll.add(target, description, interest!);
    case EPOLL_CTL_MOD:
      if (!known) return -ENOENT;
      if (epoll.isExclusive(target, description)) return -EINVAL;
      epoll.modify(target, description, interest!);
      return 0;
    case EPOLL_CTL_DEL:
      if (!known) return -ENOENT;
      epoll.remove(target, description);
      return 0;
    default:
      return -EINVAL;
  }
}

/** Source: fs/eventpoll.c, EPOLLEXCLUSIVE_OK_BITS. */
const BESIDE_EXCLUSIVE = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE;

function refusesExclusive(operation: number, { file }: Description, events: number): boolean {
  if ((events & EPOLLEXCLUSIVE) === 0) return false;
  if (operation === EPOLL_CTL_MOD) return true;
  return operation === EPOLL_CTL_ADD && (file instanceof EpollFile || (events & ~BESIDE_EXCLUSIVE) !== 0);
}

/** Source: fs/eventpoll.c, EP_MAX_EVENTS. */
const MAX_EVENTS = Math.floor((2 ** 31 - 1) / epollEventLayout.size);

function epollWait(thread: LinuxThread, epfd: number, events: GuestAddress, limit: number, timeoutNs: number): number {
  if (limit <= 0 || limit > MAX_EVENTS) return -EINVAL;
  if (!isUserRange(events, limit * epollEventLayout.size)) return -EFAULT;
  const epoll = epollAt(thread, epfd);
  if (typeof epoll === 'number') return epoll;
  const scan = (): number => {
    const found = epoll.collect(limit);
    found.forEach((event, i) => {
      const at = events + i * epollEventLayout.size;
      thread.memory.writeU32(guestAddress(at + epollEventLayout.events), event.events >>> 0);
      thread.memory.writeU32(guestAddress(at + epollEventLayout.data), event.dataLow);
      thread.memory.writeU32(guestAddress(at + epollEventLayout.data + 4), event.dataHigh);
    });
    return found.length;
  };
  return waitReady(thread, { scan, queues: [epoll.waitQueue], timeoutNs, restart: Restart.Never });
}

function milliseconds(timeoutMs: number): number {
  return timeoutMs < 0 ? Infinity : timeoutMs * 1e6;
}

const waitArgs = [fd('epfd'), pointer('events'), int('maxevents')] as const;

export const epollCalls = [
  syscall(213, 'epoll_create', [int('size')], (thread, hint) => (hint <= 0 ? -EINVAL : epollCreate1(thread, 0))),
  syscall(232, 'epoll_wait', [...waitArgs, int('timeout')], (thread, epfd, events, limit, timeoutMs) =>
    epollWait(thread, epfd, events, limit, milliseconds(timeoutMs)),
  ),
  syscall(233, 'epoll_ctl', [fd('epfd'), choice('op', epollOperationNames), fd('fd'), pointer('event')], epollCtl),
  syscall(
    281,
    'epoll_pwait',
    [...waitArgs, int('timeout'), pointer('sigmask'), size('sigsetsize')],
    (thread, epfd, events, limit, timeoutMs, mask, length) =>
      withSignalMask(thread, mask, length, () => epollWait(thread, epfd, events, limit, milliseconds(timeoutMs))),
  ),
  syscall(291, 'epoll_create1', [flags('flags', { EPOLL_CLOEXEC: O_CLOEXEC })], epollCreate1),
  syscall(
    441,
    'epoll_pwait2',
    [...waitArgs, pointer('timeout'), pointer('sigmask'), size('sigsetsize')],
    (thread, epfd, events, limit, timeout, mask, length) => {
      const timeoutNs = readTimeoutNs(thread, timeout);
      if (timeoutNs < 0) return timeoutNs;
      return withSignalMask(thread, mask, length, () => epollWait(thread, epfd, events, limit, timeoutNs));
    },
  ),
];
