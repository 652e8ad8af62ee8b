/** A UDP socket. Datagrams go straight into the receiver's queue, or are lost when it is full. Source: udp(7); net/ipv4/udp.c. */
import * as errno from '../../abi/errno.ts';
import { IPPROTO_UDPLITE, TCP_CLOSE, TCP_ESTABLISHED } from '../../abi/inet.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import { AF_UNSPEC, MSG_OOB, MSG_PEEK, MSG_TRUNC, SO_BROADCAST, SOL_SOCKET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { HostDatagrams } from '../host/host-network.ts';
import { HostPackets } from '../host/host-packets.ts';
import type { Outgoing, Received } from '../message.ts';
import { Shut, shutBits } from '../shut.ts';
import type { Socket } from '../socket.ts';
import { intAt, intBytes } from '../socket-options.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { BROADCAST4, endpointOf, isIpv4, sockaddrOf } from './address.ts';
import type { Endpoint, IpAddress } from './address.ts';
import { InetBinding } from './inet-binding.ts';
import { receivesFor } from './inet-stack.ts';
import type { PortTable } from './port-table.ts';
import { receivedControl, sentFields, type PacketFields } from './packet-fields.ts';

/** Longest payload of an IPv4 packet. */
const PAYLOAD_LIMIT = 65_507;
/** What a datagram takes up beside its bytes. Source: sizeof(struct sk_buff) and shared info. */
const DATAGRAM_OVERHEAD = 576;

/** What is not known of packets that the host's sockets received. */
const FROM_OUTSIDE: PacketFields = { hops: 64, trafficClass: 0 };

interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Endpoint;
  readonly to: IpAddress;
  readonly fields: PacketFields;
  readonly arrivedNs: bigint;
}

