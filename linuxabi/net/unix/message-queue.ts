/** Messages that lie in a Unix socket until its owner receives them. What they take up counts against the sender's SO_SNDBUF. */
import { RingStream } from '../../../kernel/streams/ring-stream.ts';
import type { Description } from '../../fs/description.ts';
import type { PeerCredentials } from '../message.ts';
import type { Named } from './unix-names.ts';

/** One side's bytes that others have not yet received. */
export interface Sender extends Named {
  chargedBytes: number;
}

/** What travels with a message's bytes. */
export interface MessageHead {
  readonly credentials: PeerCredentials | undefined;
  files: readonly Description[];
  readonly sender: Sender;
  /** Real time; 0 when the receiver does not ask for it. */
  readonly sentNs: bigint;
}

export interface UnixMessage extends MessageHead {
  /** Bytes not yet received. */
  left: number;
  readonly chargeBytes: number;
  /** The byte of a message sent with MSG_OOB: it lies here, not with the others. */
  readonly urgent: number | undefined;
}

/** sizeof(struct sk_buff) and of the shared info behind the data, both aligned. Source: include/linux/skbuff.h. */
const HEADER_BYTES = 256;
const SHARED_INFO_BYTES = 320;
const PAGE = 4096;
/** Data of a stream beyond this lies in whole pages. Source: SKB_MAX_HEAD(0). */
const LINEAR_LIMIT = PAGE - SHARED_INFO_BYTES;

/** Most bytes of a stream that become one message. Source: net/unix/af_unix.c, UNIX_SKB_FRAGS_SZ. */
export const STREAM_PIECE = LINEAR_LIMIT + 32_768;

function powerOfTwoFrom(value: number): number {
  return 1 << (32 - Math.clz32(value - 1));
}

/** What a message of this length takes up. Source: net/core/sock.c, sock_alloc_send_pskb. */
export function chargeOf(length: number): number {
  const paged = length > LINEAR_LIMIT ? Math.ceil((length - LINEAR_LIMIT) / PAGE) * PAGE : 0;
  const linear = Math.max(0, length - paged) + SHARED_INFO_BYTES;
  const block = linear <= PAGE ? powerOfTwoFrom(linear) : Math.ceil(linear / PAGE) * PAGE;
  return HEADER_BYTES + block + paged;
}

/** Messages taken that may still stand in the array. */
const SLACK = 256;

export class MessageQueue {
  /** Those before `#first` have been taken. */
  readonly #messages: UnixMessage[] = [];
  #first = 0;
  /** The bytes of all messages, one behind the other. The senders' buffers are its only bound. */
  readonly #bytes = new RingStream(Infinity);
  /** The urgent byte that was sent last, until it is read or passed over. */
  mark: UnixMessage | undefined;
  /** Messages that were sent with MSG_OOB. */
  #urgentCount = 0;
  /** Of these, bytes not yet received. */
  #urgentBytes = 0;

  /** Whether messages have to be read one at a time. */
  get hasUrgent(): boolean {
    return this.#urgentCount > 0;
  }

  /** The next byte to read is the urgent one, or comes right behind it. Source: unix_ioctl, SIOCATMARK. */
  get isAtMark(): boolean {
    const { first, mark } = this;
    if (first === undefined) return false;
    return (
      first === mark || (first.left === 0 && first.urgent !== undefined && (mark === undefined || this.at(1) === mark))
    );
  }

  /** Messages waiting. */
  get length(): number {
    return this.#messages.length - this.#first;
  }

  /** Bytes of all messages not yet taken. */
  get bytes(): number {
    return this.#bytes.length + this.#urgentBytes;
  }

  /** What they take of the machine's memory. */
  get heldBytes(): number {
    return this.#bytes.heldBytes + this.#messages.length * HEADER_BYTES;
  }

  get first(): UnixMessage | undefined {
    return this.#messages[this.#first];
  }

  at(index: number): UnixMessage | undefined {
    return this.#messages[this.#first + index];
  }

  push(bytes: Uint8Array, { credentials, files, sender, sentNs }: MessageHead): void {
    const left = bytes.length;
    const chargeBytes = chargeOf(left);
    this.#bytes.write(bytes, 0);
    this.#messages.push({ left, chargeBytes, credentials, files, sender, sentNs, urgent: undefined });
    sender.chargedBytes += chargeBytes;
  }

  /** An urgent byte: the one before it becomes a byte like others. */
  pushUrgent(byte: number, { credentials, files, sender, sentNs }: MessageHead): void {
    const chargeBytes = chargeOf(1);
    this.mark = { left: 1, chargeBytes, credentials, files, sender, sentNs, urgent: byte };
    this.#messages.push(this.mark);
    this.#urgentCount++;
    this.#urgentBytes++;
    sender.chargedBytes += chargeBytes;
  }

  /** What MSG_OOB takes: an empty message stays in its place. */
  takeMark(): void {
    const { mark } = this;
    if (mark === undefined) return;
    this.mark = undefined;
    mark.left = 0;
    this.#urgentBytes--;
    // Two empty ones never stand together.
    const index = this.#messages.indexOf(mark, this.#first);
    const before = index > this.#first ? this.#messages[index - 1] : undefined;
    if (before?.left !== 0 || before.urgent === undefined) return;
    this.#messages.splice(index - 1, 1);
    this.#forget(before);
  }

  /** Copies bytes of one message, which begin behind `offset` bytes of the queue. */
  copy(message: UnixMessage, offset: number, into: Uint8Array): void {
    if (message.urgent === undefined) this.#bytes.peek(into, offset);
    else if (into.length > 0) into[0] = message.urgent;
  }

  /** Copies bytes from the front, of one message or several, and takes nothing. */
  peek(into: Uint8Array): void {
    this.#bytes.peek(into);
  }

  /** Takes bytes off the front, and the messages that are then used up. */
  take(count: number): void {
    for (let left = count; ;) {
      const message = this.first;
      if (message === undefined || message.left > left) {
        if (message === undefined || left === 0) return;
        message.left -= left;
        this.#bytes.skip(left);
        return;
      }
      left -= message.left;
      this.drop();
      if (left === 0) return;
    }
  }

  /** Takes the first message off, whatever is left of it. */
  drop(): UnixMessage | undefined {
    const message = this.first;
    if (message === undefined) return undefined;
    if (++this.#first === this.#messages.length || this.#first === SLACK) {
      this.#messages.splice(0, this.#first);
      this.#first = 0;
    }
    if (message.urgent === undefined) this.#bytes.skip(message.left);
    else this.#urgentBytes -= message.left;
    if (message === this.mark) this.mark = undefined;
    this.#forget(message);
    return message;
  }

  /** The message is gone: its sender has room again. */
  #forget({ sender, chargeBytes, urgent }: UnixMessage): void {
    if (urgent !== undefined) this.#urgentCount--;
    sender.chargedBytes -= chargeBytes;
    if (hasRoom(sender)) sender.socket.wakeWriters();
  }

  files(): Description[] {
    return this.#messages.slice(this.#first).flatMap((message) => message.files);
  }
}

/** A quarter used at most: writers are told, and those that wait try again. Source: net/unix/af_unix.c, unix_writable. */
export function hasRoom(sender: Sender): boolean {
  return sender.chargedBytes * 4 <= sender.socket.options.sendBufferBytes;
}
