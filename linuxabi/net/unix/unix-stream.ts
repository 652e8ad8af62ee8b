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
  ENOPROTOOPT,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
} from '../../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../abi/poll.ts';
import {
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  SO_ACCEPTCONN,
  SO_PASSCRED,
  SOCK_STREAM,
  SOL_SOCKET,
  SOMAXCONN,
} from '../../abi/socket.ts';
import type { Description } from '../../fs/description.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { credentialsOfThread, NO_CREDENTIALS } from '../message.ts';
import type { Outgoing, PeerCredentials, Received } from '../message.ts';
import { Shut, shutBits } from '../shut.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { chargeOf, hasRoom, MessageQueue, STREAM_PIECE } from './message-queue.ts';
import type { Sender, UnixMessage } from './message-queue.ts';
import { UNNAMED } from './unix-names.ts';
import type { UnixName } from './unix-names.ts';
import { credentialsToSend, unixOption } from './unix-options.ts';

const ConnectionState = { Closed: 0, Listening: 1, Connected: 2 } as const;
type ConnectionState = (typeof ConnectionState)[keyof typeof ConnectionState];

/** Part of the send buffer that one packet can't have. */
const PACKET_OVERHEAD = 32;

export class UnixStream implements SocketProtocol, Sender {
  readonly socket: Socket;
  name: UnixName | undefined;
  chargedBytes = 0;
  readonly queue = new MessageQueue();
  /** Connectors that found the backlog full wait here. */
  readonly backlogRoom = new WaitQueue();
  blockedOn: WaitQueue | undefined;
  #state: ConnectionState = ConnectionState.Closed;
  /** Stays after it has closed, for its name. */
  #peer: UnixStream | undefined;
  #peerCredentials: PeerCredentials = NO_CREDENTIALS;
  #backlog = 0;
  #waiting: Socket[] = [];

  constructor(socket: Socket) {
    this.socket = socket;
  }

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

  bind(thread: LinuxThread, address: Uint8Array): number {
    return this.socket.network.unixNames.bind(thread, this, address);
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
    if (this.socket.options.has(SO_PASSCRED)) network.unixNames.autobind(this);
    const { owner, kind, options } = listener.socket;
    const accepted = network.createSocket(owner, kind, { socket: options.copy() });
    const end = accepted.protocol as UnixStream;
    end.name = listener.name;
    end.#attach(this, credentialsOfThread(thread));
    this.#attach(end, listener.#peerCredentials);
    listener.#waiting.push(accepted);
    listener.socket.wakeReaders();
    this.socket.wakeAll();
    return 0;
  }

