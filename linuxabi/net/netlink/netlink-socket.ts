/** A netlink socket of the route family: questions about interfaces, addresses and routes, answered at once. Source: netlink(7). */
import * as errno from '../../abi/errno.ts';
import { sockaddr_nl } from '../../abi/netlink.ts';
import { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import { AF_NETLINK, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOL_SOCKET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Outgoing, Received } from '../message.ts';
import type { Socket } from '../socket.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { answerRouteRequests } from './route-answers.ts';

/** Addresses of sockets beyond the first of a process, downwards. Source: net/netlink/af_netlink.c, netlink_autobind. */
const FIRST_EXTRA_PORT = -4097;

export class NetlinkSocket implements SocketProtocol {
  readonly socket: Socket;
  #port = 0;
  #groups = 0;
  readonly #queue: Uint8Array[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
  }

  bind(thread: LinuxThread, address: Uint8Array): number {
    const given = readAddress(address);
    if (typeof given === 'number') return given;
    if (this.#port !== 0) {
      if (given.port !== this.#port) return -errno.EINVAL;
    } else if (given.port === 0) this.#autobind(thread);
    else if (this.socket.network.netlinkPorts.has(given.port)) return -errno.EADDRINUSE;
    else this.#take(given.port);
    // Nothing is ever announced to groups: interfaces stay as they are.
    this.#groups = given.groups;
    return 0;
  }

  /** Only the kernel is there to be talked to. */
  connect(thread: LinuxThread, address: Uint8Array): number {
    const given = readAddress(address);
    if (typeof given === 'number') return given;
    if (given.port !== 0) return -errno.ECONNREFUSED;
    this.#autobind(thread);
    return 0;
  }

  #autobind({ process }: LinuxThread): void {
    if (this.#port !== 0) return;
    const taken = this.socket.network.netlinkPorts;
    let port = process.pid;
    for (let extra = FIRST_EXTRA_PORT; taken.has(port); extra--) port = extra >>> 0;
    this.#take(port);
  }

  #take(port: number): void {
    this.#port = port;
    this.socket.network.netlinkPorts.add(port);
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): number {
    return -errno.EOPNOTSUPP;
  }

  send(message: Outgoing): number {
    if ((message.flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (message.address !== undefined) {
      const to = readAddress(message.address);
      if (typeof to === 'number') return to;
      if (to.port !== 0) return -errno.ECONNREFUSED;
    }
    this.#autobind(message.thread);
    this.#queue.push(...answerRouteRequests(this.socket.network.inet, message.bytes, this.#port));
    this.socket.wakeReaders();
    return message.bytes.length;
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    const datagram = this.#queue[0];
    if (datagram === undefined) return -errno.EAGAIN;
    const count = Math.min(into.length, datagram.length);
    into.set(datagram.subarray(0, count));
    received.fullLength = datagram.length;
    received.address = addressBytes(0, 0);
    if (count < datagram.length) received.flags |= MSG_TRUNC;
    if ((flags & MSG_PEEK) === 0) this.#queue.shift();
    return count;
  }

  shutdown(): number {
    return -errno.EOPNOTSUPP;
  }

  close(): void {
    if (this.#port !== 0) this.socket.network.netlinkPorts.delete(this.#port);
  }

  localName(): Uint8Array {
    return addressBytes(this.#port, this.#groups);
  }

  peerName(): Uint8Array {
    return addressBytes(0, 0);
  }

  pollBits(): number {
    const error = this.socket.error !== 0 ? POLLERR : 0;
    return error | POLLOUT | POLLWRNORM | POLLWRBAND | (this.#queue.length > 0 ? POLLIN | POLLRDNORM : 0);
  }

  getOption(): number {
    return -errno.ENOPROTOOPT;
  }

  /** Options of the netlink level ask for more particulars in answers, or for checks of questions: answers are whole without. */
  setOption(level: number): number {
    return level === SOL_SOCKET ? -errno.ENOPROTOOPT : 0;
  }

  /** Its answers are few and short. */
  get heldBytes(): number {
    return 0;
  }

  queuedBytes(): number {
    return -errno.ENOTTY;
  }
}

function readAddress(bytes: Uint8Array): { port: number; groups: number } | number {
  if (bytes.length < sockaddr_nl.size) return -errno.EINVAL;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint16(sockaddr_nl.nl_family, true) !== AF_NETLINK) return -errno.EINVAL;
  return { port: view.getUint32(sockaddr_nl.nl_pid, true), groups: view.getUint32(sockaddr_nl.nl_groups, true) };
}

function addressBytes(port: number, groups: number): Uint8Array {
  const bytes = new Uint8Array(sockaddr_nl.size);
  const view = new DataView(bytes.buffer);
  view.setUint16(sockaddr_nl.nl_family, AF_NETLINK, true);
  view.setUint32(sockaddr_nl.nl_pid, port, true);
  view.setUint32(sockaddr_nl.nl_groups, groups, true);
  return bytes;
}
