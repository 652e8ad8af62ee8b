/** socket, socketpair, accept, and getting from a descriptor to its socket. Source: net/socket.c. */
import type { GuestAddress } from '../../../cpu/address.ts';
import { EAGAIN, EBADF, EFAULT, EINVAL, ENOTSOCK, EOPNOTSUPP } from '../../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK, O_RDWR } from '../../abi/fcntl.ts';
import * as so from '../../abi/socket.ts';
import { block, Restart, WAIT } from '../../blocking.ts';
import { Description } from '../../fs/description.ts';
import { checkRoom, install, usable } from '../../fs/descriptors.ts';
import { factoriesOf } from '../../fs/opening.ts';
import { GuestFault } from '../../../cpu/memory/guest-memory.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, flags, int, pointer, syscall, partial } from '../../syscall.ts';
import { resolveKind } from '../families.ts';
import { writeAddress } from '../guest-message.ts';
import { credentialsOfThread } from '../message.ts';
import { deadlineOf } from '../message-io.ts';
import { Socket } from '../socket.ts';
import { UnixDatagram } from '../unix/unix-datagram.ts';
import { UnixStream } from '../unix/unix-stream.ts';

export interface OpenSocket {
  readonly description: Description;
  readonly socket: Socket;
}

/** The socket behind a descriptor, −EBADF or −ENOTSOCK. */
export function socketAt(thread: LinuxThread, fdNumber: number): OpenSocket | number {
  const description = usable(thread, fdNumber);
  if (typeof description === 'number') return -EBADF;
  const { file } = description;
  return file instanceof Socket ? { description, socket: file } : -ENOTSOCK;
}

/** A descriptor for a socket; without a free number the socket closes. `typeFlags`: SOCK_NONBLOCK, SOCK_CLOEXEC. */
function installSocket(thread: LinuxThread, socket: Socket, typeFlags: number): number {
  return install(thread, describeSocket(thread, socket, typeFlags), closeFlag(typeFlags));
}

function describeSocket(thread: LinuxThread, socket: Socket, typeFlags: number): Description {
  const factories = factoriesOf(thread);
  socket.description = new Description({
    reference: factories.adopt('socket', socket),
    factories,
    flags: O_RDWR | ((typeFlags & so.SOCK_NONBLOCK) !== 0 ? O_NONBLOCK : 0),
    location: socket.location,
  });
  return socket.description;
}

function closeFlag(typeFlags: number): number {
  return (typeFlags & so.SOCK_CLOEXEC) !== 0 ? O_CLOEXEC : 0;
}

const TYPE_FLAGS = so.SOCK_CLOEXEC | so.SOCK_NONBLOCK;

function socket(thread: LinuxThread, family: number, typeAndFlags: number, protocol: number): number {
  const typeFlags = typeAndFlags & ~so.SOCK_TYPE_MASK;
  if ((typeFlags & ~TYPE_FLAGS) !== 0) return -EINVAL;
  const kind = resolveKind(thread, family, typeAndFlags & so.SOCK_TYPE_MASK, protocol);
  if (typeof kind === 'number') return kind;
  return installSocket(thread, thread.machine.network.createSocket(thread.process.credentials, kind), typeFlags);
}

function socketpair(
  thread: LinuxThread,
  family: number,
  typeAndFlags: number,
  protocol: number,
  numbers: GuestAddress,
): number {
  const typeFlags = typeAndFlags & ~so.SOCK_TYPE_MASK;
  if ((typeFlags & ~TYPE_FLAGS) !== 0) return -EINVAL;
  const kind = resolveKind(thread, family, typeAndFlags & so.SOCK_TYPE_MASK, protocol);
  if (typeof kind === 'number') return kind;
  if (kind.family !== so.AF_UNIX) return -EOPNOTSUPP;
  const { network } = thread.machine;
  const owner = thread.process.credentials;
  const [a, b] = [network.createSocket(owner, kind), network.createSocket(owner, kind)];
  connectPair(thread, a, b);
  const first = installSocket(thread, a, typeFlags);
  const second = installSocket(thread, b, typeFlags);
  const { files } = thread.process;
  const undo = (error: number): number => {
    if (first >= 0) files.close(first);
    if (second >= 0) files.close(second);
    return error;
  };
  if (second < 0) return undo(second);
  const bytes = new Uint8Array(Int32Array.of(first, second).buffer);
  return thread.memory.write(numbers, bytes) === bytes.length ? 0 : undo(-EFAULT);
}

function connectPair(thread: LinuxThread, a: Socket, b: Socket): void {
  const credentials = credentialsOfThread(thread);
  if (a.protocol instanceof UnixStream) UnixStream.connectPair(a.protocol, b.protocol as UnixStream, credentials);
  else UnixDatagram.connectPair(a.protocol as UnixDatagram, b.protocol as UnixDatagram, credentials);
}

function accept4(
  thread: LinuxThread,
  fdNumber: number,
  address: GuestAddress,
  length: GuestAddress,
  typeFlags: number,
): number {
  if ((typeFlags & ~TYPE_FLAGS) !== 0) return -EINVAL;
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const full = checkRoom(thread);
  if (full < 0) return full;
  const listener = open.socket;
  const attempt = (): number => {
    const accepted = listener.protocol.accept();
    if (accepted === -EAGAIN) return (open.description.flags & O_NONBLOCK) !== 0 ? -EAGAIN : WAIT;
    return typeof accepted === 'number' ? accepted : finishAccept(thread, accepted, address, length, typeFlags);
  };
  const { receiveTimeoutNs } = listener.options;
  return block(thread, {
    attempt,
    queues: [listener.waitQueue],
    ...deadlineOf(thread, receiveTimeoutNs),
    onTimeout: () => -EAGAIN,
    restart: receiveTimeoutNs === Infinity ? Restart.Sys : Restart.Never,
  });
}

function finishAccept(
  thread: LinuxThread,
  accepted: Socket,
  address: GuestAddress,
  length: GuestAddress,
  typeFlags: number,
): number {
  const description = describeSocket(thread, accepted, typeFlags);
  if ((address as number) !== 0) {
    const name = accepted.protocol.peerName();
    const told = typeof name === 'number' ? name : storeName(thread, name, address, length);
    if (told < 0) {
      description.release();
      return told;
    }
  }
  return install(thread, description, closeFlag(typeFlags));
}

/** As writeAddress, but a fault is a result: there is a socket to close first. */
function storeName(thread: LinuxThread, name: Uint8Array, address: GuestAddress, length: GuestAddress): number {
  try {
    return writeAddress(thread, name, address, length);
  } catch (failure) {
    if (failure instanceof GuestFault) return -EFAULT;
    throw failure;
  }
}

const creationArgs = [choice('domain', so.familyNames), choice('type', so.typeNames), int('protocol')] as const;

export const creationCalls = [
  syscall(
    41,
    'socket',
    creationArgs,
    socket,
    partial('AF_UNIX, TCP and UDP, NETLINK_ROUTE and NETLINK_SOCK_DIAG; no raw, ping or packet sockets'),
  ),
  syscall(53, 'socketpair', [...creationArgs, pointer('sv')], socketpair),
  syscall(43, 'accept', [fd('sockfd'), pointer('addr'), pointer('addrlen')], (thread, fdNumber, address, length) =>
    accept4(thread, fdNumber, address, length, 0),
  ),
  syscall(
    288,
    'accept4',
    [fd('sockfd'), pointer('addr'), pointer('addrlen'), flags('flags', so.typeFlagNames)],
    accept4,
  ),
];
