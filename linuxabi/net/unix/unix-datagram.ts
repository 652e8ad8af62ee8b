/**
 * Unix datagram sockets: reliable, in order, and a sender waits for a receiver whose queue is full.
 * Source: unix(7); net/unix/af_unix.c, unix_dgram_sendmsg.
 */
import { WaitQueue } from '../../../kernel/wait-queue.ts';
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EMSGSIZE,
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
} from '../../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import { AF_UNSPEC, MSG_OOB, SO_PASSCRED, SOL_SOCKET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { NO_CREDENTIALS } from '../message.ts';
import type { Outgoing, PeerCredentials, Received } from '../message.ts';
import { Shut, shutBits } from '../shut.ts';
import type { Socket } from '../socket.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { chargeOf, hasRoom, MessageQueue } from './message-queue.ts';
import type { Sender } from './message-queue.ts';
import { familyOf, UNNAMED } from './unix-names.ts';
import type { UnixName } from './unix-names.ts';
import { credentialsToSend, unixOption } from './unix-options.ts';
import { discardFiles, drain, receivePacket } from './unix-stream.ts';

/** Datagrams that may wait, plus one. Source: /proc/sys/net/unix/max_dgram_qlen. */
const QUEUE_LIMIT = 10;
const DATAGRAM_OVERHEAD = 32;

export class UnixDatagram implements SocketProtocol, Sender {
  readonly socket: Socket;
  name: UnixName | undefined;
  chargedBytes = 0;
  readonly queue = new MessageQueue();
  /** Senders that found the queue full wait here. */
  readonly queueRoom = new WaitQueue();
  blockedOn: WaitQueue | undefined;
  #peer: UnixDatagram | undefined;
  #peerCredentials: PeerCredentials = NO_CREDENTIALS;
  /** Who is connected to this one: they are told about room in the queue. */
  readonly connected = new Set<UnixDatagram>();

  constructor(socket: Socket) {
    this.socket = socket;
  }

  static connectPair(a: UnixDatagram, b: UnixDatagram, credentials: PeerCredentials): void {
    a.#attach(b);
    b.#attach(a);
    a.#peerCredentials = credentials;
    b.#peerCredentials = credentials;
  }

  bind(thread: LinuxThread, address: Uint8Array): number {
    return this.socket.network.unixNames.bind(thread, this, address);
  }

  connect(thread: LinuxThread, address: Uint8Array): number {
    if (address.length < 2) return -EINVAL;
    if (familyOf(address) === AF_UNSPEC) {
      this.#attach(undefined);
      return 0;
    }
    const found = this.#find(thread, address);
    if (typeof found === 'number') return found;
    if (this.socket.options.has(SO_PASSCRED)) this.socket.network.unixNames.autobind(this);
    this.#attach(found);
    return 0;
  }

  /** One who may be sent to: connected to nobody else. */
  #find(thread: LinuxThread, address: Uint8Array): UnixDatagram | number {
    const named = this.socket.network.unixNames.find(thread, address, this.socket.kind.type);
    if (typeof named === 'number') return named;
    const other = named.socket.protocol as UnixDatagram;
    return other.#peer === undefined || other.#peer === this ? other : -EPERM;
  }

  #attach(peer: UnixDatagram | undefined): void {
    const before = this.#peer;
    before?.connected.delete(this);
    this.#peer = peer;
    peer?.connected.add(this);
    if (before === undefined || before === peer) return;
    // What the old peer sent is not what the new one means. Source: unix_dgram_disconnected.
    this.discardQueue();
    if (!before.socket.closed && before.#peer === this) before.socket.fail(ECONNRESET);
  }

  listen(): number {
    return -EOPNOTSUPP;
  }

  accept(): number {
    return -EOPNOTSUPP;
  }

  send(message: Outgoing): number {
    if ((message.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    const to = message.address === undefined ? (this.#peer ?? -ENOTCONN) : this.#find(message.thread, message.address);
    if (typeof to === 'number') return to;
    const { bytes } = message;
    const { sendBufferBytes } = this.socket.options;
    if (bytes.length > sendBufferBytes - DATAGRAM_OVERHEAD) return -EMSGSIZE;
    if (to.socket.closed) {
      if (message.address === undefined) this.#attach(undefined);
      return -ECONNREFUSED;
    }
    if (((this.socket.shut & Shut.Send) | (to.socket.shut & Shut.Receive)) !== 0) return -EPIPE;
    if (this.chargedBytes >= sendBufferBytes) return -EAGAIN;
    if (to.#peer !== this && to.queue.length > QUEUE_LIMIT) {
      this.blockedOn = to.queueRoom;
      return -EAGAIN;
    }
    this.#deliver(message, to);
    return bytes.length;
  }

  #deliver(message: Outgoing, to: UnixDatagram): void {
    const files = message.ancillary?.files ?? [];
    this.socket.network.rights.enter(files);
    if (this.socket.options.has(SO_PASSCRED)) this.socket.network.unixNames.autobind(this);
    to.queue.push({
      bytes: message.bytes.slice(),
      taken: 0,
      credentials: credentialsToSend(message, this.socket, to.socket),
      files,
      chargeBytes: chargeOf(message.bytes.length),
      sender: this,
      sentNs: this.socket.network.realtimeNs(),
    });
    to.socket.wakeReaders();
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (this.socket.error !== 0) return this.socket.takeError();
    if (this.queue.first === undefined) return -EAGAIN;
    const wasFull = this.queue.length > QUEUE_LIMIT;
    const count = receivePacket(this, into, flags, received);
    if (wasFull && this.queue.length <= QUEUE_LIMIT) {
      this.queueRoom.wake();
      for (const sender of this.connected) sender.socket.wakeWriters();
    }
    return count;
  }

  shutdown(how: number): number {
    this.socket.shut |= shutBits(how);
    this.socket.wakeAll();
    this.queueRoom.wake();
    return 0;
  }

  localName(): Uint8Array {
    return this.name?.address ?? UNNAMED;
  }

  peerName(): Uint8Array | number {
    return this.#peer === undefined ? -ENOTCONN : (this.#peer.name?.address ?? UNNAMED);
  }

  pollBits(): number {
    const { shut, error } = this.socket;
    let bits = error !== 0 ? POLLERR : 0;
    if (shut === Shut.Both) bits |= POLLHUP;
    if ((shut & Shut.Receive) !== 0) bits |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.queue.length > 0) bits |= POLLIN | POLLRDNORM;
    const peer = this.#peer;
    const blocked = peer !== undefined && peer.#peer !== this && peer.queue.length > QUEUE_LIMIT;
    if (hasRoom(this) && !blocked) bits |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return bits;
  }

  close(): void {
    const { network } = this.socket;
    network.unixNames.release(this);
    this.#peer?.connected.delete(this);
    this.discardQueue();
    this.queueRoom.wake();
    for (const sender of this.connected) sender.socket.wakeWriters();
    network.rights.collect();
  }

  discardQueue(): void {
    for (const message of drain(this.queue)) discardFiles(this, message);
  }

  getOption(level: number, option: number): Uint8Array | number {
    return unixOption(level, option, this.#peerCredentials);
  }

  setOption(level: number): number {
    return level === SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
  }

  queuedBytes(direction: 'in' | 'out'): number {
    return direction === 'out' ? this.chargedBytes : (this.queue.first?.bytes.length ?? 0);
  }
}
