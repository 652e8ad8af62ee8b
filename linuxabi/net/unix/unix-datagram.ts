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
  ENOTCONN,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
} from '../../abi/errno.ts';
import { POLLOUT, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import { AF_UNSPEC, MSG_OOB } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Outgoing, PeerCredentials, Received } from '../message.ts';
import { Shut, shutBits } from '../shut.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { UnixEnd } from './unix-end.ts';
import { hasRoom } from './message-queue.ts';
import { familyOf, UNNAMED } from './unix-names.ts';
import { tellsSender, unixOption } from './unix-options.ts';

const DATAGRAM_OVERHEAD = 32;

export class UnixDatagram extends UnixEnd implements SocketProtocol {
  /** Senders that found the queue full wait here. */
  readonly queueRoom = new WaitQueue();
  /** Datagrams that may wait, plus one: as the machine is set when the socket is made. */
  readonly queueLimit = this.socket.network.services.setting('net/unix/max_dgram_qlen');
  #peer: UnixDatagram | undefined;
  /** Connected, or somebody has connected to it (Linux: TCP_ESTABLISHED). */
  #isEstablished = false;
  /** Who is connected to this one: they are told about room in the queue. */
  readonly connected = new Set<UnixDatagram>();

  static connectPair(a: UnixDatagram, b: UnixDatagram, credentials: PeerCredentials): void {
    a.#attach(b);
    b.#attach(a);
    a.peerCredentials = credentials;
    b.peerCredentials = credentials;
  }

  connect(thread: LinuxThread, address: Uint8Array): number {
    if (address.length < 2) return -EINVAL;
    if (familyOf(address) === AF_UNSPEC) {
      this.#attach(undefined);
      return 0;
    }
    const found = this.#find(thread, address);
    if (typeof found === 'number') return found;
    if (tellsSender(this.socket)) this.socket.network.unixNames.autobind(this);
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
    this.#isEstablished = peer !== undefined;
    if (peer !== undefined) peer.#isEstablished = true;
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
    if (to.#peer !== this && to.queue.length > to.queueLimit) {
      this.blockedOn = to.queueRoom;
      return -EAGAIN;
    }
    if (tellsSender(this.socket)) this.socket.network.unixNames.autobind(this);
    this.deliver(message, bytes, message.ancillary, to);
    return bytes.length;
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (this.socket.error !== 0) return this.socket.takeError();
    if (this.queue.first === undefined) return -EAGAIN;
    const wasFull = this.queue.length > this.queueLimit;
    const count = this.receivePacket(into, flags, received);
    if (wasFull && this.queue.length <= this.queueLimit) {
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

  get isEstablished(): boolean {
    return this.#isEstablished;
  }

  get otherEnd(): UnixDatagram | undefined {
    return this.#peer;
  }

  peerName(): Uint8Array | number {
    return this.#peer === undefined ? -ENOTCONN : (this.#peer.name?.address ?? UNNAMED);
  }

  pollBits(): number {
    let bits = this.commonPollBits();
    const peer = this.#peer;
    const blocked = peer !== undefined && peer.#peer !== this && peer.queue.length > peer.queueLimit;
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
    network.rights.closed();
  }

  getOption(level: number, option: number): Uint8Array | number {
    return unixOption(level, option, this.peerCredentials);
  }

  queuedBytes(direction: 'in' | 'out'): number {
    return direction === 'out' ? this.chargedBytes : (this.queue.first?.left ?? 0);
  }
}