export class UdpSocket implements SocketProtocol {
  readonly socket: Socket;
  readonly binding: InetBinding;
  readonly #queue: Datagram[] = [];
  #queuedBytes = 0;
  /** Datagrams that found the queue full. */
  dropped = 0;
  #host: HostDatagrams | undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    this.binding = new InetBinding(socket, this.#ports);
  }

  get #stack() {
    return this.socket.network.inet;
  }

  get #isLite(): boolean {
    return this.socket.kind.protocol === IPPROTO_UDPLITE;
  }

  get #ports(): PortTable {
    return this.#isLite ? this.#stack.udpLitePorts : this.#stack.udpPorts;
  }

  get state(): number {
    return this.binding.remote === undefined ? TCP_CLOSE : TCP_ESTABLISHED;
  }

  bind(thread: LinuxThread, address: Uint8Array): number {
    return this.binding.bind(thread, address);
  }

  connect(_thread: LinuxThread, address: Uint8Array): number {
    if (address.length < 2) return -errno.EINVAL;
    if ((address[0]! | (address[1]! << 8)) === AF_UNSPEC) {
      this.binding.disconnect();
      this.binding.releasePort('forgotten');
      return 0;
    }
    const endpoint = endpointOf(address, this.socket.kind.family);
    if (typeof endpoint === 'number') return endpoint;
    const refused = this.#refuses(endpoint);
    if (refused < 0) return refused;
    const bound = this.binding.autobind();
    if (bound < 0) return bound === -errno.EADDRINUSE ? -errno.EAGAIN : bound;
    const remote = { address: this.#stack.destination(endpoint.address), port: endpoint.port };
    if (!this.binding.choseAddress) this.binding.local = { ...this.binding.local, address: this.#sourceFor(remote) };
    this.binding.remote = remote;
    this.#openHost(remote);
    return 0;
  }

  #sourceFor(remote: Endpoint): IpAddress {
    return this.#stack.sourceFor(remote.address);
  }

  /** −errno when nothing can be sent there. */
  #refuses({ address }: Endpoint): number {
    if (isIpv4(address) && this.binding.isV6Only) return -errno.ENETUNREACH;
    if (address === BROADCAST4 && !this.socket.options.has(SO_BROADCAST)) return -errno.EACCES;
    const route = this.#stack.route(this.#stack.destination(address));
    return typeof route === 'number' ? route : 0;
  }

  listen(): number {
    return -errno.EOPNOTSUPP;
  }

  accept(): number {
    return -errno.EOPNOTSUPP;
  }

  send(message: Outgoing): number {
    // A port comes first, even for what then can't be sent. Source: net/ipv4/af_inet.c, inet_send_prepare.
    if (this.binding.autobind() < 0) return -errno.EAGAIN;
    if ((message.flags & MSG_OOB) !== 0) return -errno.EOPNOTSUPP;
    const to = this.#destinationOf(message);
    if (typeof to === 'number') return to;
    const fields = sentFields(this.binding, to.address, message.ancillary?.control ?? []);
    if (typeof fields === 'number') return fields;
    if (message.bytes.length > PAYLOAD_LIMIT) return -errno.EMSGSIZE;
    if (this.socket.error !== 0) return this.socket.takeError();
    if ((this.socket.shut & Shut.Send) !== 0) return -errno.EPIPE;
    if (this.#stack.route(to.address) === 'host') {
      const { host } = this.#stack;
      if (!new HostPackets(host!).allows(to)) return -errno.EACCES;
      this.#openHost(to);
      new HostPackets(host!).send(this.#host!, message.bytes, to, this);
      return message.bytes.length;
    }
    this.#sendLocally(message, to, fields);
    return message.bytes.length;
  }

  #destinationOf(message: Outgoing): Endpoint | number {
    if (message.address === undefined) return this.binding.remote ?? -errno.EDESTADDRREQ;
    const endpoint = endpointOf(message.address, this.socket.kind.family);
    if (typeof endpoint === 'number') return endpoint;
    if (endpoint.port === 0) return -errno.EINVAL;
    const refused = this.#refuses(endpoint);
    if (refused < 0) return refused;
    return { address: this.#stack.destination(endpoint.address), port: endpoint.port };
  }

  #sendLocally(message: Outgoing, to: Endpoint, fields: PacketFields): void {
    const { local } = this.binding;
    const address =
      receivesFor(this.binding, to.address) === 3 || this.binding.choseAddress ? local.address : this.#sourceFor(to);
    const from = { address, port: local.port };
    const receiver = receiverOf(this.#ports.at(to.port), from, to);
    if (receiver !== undefined) receiver.deliver(message.bytes, from, to.address, fields);
    // What a port unreachable message does: only one who is connected can be meant by it.
    else if (this.binding.remote !== undefined && message.address === undefined) this.socket.fail(errno.ECONNREFUSED);
  }

  /** A datagram for this socket; shut down or not, it is heard. */
  deliver(bytes: Uint8Array, from: Endpoint, to: IpAddress, fields: PacketFields = FROM_OUTSIDE): void {
    const charge = bytes.length + DATAGRAM_OVERHEAD;
    if (this.#queuedBytes + charge > this.socket.options.receiveBufferBytes) {
      this.dropped++;
      return;
    }
    this.#queuedBytes += charge;
    this.#queue.push({ bytes: bytes.slice(), from, to, fields, arrivedNs: this.socket.network.realtimeNs() });
    this.socket.wakeReaders();
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if (this.socket.error !== 0) return this.socket.takeError();
    const { datagram, skip } = this.#datagramToRead(flags);
    if (datagram === undefined) return -errno.EAGAIN;
    const { bytes, from, to, fields, arrivedNs } = datagram;
    const count = Math.min(into.length, bytes.length - skip);
    into.set(bytes.subarray(skip, skip + count));
    received.fullLength = bytes.length;
    received.address = sockaddrOf(from, this.socket.kind.family);
    received.arrivedNs = arrivedNs;
    if (count < bytes.length - skip) received.flags |= MSG_TRUNC;
    received.control = receivedControl(this.binding, to, this.#stack.interfaceOf(to), fields);
    if ((flags & MSG_PEEK) === 0) {
      this.#queue.shift();
      this.#queuedBytes -= bytes.length + DATAGRAM_OVERHEAD;
    }
    // With MSG_TRUNC by what the call answers. Source: net/ipv4/udp.c, udp_recvmsg.
    const told = (flags & MSG_TRUNC) !== 0 ? bytes.length : count;
    this.socket.movePeekOffset(told, flags);
    return count;
  }

  /** The first datagram, or in a look at the queue the one in which SO_PEEK_OFF lies. Source: __skb_try_recv_from_queue. */
  #datagramToRead(flags: number): { datagram: Datagram | undefined; skip: number } {
    let skip = this.socket.peekSkip(flags);
    const datagram = this.#queue.find(({ bytes }) => {
      const isIn = skip < bytes.length || skip === 0;
      if (!isIn) skip -= bytes.length;
      return isIn;
    });
    return { datagram, skip };
  }

  shutdown(how: number): number {
    // Shut down it is, connected or not. Source: net/ipv4/af_inet.c, inet_shutdown.
    this.socket.shut |= shutBits(how);
    this.socket.wakeAll();
    return this.binding.remote === undefined ? -errno.ENOTCONN : 0;
  }

  close(): void {
    this.binding.release();
    this.#host?.close();
    this.#host = undefined;
  }

  /** The socket on the host that stands for this one. */
  #openHost({ address }: Endpoint): void {
    if (this.#host !== undefined || this.#stack.route(address) !== 'host') return;
    this.#host = new HostPackets(this.#stack.host!).open(this, address);
  }

  localName(): Uint8Array {
    return this.binding.localName();
  }

  peerName(): Uint8Array | number {
    return this.binding.peerName();
  }

  pollBits(): number {
    const { shut, error } = this.socket;
    let bits = POLLOUT | POLLWRNORM | POLLWRBAND | (error !== 0 ? POLLERR : 0);
    if (shut === Shut.Both) bits |= POLLHUP;
    if ((shut & Shut.Receive) !== 0) bits |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.#queue.length > 0) bits |= POLLIN | POLLRDNORM;
    return bits;
  }

  getOption(level: number, option: number): Uint8Array | number {
    if (level === SOL_SOCKET || (level === IPPROTO_UDPLITE && !this.#isLite)) return -errno.ENOPROTOOPT;
    return this.binding.options.get(level, option);
  }

  setOption(level: number, option: number, bytes: Uint8Array): number {
    if (level === SOL_SOCKET || (level === IPPROTO_UDPLITE && !this.#isLite)) return -errno.ENOPROTOOPT;
    return this.binding.options.set(level, option, level === IPPROTO_UDPLITE ? coverage(bytes) : bytes);
  }

  get heldBytes(): number {
    return this.#queuedBytes;
  }

  queuedBytes(direction: 'in' | 'out'): number {
    return direction === 'in' ? (this.#queue[0]?.bytes.length ?? 0) : 0;
  }
}

/** UDP-Lite: how much of a packet its checksum covers, the header at least, or 0: all. Source: net/ipv4/udp.c, udp_lib_setsockopt. */
function coverage(bytes: Uint8Array): Uint8Array {
  const given = bytes.length < 4 ? 0 : intAt(bytes, 0);
  return given === 0 ? bytes : intBytes(Math.min(0xffff, Math.max(8, given)));
}

/** One connected to the sender before one that takes from all; the address itself before any. Source: net/ipv4/udp.c, compute_score. */
function receiverOf(holders: Iterable<unknown>, from: Endpoint, to: Endpoint): UdpSocket | undefined {
  let best: UdpSocket | undefined;
  let bestScore = 0;
  for (const holder of holders) {
    const { remote, socket } = holder as InetBinding;
    if (remote !== undefined && (remote.address !== from.address || remote.port !== from.port)) continue;
    const score = receivesFor(holder as InetBinding, to.address);
    if (score === 0) continue;
    const total = score + (remote === undefined ? 0 : 8);
    if (total > bestScore) [best, bestScore] = [socket.protocol as UdpSocket, total];
  }
  return best;
}
