/** mq_open, mq_unlink, mq_timedsend, mq_timedreceive, mq_notify, mq_getsetattr. Source: mq_overview(7); ipc/mqueue.c. */
import type { ByteString } from '../../kernel/byte-string.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { guestAddress } from '../../cpu/address.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import type { Notification, PrioritizedMessage, QueueSize } from '../../sysv/posix-queues.ts';
import {
  EACCES,
  EBADF,
  EEXIST,
  EFAULT,
  EINVAL,
  EMSGSIZE,
  ENAMETOOLONG,
  ENOENT,
  ENOTSOCK,
  ETIMEDOUT,
} from '../abi/errno.ts';
import { O_ACCMODE, O_CLOEXEC, O_CREAT, O_EXCL, O_NONBLOCK, openFlagNames } from '../abi/fcntl.ts';
import { MQ_PRIO_MAX, mqAttrLayout } from '../abi/mqueue.ts';
import { SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SI_MESGQ, _NSIG, sigevent } from '../abi/signal.ts';
import { Restart } from '../blocking.ts';
import { Description } from '../fs/description.ts';
import { checkRoom, install } from '../fs/descriptors.ts';
import { factoriesOf } from '../fs/opening.ts';
import { checkAccess, checkRemoval, May } from '../fs/permission.ts';
import { readBytes, readLong } from '../guest-string.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToProcess } from '../signal/send.ts';
import { linuxResult } from '../status-errno.ts';
import { fd, flags, mode, partial, path, pointer, size, syscall, uint } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';
import { readTimespec } from '../time/timespec.ts';
import { callerOf } from './caller.ts';
import { Image } from './ipc-image.ts';
import { QueueFile } from './queue-file.ts';
import type { QueueNode } from './queue-tree.ts';
import { ParkedSleeper, waitFor } from './wait-for.ts';

const NAME_LIMIT = 255;

/** A name in the one folder of queues: 0 or −errno. Source: fs/namei.c, lookup_noperm. */
function checkName(name: ByteString): number {
  if (name === '') return -ENOENT;
  if (name === '.' || name === '..' || name.includes('/')) return -EACCES;
  return name.length > NAME_LIMIT ? -ENAMETOOLONG : 0;
}

function readSize(thread: LinuxThread, address: number): QueueSize | undefined {
  if (address === 0) return undefined;
  const attributes = readBytes(thread.memory, guestAddress(address), mqAttrLayout.size);
  const view = new DataView(attributes.buffer);
  const number = (offset: number): number => Number(view.getBigInt64(offset, true));
  return { mostMessages: number(mqAttrLayout.mq_maxmsg), messageBytes: number(mqAttrLayout.mq_msgsize) };
}

function mqOpen(
  thread: LinuxThread,
  name: ByteString,
  openFlags: number,
  permissions: number,
  attributes: number,
): number {
  const wanted = readSize(thread, attributes);
  const refused = (name === '' ? -ENOENT : 0) || checkRoom(thread) || checkName(name);
  if (refused < 0) return refused;
  const { server } = thread.machine.ipc;
  const found = server.root.lookup(name);
  if (typeof found !== 'number') return openFound(thread, name, found, openFlags);
  if ((openFlags & O_CREAT) === 0) return -ENOENT;
  const { credentials, fs } = thread.process;
  const denied = checkAccess(server.root, credentials, May.Write | May.Execute);
  if (denied < 0) return denied;
  const node = {
    kind: NodeKind.File,
    permissions: permissions & ~fs.umask & 0o7777,
    owner: credentials.fsuid,
    group: credentials.fsgid,
  };
  const made = server.root.makeQueue(name, node, wanted);
  return typeof made === 'number' ? made : openQueue(thread, name, made, openFlags);
}

function openFound(thread: LinuxThread, name: ByteString, node: QueueNode, openFlags: number): number {
  if ((openFlags & O_CREAT) !== 0 && (openFlags & O_EXCL) !== 0) return -EEXIST;
  const access = openFlags & O_ACCMODE;
  if (access === O_ACCMODE) return -EINVAL;
  const denied = checkAccess(node, thread.process.credentials, accessWanted[access]!);
  return denied < 0 ? denied : openQueue(thread, name, node, openFlags);
}
const accessWanted = [May.Read, May.Write, May.Read | May.Write] as const;

