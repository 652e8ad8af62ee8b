/** bind, connect, listen, shutdown, getsockname, getpeername. Source: net/socket.c. */
import type { GuestAddress } from '../../../cpu/address.ts';
import { EAGAIN, EALREADY, EINPROGRESS, EINVAL } from '../../abi/errno.ts';
import { O_NONBLOCK } from '../../abi/fcntl.ts';
import { SHUT_RDWR, shutdownNames } from '../../abi/socket.ts';
import { block, Restart, WAIT } from '../../blocking.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, int, pointer, syscall } from '../../syscall.ts';
import { readAddress, writeAddress } from '../guest-message.ts';
import { deadlineOf } from '../message-io.ts';
import { socketAt } from './creation.ts';

function bind(thread: LinuxThread, fdNumber: number, address: GuestAddress, length: number): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const bytes = readAddress(thread, address, length);
  return typeof bytes === 'number' ? bytes : open.socket.protocol.bind(thread, bytes);
}

function connect(thread: LinuxThread, fdNumber: number, address: GuestAddress, length: number): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const bytes = readAddress(thread, address, length);
  if (typeof bytes === 'number') return bytes;
  const { socket, description } = open;
  const { protocol } = socket;
  const waits = (description.flags & O_NONBLOCK) === 0;
  const settle = (result: number): number => {
    if (!waits) return result;
    const isUnderWay = result === -EINPROGRESS || result === -EALREADY;
    const outcome = isUnderWay ? (protocol.connectResult?.() ?? result) : result;
    return outcome === -EINPROGRESS || outcome === -EAGAIN ? WAIT : outcome;
  };
  const first = settle(protocol.connect(thread, bytes));
  if (first !== WAIT) return first;
  const { blockedOn } = protocol;
  const { sendTimeoutNs } = socket.options;
  return block(thread, {
    attempt: () => settle(protocol.connectResult?.() ?? protocol.connect(thread, bytes)),
    queues: blockedOn === undefined ? [socket.waitQueue] : [socket.waitQueue, blockedOn],
    ...deadlineOf(thread, sendTimeoutNs),
    onTimeout: () => (protocol.connectResult === undefined ? -EAGAIN : -EINPROGRESS),
    restart: sendTimeoutNs === Infinity ? Restart.Sys : Restart.Never,
  });
}

function listen(thread: LinuxThread, fdNumber: number, backlog: number): number {
  const open = socketAt(thread, fdNumber);
  return typeof open === 'number' ? open : open.socket.protocol.listen(thread, backlog);
}

function shutdown(thread: LinuxThread, fdNumber: number, how: number): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  return how < 0 || how > SHUT_RDWR ? -EINVAL : open.socket.protocol.shutdown(how);
}

function getsockname(thread: LinuxThread, fdNumber: number, address: GuestAddress, length: GuestAddress): number {
  const open = socketAt(thread, fdNumber);
  return typeof open === 'number' ? open : writeAddress(thread, open.socket.protocol.localName(), address, length);
}

function getpeername(thread: LinuxThread, fdNumber: number, address: GuestAddress, length: GuestAddress): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const name = open.socket.protocol.peerName();
  return typeof name === 'number' ? name : writeAddress(thread, name, address, length);
}

const givenName = [fd('sockfd'), pointer('addr'), int('addrlen')] as const;
const storedName = [fd('sockfd'), pointer('addr'), pointer('addrlen')] as const;

export const nameCalls = [
  syscall(42, 'connect', givenName, connect),
  syscall(48, 'shutdown', [fd('sockfd'), choice('how', shutdownNames)], shutdown),
  syscall(49, 'bind', givenName, bind),
  syscall(50, 'listen', [fd('sockfd'), int('backlog')], listen),
  syscall(51, 'getsockname', storedName, getsockname),
  syscall(52, 'getpeername', storedName, getpeername),
];