  #attach(peer: UnixStream, credentials: PeerCredentials): void {
    this.#peer = peer;
    this.#peerCredentials = credentials;
    this.#state = ConnectionState.Connected;
  }

  listen(thread: LinuxThread, backlog: number): number {
    if (this.name === undefined || this.isConnected) return -EINVAL;
    this.#backlog = Math.min(backlog >>> 0, SOMAXCONN);
    this.#state = ConnectionState.Listening;
    // Whom connectors see at the other end.
    this.#peerCredentials = credentialsOfThread(thread);
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
    if ((message.flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
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
    const { bytes } = message;
    let sent = 0;
    let { ancillary } = message;
    while (sent < bytes.length && this.chargedBytes < this.socket.options.sendBufferBytes) {
      const length = Math.min(bytes.length - sent, STREAM_PIECE, (this.socket.options.sendBufferBytes >> 1) - 64);
      this.#deliver({ ...message, bytes: bytes.subarray(sent, sent + length), ancillary }, peer);
      ancillary = undefined;
      sent += length;
    }
    return sent === 0 && bytes.length > 0 ? -EAGAIN : sent;
  }

  #sendPacket(message: Outgoing, peer: UnixStream): number {
    const { bytes } = message;
    const { sendBufferBytes } = this.socket.options;
    if (bytes.length > sendBufferBytes - PACKET_OVERHEAD) return -EMSGSIZE;
    if (this.chargedBytes >= sendBufferBytes) return -EAGAIN;
    this.#deliver(message, peer);
    return bytes.length;
  }

  #deliver(message: Outgoing, peer: UnixStream): void {
    const files = message.ancillary?.files ?? [];
    this.socket.network.rights.enter(files);
    peer.queue.push({
      bytes: message.bytes.slice(),
      taken: 0,
      credentials: credentialsToSend(message, this.socket, peer.socket),
      files,
      chargeBytes: chargeOf(message.bytes.length),
      sender: this,
      sentNs: this.socket.network.realtimeNs(),
    });
    peer.socket.wakeReaders();
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if ((flags & MSG_OOB) !== 0) return -EOPNOTSUPP;
    if (!this.isConnected) return this.isStream ? -EINVAL : -ENOTCONN;
    const first = this.queue.first;
    if (first === undefined) {
      if (this.socket.error !== 0) return this.socket.takeError();
      return (this.socket.shut & Shut.Receive) !== 0 ? 0 : -EAGAIN;
    }
    if (this.isStream) return this.#receiveStream(into, flags, received);
    return receivePacket(this, into, flags, received);
  }

  #receiveStream(into: Uint8Array, flags: number, received: Received): number {
    const peeks = (flags & MSG_PEEK) !== 0;
    const glues = !this.socket.options.has(SO_PASSCRED);
    let count = 0;
    for (let index = 0; count < into.length;) {
      const message = this.queue.at(index);
      if (message === undefined) break;
      if (!glues && received.credentials !== undefined && !sameSender(received.credentials, message)) {
        received.complete = true;
        break;
      }
      received.credentials ??= message.credentials ?? NO_CREDENTIALS;
      received.address ??= message.sender.name?.address;
      const part = message.bytes.subarray(message.taken, message.taken + into.length - count);
      into.set(part, count);
      count += part.length;
      if (message.files.length > 0) {
        received.files = takeFiles(this, message, flags);
        received.complete = true;
      }
      if (peeks) index++;
      else this.queue.take(part.length);
      if (received.complete) break;
    }
    return count;
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
    if (this.queue.length > 0 || this.#waiting.length > 0) bits |= POLLIN | POLLRDNORM;
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
    network.rights.collect();
  }

  /** What lies in the queue, and who waits to be accepted, is told that nobody will come. */
  discardQueue(): void {
    for (const message of drain(this.queue)) discardFiles(this, message);
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
    return unixOption(level, option, this.isListening || this.isConnected ? this.#peerCredentials : NO_CREDENTIALS);
  }

  setOption(level: number): number {
    return level === SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
  }

  queuedBytes(direction: 'in' | 'out'): number {
    if (direction === 'out') return this.chargedBytes;
    if (this.isListening) return -EINVAL;
    return this.isStream ? this.queue.bytes : (this.queue.first?.bytes.length ?? 0);
  }
}

function sameSender(credentials: PeerCredentials, message: UnixMessage): boolean {
  const other = message.credentials ?? NO_CREDENTIALS;
  return credentials.pid === other.pid && credentials.uid === other.uid && credentials.gid === other.gid;
}

/** A whole message with its bounds, for packets and datagrams. */
export function receivePacket(
  owner: { readonly queue: MessageQueue; readonly socket: Socket },
  into: Uint8Array,
  flags: number,
  received: Received,
): number {
  const message = owner.queue.first!;
  const count = Math.min(into.length, message.bytes.length);
  into.set(message.bytes.subarray(0, count));
  received.fullLength = message.bytes.length;
  received.credentials = message.credentials ?? NO_CREDENTIALS;
  received.address = message.sender.name?.address;
  received.arrivedNs = message.sentNs;
  if (count < message.bytes.length) received.flags |= MSG_TRUNC;
  received.files = takeFiles(owner, message, flags);
  if ((flags & MSG_PEEK) === 0) owner.queue.drop();
  return count;
}

/** The message's files for the receiver: its own holds. A look at a message leaves them where they are. */
function takeFiles(owner: { readonly socket: Socket }, message: UnixMessage, flags: number): readonly Description[] {
  const { files } = message;
  if ((flags & MSG_PEEK) !== 0) {
    for (const file of files) file.retain();
    return files;
  }
  owner.socket.network.rights.leave(files);
  message.files = [];
  return files;
}

/** A message that nobody will receive. */
export function discardFiles(owner: { readonly socket: Socket }, message: UnixMessage): void {
  const { files } = message;
  message.files = [];
  owner.socket.network.rights.leave(files);
  for (const file of files) file.release();
}

export function* drain(queue: MessageQueue): Generator<UnixMessage> {
  for (let message = queue.drop(); message !== undefined; message = queue.drop()) yield message;
}
