/**
 * What all Unix sockets have in common: a name, and the queue of what was sent to them, which counts against the senders' buffers.
 * Source: unix(7); net/unix/af_unix.c.
 */
import type { WaitQueue } from '../../../kernel/wait-queue.ts';
import { EAGAIN, ENOPROTOOPT, EOPNOTSUPP } from '../../abi/errno.ts';
import { POLLERR, POLLHUP, POLLIN, POLLPRI, POLLRDHUP, POLLRDNORM } from '../../abi/poll.ts';
import { MSG_PEEK, MSG_TRUNC, SOL_SOCKET } from '../../abi/socket.ts';
import type { Description } from '../../fs/description.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { NO_CREDENTIALS } from '../message.ts';
import type { Outgoing, PeerCredentials, Received, SentAncillary } from '../message.ts';
import { timestampOptions } from '../option-rules.ts';
import { Shut } from '../shut.ts';
import type { Socket } from '../socket.ts';
import { MessageQueue } from './message-queue.ts';
import type { MessageHead, Sender, UnixMessage } from './message-queue.ts';
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
    if (this.queue.mark !== undefined) bits |= POLLPRI;
    return bits;
  }

  /** Puts bytes of a message, and what travels with them, into the other's queue. */
  protected deliver(message: Outgoing, bytes: Uint8Array, ancillary: SentAncillary | undefined, to: UnixEnd): void {
    to.queue.push(bytes, this.#headOf(message, ancillary, to));
    to.socket.wakeReaders();
  }

  /** The last byte of what is sent with MSG_OOB. */
  protected deliverUrgent(message: Outgoing, byte: number, ancillary: SentAncillary | undefined, to: UnixEnd): void {
    to.queue.pushUrgent(byte, this.#headOf(message, ancillary, to));
    to.socket.raiseUrgent();
    to.socket.wakeReaders();
  }

  #headOf(message: Outgoing, ancillary: SentAncillary | undefined, { socket }: UnixEnd): MessageHead {
    const files = ancillary?.files ?? [];
    const { network } = this.socket;
    network.rights.enter(files);
    const wantsTime = timestampOptions.some((option) => socket.options.has(option));
    return {
      credentials: credentialsToSend(message, this.socket, socket),
      files,
      sender: this,
      sentNs: wantsTime ? network.realtimeNs() : 0n,
    };
  }

  /** Only a stream has urgent bytes. Source: net/unix/af_unix.c, unix_ioctl. */
  isAtMark(): boolean | number {
    return this.socket.isStream ? this.queue.isAtMark : -EOPNOTSUPP;
  }

  peer(): PeerCredentials {
    return this.peerCredentials;
  }

  /** A whole message with its bounds, for packets and datagrams. */
  protected receivePacket(into: Uint8Array, flags: number, received: Received): number {
    const { index, offset, skip } = this.#packetToRead(flags);
    const message = this.queue.at(index);
    if (message === undefined) return -EAGAIN;
    const length = message.left - skip;
    const count = Math.min(into.length, length);
    this.queue.copy(message, offset + skip, into.subarray(0, count));
    received.fullLength = length;
    received.credentials = message.credentials ?? NO_CREDENTIALS;
    received.address = message.sender.name?.address;
    received.arrivedNs = message.sentNs;
    if (count < length) received.flags |= MSG_TRUNC;
    received.files = this.takeFiles(message, flags);
    const peeks = (flags & MSG_PEEK) !== 0;
    this.socket.movePeekOffset(peeks ? count : message.left, flags);
    if (!peeks) this.queue.drop();
    return count;
  }

  /** The first packet, or in a look at the queue the one in which SO_PEEK_OFF lies. Source: __skb_try_recv_from_queue. */
  #packetToRead(flags: number): { index: number; offset: number; skip: number } {
    let skip = this.socket.peekSkip(flags);
    let index = 0;
    let offset = 0;
    for (let message = this.queue.first; skip > 0 && message !== undefined && skip >= message.left;) {
      skip -= message.left;
      offset += message.left;
      message = this.queue.at(++index);
    }
    return { index, offset, skip };
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
