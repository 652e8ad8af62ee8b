/**
 * What all Unix sockets have in common: a name, and the queue of what was sent to them, which counts against the senders' buffers.
 * Source: unix(7); net/unix/af_unix.c.
 */
import type { WaitQueue } from '../../../kernel/wait-queue.ts';
import { ENOPROTOOPT, EOPNOTSUPP } from '../../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLRDHUP, POLLRDNORM } from '../../abi/poll.ts';
import { MSG_PEEK, MSG_TRUNC, SO_TIMESTAMP, SO_TIMESTAMPNS, SOL_SOCKET } from '../../abi/socket.ts';
import type { Description } from '../../fs/description.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { NO_CREDENTIALS } from '../message.ts';
import type { Outgoing, PeerCredentials, Received, SentAncillary } from '../message.ts';
import { Shut } from '../shut.ts';
import type { Socket } from '../socket.ts';
import { MessageQueue } from './message-queue.ts';
import type { Sender, UnixMessage } from './message-queue.ts';
import { UNNAMED } from './unix-names.ts';
import type { UnixName } from './unix-names.ts';
import { credentialsToSend } from './unix-options.ts';

export abstract class UnixEnd implements Sender {
  readonly socket: Socket;
  name: UnixName | undefined;
  chargedBytes = 0;
  readonly queue = new MessageQueue();
  blockedOn: WaitQueue | undefined;
  protected peerCredentials: PeerCredentials = NO_CREDENTIALS;

  constructor(socket: Socket) {
    this.socket = socket;
  }

  bind(thread: LinuxThread, address: Uint8Array): number {
    return this.socket.network.unixNames.bind(thread, this, address);
  }

  localName(): Uint8Array {
    return this.name?.address ?? UNNAMED;
  }

  setOption(level: number): number {
    return level === SOL_SOCKET ? -ENOPROTOOPT : -EOPNOTSUPP;
  }

  get heldBytes(): number {
    return this.queue.heldBytes;
  }

  /** POLL bits of errors, of ends that are shut, and of what lies in the queue. */
  protected commonPollBits(): number {
    const { shut, error } = this.socket;
    let bits = error !== 0 ? POLLERR : 0;
    if (shut === Shut.Both) bits |= POLLHUP;
    if ((shut & Shut.Receive) !== 0) bits |= POLLRDHUP | POLLIN | POLLRDNORM;
    if (this.queue.length > 0) bits |= POLLIN | POLLRDNORM;
    return bits;
  }

  /** Puts bytes of a message, and what travels with them, into the other's queue. */
  protected deliver(message: Outgoing, bytes: Uint8Array, ancillary: SentAncillary | undefined, to: UnixEnd): void {
    const files = ancillary?.files ?? [];
    const { network } = this.socket;
    const { options } = to.socket;
    network.rights.enter(files);
    const wantsTime = options.has(SO_TIMESTAMP) || options.has(SO_TIMESTAMPNS);
    to.queue.push(bytes, {
      credentials: credentialsToSend(message, this.socket, to.socket),
      files,
      sender: this,
      sentNs: wantsTime ? network.realtimeNs() : 0n,
    });
    to.socket.wakeReaders();
  }

  /** A whole message with its bounds, for packets and datagrams. */
  protected receivePacket(into: Uint8Array, flags: number, received: Received): number {
    const message = this.queue.first!;
    const length = message.left;
    const count = Math.min(into.length, length);
    this.queue.peek(into.subarray(0, count));
    received.fullLength = length;
    received.credentials = message.credentials ?? NO_CREDENTIALS;
    received.address = message.sender.name?.address;
    received.arrivedNs = message.sentNs;
    if (count < length) received.flags |= MSG_TRUNC;
    received.files = this.takeFiles(message, flags);
    if ((flags & MSG_PEEK) === 0) this.queue.drop();
    return count;
  }

  /** The message's files for the receiver: its own holds. A look at a message leaves them where they are. */
  protected takeFiles(message: UnixMessage, flags: number): readonly Description[] {
    const { files } = message;
    if ((flags & MSG_PEEK) !== 0) {
      for (const file of files) file.retain();
      return files;
    }
    this.socket.network.rights.leave(files);
    message.files = [];
    return files;
  }

  /** What lies in the queue is received by nobody. */
  discardQueue(): void {
    for (let message = this.queue.drop(); message !== undefined; message = this.queue.drop()) {
      const { files } = message;
      message.files = [];
      this.socket.network.rights.drop(files);
    }
  }
}
