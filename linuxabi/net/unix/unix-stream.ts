/**
 * Connected Unix sockets: SOCK_STREAM, and SOCK_SEQPACKET, which keeps the bounds of messages. Each end has the queue of what
 * was sent to it. Source: unix(7); net/unix/af_unix.c.
 */
import { WaitQueue } from '../../../kernel/wait-queue.ts';
import {
  EAGAIN,
  ECONNREFUSED,
  ECONNRESET,
  EINVAL,
  EISCONN,
  EMSGSIZE,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from '../../abi/errno.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import { MSG_OOB, MSG_PEEK, SO_ACCEPTCONN, SO_OOBINLINE, SOCK_STREAM, SOL_SOCKET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { credentialsOfThread, NO_CREDENTIALS } from '../message.ts';
import type { Outgoing, PeerCredentials, Received } from '../message.ts';
import { Shut, shutBits } from '../shut.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { UnixEnd } from './unix-end.ts';
import { StreamReader } from './stream-reader.ts';
import { hasRoom, STREAM_PIECE } from './message-queue.ts';
import type { UnixMessage } from './message-queue.ts';
import { UNNAMED } from './unix-names.ts';
import { tellsSender, unixOption } from './unix-options.ts';

const ConnectionState = { Closed: 0, Listening: 1, Connected: 2 } as const;
type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

/** Part of the send buffer that one packet can't have. */
const PACKET_OVERHEAD = 32;

export class UnixStream extends UnixEnd implements SocketProtocol {
  /** Connectors that found the backlog full wait here. */
  readonly backlogRoom = new WaitQueue();
  #state: ConnectionState = ConnectionState.Closed;
  /** Stays after it has closed, for its name. */
  #peer: UnixStream | undefined;
  #backlog = 0;
  #waiting: Socket[] = [];

  /** A pair of connected ends, both of the caller. */
  static connectPair(a: UnixStream, b: UnixStream, credentials: PeerCredentials): void {
    a.#attach(b, credentials);
    b.#attach(a, credentials);
  }

  get isStream(): boolean {
    return this.socket.kind.type === SOCK_STREAM;
  }

  get isListening(): boolean {
    return this.#state === ConnectionState.Listening;
  }

  get isConnected(): boolean {
    return this.#state === ConnectionState.Connected;
  }

  get otherEnd(): UnixStream | undefined {
    return this.#peer;
  }

  get backlog(): number {
    return this.#backlog;
  }

  connect(thread: LinuxThread, address: Uint8Array): number {
    const { network } = this.socket;
    const found = network.unixNames.find(thread, address, this.socket.kind.type);
    if (typeof found === 'number') return found;
    const listener = found.socket.protocol as UnixStream;
    if (!listener.isListening || (listener.socket.shut & Shut.Receive) !== 0) return -ECONNREFUSED;
    if (this.isConnected) return -EISCONN;
    if (this.isListening) return -EINVAL;
    this.blockedOn = listener.backlogRoom;
    if (listener.#waiting.length > listener.#backlog) return -EAGAIN;
    if (tellsSender(this.socket)) network.unixNames.autobind(this);
    const { owner, kind, options } = listener.socket;
    const accepted = network.createSocket(owner, kind, { socket: options.copy() });
    const end = accepted.protocol as UnixStream;
    end.name = listener.name;
    end.#attach(this, credentialsOfThread(thread));
    this.#attach(end, listener.peerCredentials);
    listener.#waiting.push(accepted);
    listener.socket.wakeReaders();
    this.socket.wakeAll();
    return 0;
  }

  #attach(peer: UnixStream, credentials: PeerCredentials): void {
    this.#peer = peer;
    this.peerCredentials = credentials;
    this.#state = ConnectionState.Connected;
  }

  listen(thread: LinuxThread, backlog: number): number {
    if (this.name === undefined || this.isConnected) return -EINVAL;
    this.#backlog = Math.min(backlog >>> 0, this.socket.network.services.setting('net/core/somaxconn'));
    this.#state = ConnectionState.Listening;
    // Whom connectors see at the other end.
    this.peerCredentials = credentialsOfThread(thread);
    this.backlogRoom.wake();
    return 0;
  }

  accept(): Socket | number {
    if (!this.isListening) return -EINVAL;
    const accepted = this.#waiting.shift();
    if (accepted === undefined) return (this.socket.shut & Shut.Receive) !== 0 ? -EINVAL : -EAGAIN;
    this.backlogRoom.wake();
    return accepted;
  }

  send(message: Outgoing): number {
    // Source: unix_seqpacket_sendmsg; a stream tells only receivers.
    if (!this.isStream && this.socket.error !== 0) return this.socket.takeError();
    const isUrgent = (message.flags & MSG_OOB) !== 0;
    if (isUrgent && (!this.isStream || message.bytes.length === 0)) return -EOPNOTSUPP;
    if (!this.isStream && !this.isConnected) return -ENOTCONN;
    // A packet ignores an address; a stream must not have one.
    if (message.address !== undefined && this.isStream) return this.isConnected ? -EISCONN : -EOPNOTSUPP;
    const peer = this.#peer;
    if (peer === undefined) return -ENOTCONN;
    if ((this.socket.shut & Shut.Send) !== 0) return -EPIPE;
    if (peer.socket.closed || (peer.socket.shut & Shut.Receive) !== 0) return -EPIPE;
    return this.isStream ? this.#sendStream(message, peer) : this.#sendPacket(message, peer);
  }

  #sendStream(message: Outgoing, peer: UnixStream): number {
    const isUrgent = (message.flags & MSG_OOB) !== 0;
    const bytes = isUrgent ? message.bytes.subarray(0, -1) : message.bytes;
    let sent = 0;
    let { ancillary } = message;
    while (sent < bytes.length && this.chargedBytes < this.socket.options.sendBufferBytes) {
      const length = Math.min(bytes.length - sent, STREAM_PIECE, (this.socket.options.sendBufferBytes >> 1) - 64);
      this.deliver(message, bytes.subarray(sent, sent + length), ancillary, peer);
      ancillary = undefined;
      sent += length;
    }
    if (isUrgent && sent === bytes.length && this.chargedBytes < this.socket.options.sendBufferBytes) {
      this.deliverUrgent(message, message.bytes[sent]!, ancillary, peer);
      return sent + 1;
    }
    if (isUrgent) return sent === 0 ? -EAGAIN : sent;
    return sent === 0 && bytes.length > 0 ? -EAGAIN : sent;
  }

  #sendPacket(message: Outgoing, peer: UnixStream): number {
    const { bytes } = message;
    const { sendBufferBytes } = this.socket.options;
    if (bytes.length > sendBufferBytes - PACKET_OVERHEAD) return -EMSGSIZE;
    if (this.chargedBytes >= sendBufferBytes) return -EAGAIN;
    this.deliver(message, bytes, message.ancillary, peer);
    return bytes.length;
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    const wantsUrgent = (flags & MSG_OOB) !== 0;
    if (wantsUrgent && !this.isStream) return -EOPNOTSUPP;
    if (!this.isConnected) return this.isStream ? -EINVAL : -ENOTCONN;
    if (wantsUrgent) return this.#receiveUrgent(into, flags, received);
    const count = this.queue.first === undefined ? -EAGAIN : this.#receiveQueued(into, flags, received);
    if (count !== -EAGAIN) return count;
    if (this.socket.error !== 0) return this.socket.takeError();
    return (this.socket.shut & Shut.Receive) !== 0 ? 0 : -EAGAIN;
  }

  #receiveQueued(into: Uint8Array, flags: number, received: Received): number {
    if (!this.isStream) return this.receivePacket(into, flags, received);
    const skip = this.socket.peekSkip(flags);
    const isPlain = skip === 0 && !this.queue.hasUrgent;
    const count = isPlain
      ? this.#receiveStream(into, flags, received)
      : this.#receiveMarked(into, skip, flags, received);
    if (count > 0) this.socket.movePeekOffset(count, flags);
    return count;
  }

  #receiveMarked(into: Uint8Array, skip: number, flags: number, received: Received): number {
    const reader = new StreamReader(this.queue, this.socket, flags, received);
    const count = reader.read(into, skip, (message) => this.#admits(message, flags, received));
    return count ?? -EAGAIN;
  }

  /** Source: net/unix/af_unix.c, unix_stream_recv_urg. */
  #receiveUrgent(into: Uint8Array, flags: number, received: Received): number {
    const { mark } = this.queue;
    if (mark === undefined || this.socket.options.has(SO_OOBINLINE)) return -EINVAL;
    const count = Math.min(1, into.length);
    this.queue.copy(mark, 0, into.subarray(0, count));
    if ((flags & MSG_PEEK) === 0) this.queue.takeMark();
    received.flags |= MSG_OOB;
    received.complete = true;
    return 1;
  }

  /** Bytes of as many messages as look alike: a receive ends where other credentials begin, and after descriptors. */
  #receiveStream(into: Uint8Array, flags: number, received: Received): number {
    let count = 0;
    for (let index = 0; count < into.length && !received.complete; index++) {
      const message = this.queue.at(index);
      if (message === undefined || !this.#admits(message, flags, received)) break;
      count += Math.min(message.left, into.length - count);
    }
    this.queue.peek(into.subarray(0, count));
    if ((flags & MSG_PEEK) === 0) this.queue.take(count);
    return count;
  }

  /** Whether bytes of the message belong to this receive; what travels with them is taken. */
  #admits(message: UnixMessage, flags: number, received: Received): boolean {
    const glues = !tellsSender(this.socket);
    if (!glues && received.credentials !== undefined && !sameSender(received.credentials, message)) {
      received.complete = true;
      return false;
    }
    received.credentials ??= message.credentials ?? NO_CREDENTIALS;
    received.address ??= message.sender.name?.address;
    if (message.files.length > 0) {
      received.files = this.takeFiles(message, flags);
      received.complete = true;
    }
    return true;
  }

  shutdown(how: number): number {
    const bits = shutBits(how);
    this.socket.shut |= bits;
    this.socket.wakeAll();
    if (this.isListening) this.backlogRoom.wake();
    const peer = this.#peer;
    if (peer === undefined || peer.socket.closed) return 0;
    if ((bits & Shut.Receive) !== 0) peer.socket.shut |= Shut.Send;
    if ((bits & Shut.Send) !== 0) peer.socket.shut |= Shut.Receive;
    peer.socket.wakeAll();
    return 0;
  }

  peerName(): Uint8Array | number {
    return this.#peer === undefined ? -ENOTCONN : (this.#peer.name?.address ?? UNNAMED);
  }

  pollBits(): number {
    let bits = this.commonPollBits();
    if (this.#waiting.length > 0) bits |= POLLIN | POLLRDNORM;
    if (this.#state === ConnectionState.Closed) bits |= POLLHUP;
    if (!this.isListening && hasRoom(this)) bits |= POLLOUT | POLLWRNORM | POLLWRBAND;
    return bits;
  }

  close(): void {
    const { network } = this.socket;
    network.unixNames.release(this);
    if (this.isListening) this.#state = ConnectionState.Closed;
    const unread = this.queue.length > 0;
    this.discardQueue();
    this.backlogRoom.wake();
    const peer = this.#peer;
    if (peer !== undefined && !peer.socket.closed) {
      peer.socket.shut = Shut.Both;
      if (unread) peer.socket.error = ECONNRESET;
      peer.socket.wakeAll();
    }
    network.rights.closed();
  }

  /** Who waits to be accepted is told that nobody will come. */
  override discardQueue(): void {
    super.discardQueue();
    for (const waiting of this.#waiting) {
      const peer = (waiting.protocol as UnixStream).#peer;
      waiting.release();
      if (peer !== undefined) peer.socket.error = ECONNRESET;
    }
    this.#waiting = [];
  }

  /** Sockets connected and not yet accepted. */
  get waiting(): readonly Socket[] {
    return this.#waiting;
  }

  getOption(level: number, option: number): Uint8Array | number {
    if (level === SOL_SOCKET && option === SO_ACCEPTCONN) return intBytes(this.isListening ? 1 : 0);
    return unixOption(level, option, this.isListening || this.isConnected ? this.peerCredentials : NO_CREDENTIALS);
  }

  queuedBytes(direction: 'in' | 'out'): number {
    if (direction === 'out') return this.chargedBytes;
    if (this.isListening) return -EINVAL;
    return this.isStream ? this.queue.bytes : (this.queue.first?.left ?? 0);
  }
}

function sameSender(credentials: PeerCredentials, message: UnixMessage): boolean {
  const other = message.credentials ?? NO_CREDENTIALS;
  return credentials.pid === other.pid && credentials.uid === other.uid && credentials.gid === other.gid;
}
