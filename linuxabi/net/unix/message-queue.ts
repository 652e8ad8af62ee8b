/** Messages that lie in a Unix socket until its owner receives them. What they take up counts against the sender's SO_SNDBUF. */
import type { Description } from '../../fs/description.ts';
import type { PeerCredentials } from '../message.ts';
import type { Named } from './unix-names.ts';

/** One side's bytes that others have not yet received. */
export interface Sender extends Named {
  chargedBytes: number;
}

export interface UnixMessage {
  readonly bytes: Uint8Array;
  /** Bytes already received, of a stream. */
  taken: number;
  credentials: PeerCredentials | undefined;
  files: readonly Description[];
  readonly chargeBytes: number;
  readonly sender: Sender;
  readonly sentNs: bigint;
}

/** sizeof(struct sk_buff) and of the shared info behind the data, both aligned. Source: include/linux/skbuff.h. */
const HEADER_BYTES = 256;
const SHARED_INFO_BYTES = 320;
const PAGE = 4096;
/** Data of a stream beyond this lies in whole pages. Source: SKB_MAX_HEAD(0). */
const LINEAR_LIMIT = PAGE - SHARED_INFO_BYTES;

/** Most bytes of a stream that become one message. Source: net/unix/af_unix.c, UNIX_SKB_FRAGS_SZ. */
export const STREAM_PIECE = LINEAR_LIMIT + 32_768;

/** What a message of this length takes up. Source: net/core/sock.c, sock_alloc_send_pskb. */
export function chargeOf(length: number): number {
  const paged = length > LINEAR_LIMIT ? Math.ceil((length - LINEAR_LIMIT) / PAGE) * PAGE : 0;
  const linear = Math.max(0, length - paged) + SHARED_INFO_BYTES;
  const block = linear <= PAGE ? 2 ** Math.ceil(Math.log2(linear)) : Math.ceil(linear / PAGE) * PAGE;
  return HEADER_BYTES + block + paged;
}

export class MessageQueue {
  readonly #messages: UnixMessage[] = [];
  #bytes = 0;

  /** Messages waiting. */
  get length(): number {
    return this.#messages.length;
  }

  /** Bytes of all messages not yet taken. */
  get bytes(): number {
    return this.#bytes;
  }

  get first(): UnixMessage | undefined {
    return this.#messages[0];
  }

  at(index: number): UnixMessage | undefined {
    return this.#messages[index];
  }

  push(message: UnixMessage): void {
    this.#messages.push(message);
    this.#bytes += message.bytes.length;
    message.sender.chargedBytes += message.chargeBytes;
  }

  /** Takes bytes off the first message, and the message itself when none are left. */
  take(count: number): void {
    const message = this.#messages[0]!;
    message.taken += count;
    this.#bytes -= count;
    if (message.taken >= message.bytes.length) this.drop();
  }

  /** Takes the first message off, whatever is left of it. */
  drop(): UnixMessage | undefined {
    const message = this.#messages.shift();
    if (message === undefined) return undefined;
    this.#bytes -= message.bytes.length - message.taken;
    const { sender } = message;
    sender.chargedBytes -= message.chargeBytes;
    if (hasRoom(sender)) sender.socket.wakeWriters();
    return message;
  }

  files(): Description[] {
    return this.#messages.flatMap((message) => message.files);
  }
}

/** A quarter used at most: writers are told, and those that wait try again. Source: net/unix/af_unix.c, unix_writable. */
export function hasRoom(sender: Sender): boolean {
  return sender.chargedBytes * 4 <= sender.socket.options.sendBufferBytes;
}