/** Its maker gets what he asked for, whatever the permissions say. */
function openQueue(thread: LinuxThread, name: ByteString, node: QueueNode, openFlags: number): number {
  const location = thread.machine.ipc.server.placeOf(name, node);
  const kept = openFlags & (O_ACCMODE | O_NONBLOCK);
  const reference = node.open();
  const description = new Description({ reference, factories: factoriesOf(thread), flags: kept, location });
  return install(thread, description, O_CLOEXEC);
}

function mqUnlink(thread: LinuxThread, name: ByteString): number {
  const refused = checkName(name);
  if (refused < 0) return refused;
  const { root } = thread.machine.ipc.server;
  const node = root.lookup(name);
  if (typeof node === 'number') return linuxResult(node);
  const denied = checkRemoval(root, node, thread.process.credentials);
  return denied < 0 ? denied : linuxResult(root.unlink(name));
}

/** An absolute time of the real-time clock as a deadline; undefined: for ever; −errno. */
function readDeadline(thread: LinuxThread, address: number): { readonly deadlineNs?: number } | number {
  if (address === 0) return {};
  const time = readTimespec(thread, address);
  return typeof time === 'number' ? time : { deadlineNs: thread.machine.clock.monotonicOf(time) };
}

interface OpenQueue {
  readonly node: QueueNode;
  readonly description: Description;
}

function queueOf(thread: LinuxThread, fdNumber: number, direction: 'canRead' | 'canWrite' | 'any'): OpenQueue | number {
  const description = thread.process.files.get(fdNumber);
  const file = description?.file;
  if (description === undefined || !(file instanceof QueueFile)) return -EBADF;
  if (direction !== 'any' && !description[direction]) return -EBADF;
  return { node: file.node, description };
}

function mqTimedsend(
  thread: LinuxThread,
  fdNumber: number,
  address: GuestAddress,
  length: number,
  priority: number,
  timeout: number,
): number {
  const limit = readDeadline(thread, timeout);
  if (typeof limit === 'number') return limit;
  if (priority >= MQ_PRIO_MAX) return -EINVAL;
  const open = queueOf(thread, fdNumber, 'canWrite');
  if (typeof open === 'number') return open;
  const { node, description } = open;
  const { queue } = node;
  if (length > queue.messageBytes) return -EMSGSIZE;
  const message = { priority, bytes: readBytes(thread.memory, address, length) };
  const sleeper = new ParkedSleeper();
  const mayWait = (description.flags & O_NONBLOCK) === 0;
  const { queues } = thread.machine.ipc;
  const started = queues.call((adapter) =>
    adapter.send(callerOf(thread), queue, message, mayWait ? () => sleeper : undefined),
  );
  if (typeof started === 'number') {
    if (started === 0) node.touch();
    return started;
  }
  return waitFor(thread, {
    sleeper,
    cancel: () => queues.tell((adapter) => adapter.cancelSend(started)),
    restart: Restart.Sys,
    timedOut: -ETIMEDOUT,
    ...limit,
  });
}

function mqTimedreceive(
  thread: LinuxThread,
  fdNumber: number,
  address: GuestAddress,
  length: number,
  priority: number,
  timeout: number,
): number {
  const limit = readDeadline(thread, timeout);
  if (typeof limit === 'number') return limit;
  const open = queueOf(thread, fdNumber, 'canRead');
  if (typeof open === 'number') return open;
  const { node, description } = open;
  const sleeper = new ParkedSleeper();
  const mayWait = (description.flags & O_NONBLOCK) === 0;
  const { queues } = thread.machine.ipc;
  const started = queues.call((adapter) => adapter.receive(node.queue, length, mayWait ? () => sleeper : undefined));
  if (typeof started === 'number') return started;
  if ('bytes' in started) {
    node.touch();
    return storeMessage(thread, started, address, priority);
  }
  return waitFor(thread, {
    sleeper,
    cancel: () => queues.tell((adapter) => adapter.cancelReceive(started)),
    restart: Restart.Sys,
    timedOut: -ETIMEDOUT,
    complete: (result) => (result < 0 ? result : storeMessage(thread, started.received!, address, priority)),
    ...limit,
  });
}

