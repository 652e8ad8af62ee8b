/** A netlink socket: questions to one of the kernel's families, answered at once; about many things, while the answers are read. Source: netlink(7). */
import { concatenate } from '../../../kernel/concatenate.ts';
import * as errno from '../../abi/errno.ts';
import { NLM_F_ACK, NLM_F_DUMP, NLM_F_MULTI, NLM_F_REQUEST, NLMSG_MIN_TYPE, sockaddr_nl } from '../../abi/netlink.ts';
import { POLLERR, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import { AF_NETLINK, MSG_OOB, MSG_PEEK, MSG_TRUNC, SOL_SOCKET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Outgoing, Received } from '../message.ts';
import type { Socket } from '../socket.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { answerBytes, doneBytes, errorBytes, requestsIn } from './netlink-message.ts';
import type { NetlinkAnswer, NetlinkFamily, NetlinkRequest } from './netlink-message.ts';

/** Addresses of sockets beyond the first of a process, downwards. Source: net/netlink/af_netlink.c, netlink_autobind. */
const FIRST_EXTRA_PORT = -4097;
/** Bytes of one datagram of a dump: at least, and at most for who reads with as much room. Source: net/netlink/af_netlink.c, netlink_dump. */
const LEAST_PART = 3776;
const LARGEST_PART = 32_448;

/** Answers that wait to be read. */
interface Dump {
  readonly request: NetlinkRequest;
  readonly answers: Iterator<NetlinkAnswer, number | undefined>;
  /** Found, and too much for the last datagram. */
  waiting: Uint8Array | undefined;
}

export class NetlinkSocket implements SocketProtocol {
  readonly socket: Socket;
  #port = 0;
  #groups = 0;
  readonly #family: NetlinkFamily;
  readonly #queue: Uint8Array[] = [];
  #queuedBytes = 0;
  #dump: Dump | undefined;
  #largestRead = 0;
  #dropped = 0;

  constructor(socket: Socket, family: NetlinkFamily) {
    this.socket = socket;
    this.#family = family;
  }

  /** 0: none yet. */
  get port(): number {
    return this.#port;
  }

  get groups(): number {
    return this.#groups;
  }

  get isDumping(): boolean {
    return this.#dump !== undefined;
  }

  /** Answers that found no room. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Ports that sockets of the same protocol have. */
  get #taken(): Set<number> {
    return this.socket.network.netlinkPorts(this.socket.kind.protocol);
  }

  bind(thread: LinuxThread, address: Uint8Array): number {
    const given = readAddress(address);
    if (typeof given === 'number') return given;
    if (this.#port !== 0) {
      if (given.port !== this.#port) return -errno.EINVAL;
    } else if (given.port === 0) this.#autobind(thread);
    else if (this.#taken.has(given.port)) return -errno.EADDRINUSE;
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
    const taken = this.#taken;
    let port = process.pid;
    for (let extra = FIRST_EXTRA_PORT; taken.has(port); extra--) port = extra >>> 0;
    this.#take(port);
  }

  #take(port: number): void {
    this.#port = port;
    this.#taken.add(port);
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
    for (const request of requestsIn(message.bytes)) this.#serve(request, message.thread);
    this.socket.wakeReaders();
    return message.bytes.length;
  }

  /** Source: net/netlink/af_netlink.c, netlink_rcv_skb. */
  #serve(request: NetlinkRequest, thread: LinuxThread): void {
    const { flags, type } = request;
    let result = 0;
    if ((flags & NLM_F_REQUEST) !== 0 && type >= NLMSG_MIN_TYPE) {
      if ((flags & NLM_F_DUMP) === 0) {
        const answers = this.#family.get(request, thread);
        if (typeof answers === 'number') result = answers;
        else for (const answer of answers) this.#push(answerBytes(request, answer, 0, this.#port));
      } else {
        result = this.#startDump(request, thread);
        if (result === 0) return;
      }
    }
    if (result !== 0 || (flags & NLM_F_ACK) !== 0) this.#push(errorBytes(request, result, this.#port));
  }

  #startDump(request: NetlinkRequest, thread: LinuxThread): number {
    if (this.#dump !== undefined) return -errno.EBUSY;
    const answers = this.#family.dump(request, thread);
    if (typeof answers === 'number') return answers;
    this.#dump = { request, answers: answers[Symbol.iterator](), waiting: undefined };
    this.#continueDump();
    return 0;
  }

  /** One more datagram of the dump: the end comes by itself. */
  #continueDump(): void {
    const dump = this.#dump;
    if (dump === undefined || this.#queuedBytes > this.socket.options.receiveBufferBytes >> 1) return;
    const limit = Math.min(Math.max(this.#largestRead, LEAST_PART), LARGEST_PART);
    const parts = dump.waiting === undefined ? [] : [dump.waiting];
    let length = dump.waiting?.length ?? 0;
    dump.waiting = undefined;
    let next = dump.answers.next();
    for (; next.done !== true; next = dump.answers.next()) {
      const bytes = answerBytes(dump.request, next.value, NLM_F_MULTI, this.#port);
      length += bytes.length;
      if (length > limit && parts.length > 0) {
        dump.waiting = bytes;
        break;
      }
      parts.push(bytes);
    }
    if (parts.length > 0) this.#push(concatenate(parts));
    else if (next.done === true) {
      this.#dump = undefined;
      this.#push(doneBytes(dump.request, next.value ?? 0, this.#port));
    }
  }

  /** Who asks and does not read loses answers, and is told. Source: net/netlink/af_netlink.c, netlink_overrun. */
  #push(datagram: Uint8Array): void {
    if (this.#queue.length > 0 && this.#queuedBytes + datagram.length > this.socket.options.receiveBufferBytes) {
      this.#dropped++;
      this.socket.fail(errno.ENOBUFS);
      return;
    }
    this.#queue.push(datagram);
    this.#queuedBytes += datagram.length;
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if ((flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    if (this.socket.error !== 0) return this.socket.takeError();
    const datagram = this.#queue[0];
    if (datagram === undefined) return -errno.EAGAIN;
    this.#largestRead = Math.max(this.#largestRead, into.length);
    const count = Math.min(into.length, datagram.length);
    into.set(datagram.subarray(0, count));
    received.fullLength = datagram.length;
    received.address = addressBytes(0, 0);
    if (count < datagram.length) received.flags |= MSG_TRUNC;
    if ((flags & MSG_PEEK) === 0) {
      this.#queue.shift();
      this.#queuedBytes -= datagram.length;
    }
    this.#continueDump();
    return count;
  }

  shutdown(): number {
    return -errno.EOPNOTSUPP;
  }

  close(): void {
    if (this.#port !== 0) this.#taken.delete(this.#port);
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

  get heldBytes(): number {
    return this.#queuedBytes;
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