/** A message that can't be stored is lost all the same. */
function storeMessage(
  { memory }: LinuxThread,
  { priority, bytes }: PrioritizedMessage,
  address: GuestAddress,
  priorityAddress: number,
): number {
  if (priorityAddress !== 0) memory.writeU32(guestAddress(priorityAddress), priority);
  return memory.write(address, bytes) === bytes.length ? bytes.length : -EFAULT;
}

function mqNotify(thread: LinuxThread, fdNumber: number, address: number): number {
  const event = address === 0 ? undefined : readNotification(thread, address);
  if (typeof event === 'number') return event;
  const open = queueOf(thread, fdNumber, 'any');
  if (typeof open === 'number') return open;
  const { queue } = open.node;
  const { queues } = thread.machine.ipc;
  return queues.call((adapter) => {
    if (event !== undefined) return adapter.notify(queue, event);
    adapter.forgetNotification(queue, thread.process.pid);
    return 0;
  });
}

function readNotification(thread: LinuxThread, address: number): Notification | number {
  const { process } = thread;
  const bytes = readBytes(thread.memory, guestAddress(address), sigevent.size);
  const view = new DataView(bytes.buffer);
  const method = view.getInt32(sigevent.sigev_notify, true);
  const signal = view.getInt32(sigevent.sigev_signo, true);
  const value = view.getBigUint64(sigevent.sigev_value, true);
  if (method === SIGEV_THREAD) return process.files.get(signal) === undefined ? -EBADF : -ENOTSOCK;
  if (method !== SIGEV_NONE && method !== SIGEV_SIGNAL) return -EINVAL;
  if (method === SIGEV_SIGNAL && (signal < 0 || signal > _NSIG)) return -EINVAL;
  return {
    pid: process.pid,
    method,
    signal,
    send: ({ pid, uid }) => {
      if (method === SIGEV_SIGNAL && signal !== 0) sendToProcess(process, { signal, code: SI_MESGQ, pid, uid, value });
    },
  };
}

function mqGetsetattr(thread: LinuxThread, fdNumber: number, next: number, previous: number): number {
  let status: number | undefined;
  if (next !== 0) {
    status = readLong(thread.memory, guestAddress(next + mqAttrLayout.mq_flags));
    if ((status & ~O_NONBLOCK) !== 0) return -EINVAL;
  }
  const open = queueOf(thread, fdNumber, 'any');
  if (typeof open === 'number') return open;
  const { description } = open;
  const { mostMessages, messageBytes, messages } = open.node.queue;
  const before = description.flags & O_NONBLOCK;
  if (status !== undefined) description.flags = (description.flags & ~O_NONBLOCK) | status;
  if (previous === 0) return 0;
  new Image(mqAttrLayout.size)
    .u64(mqAttrLayout.mq_flags, before)
    .u64(mqAttrLayout.mq_maxmsg, mostMessages)
    .u64(mqAttrLayout.mq_msgsize, messageBytes)
    .u64(mqAttrLayout.mq_curmsgs, messages.length)
    .store(thread, previous);
  return 0;
}

export const mqSyscalls: readonly SyscallDefinition[] = [
  syscall(240, 'mq_open', [path('name'), flags('oflag', openFlagNames), mode('mode'), pointer('attr')], mqOpen),
  syscall(241, 'mq_unlink', [path('name')], mqUnlink),
  syscall(
    242,
    'mq_timedsend',
    [fd('mqdes'), pointer('msg_ptr'), size('msg_len'), uint('msg_prio'), pointer('abs_timeout')],
    mqTimedsend,
    partial('who waits longest is served first, whatever their scheduling priorities'),
  ),
  syscall(
    243,
    'mq_timedreceive',
    [fd('mqdes'), pointer('msg_ptr'), size('msg_len'), pointer('msg_prio'), pointer('abs_timeout')],
    mqTimedreceive,
    partial('who waits longest is served first, whatever their scheduling priorities'),
  ),
  syscall(
    244,
    'mq_notify',
    [fd('mqdes'), pointer('sevp')],
    mqNotify,
    partial('SIGEV_THREAD needs a netlink socket: ENOTSOCK'),
  ),
  syscall(245, 'mq_getsetattr', [fd('mqdes'), pointer('newattr'), pointer('oldattr')], mqGetsetattr),
];
