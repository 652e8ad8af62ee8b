/**
 * Reading a Unix stream message by message: where an urgent byte is in the queue, or a look begins behind its front. The urgent byte is a
 * message of its own; a read stops before it, passes it over when it begins there (unless SO_OOBINLINE), and what MSG_OOB took away leaves
 * an empty message at which reads stop once more. Source: net/unix/af_unix.c, unix_stream_read_generic, manage_oob.
 */
import { MSG_PEEK, SO_OOBINLINE } from '../../abi/socket.ts';
import type { Received } from '../message.ts';
import type { Socket } from '../socket.ts';
import type { MessageQueue, UnixMessage } from './message-queue.ts';

/** What a read does with each message it comes to: credentials, address, files. False ends the read before the message. */
export type Admit = (message: UnixMessage) => boolean;

export class StreamReader {
  readonly #queue: MessageQueue;
  readonly #received: Received;
  readonly #peeks: boolean;
  readonly #isInline: boolean;
  #index = 0;
  /** Bytes of the queue before the message at `#index`. */
  #before = 0;

  constructor(queue: MessageQueue, socket: Socket, flags: number, received: Received) {
    this.#queue = queue;
    this.#received = received;
    this.#peeks = (flags & MSG_PEEK) !== 0;
    this.#isInline = socket.options.has(SO_OOBINLINE);
  }

  /** Bytes read, or undefined when there is nothing to read yet. `skip` bytes are passed over first. */
  read(into: Uint8Array, skip: number, admit: Admit): number | undefined {
    const queue = this.#queue;
    let count = 0;
    let ahead = skip;
    while (count < into.length && !this.#received.complete) {
      if (!this.#passMark(count + this.#received.moved > 0)) {
        // The mark ends the read, however much was asked for.
        this.#received.complete = true;
        break;
      }
      ahead = this.#passOver(ahead);
      const message = queue.at(this.#index);
      if (message === undefined) return count === 0 ? undefined : count;
      if (!admit(message)) break;
      const part = into.subarray(count, count + message.left - ahead);
      queue.copy(message, this.#before + ahead, part);
      count += part.length;
      if (this.#peeks) this.#next(message);
      else queue.take(part.length);
      ahead = 0;
    }
    return count;
  }

  #next(message: UnixMessage): void {
    this.#before += message.urgent === undefined ? message.left : 0;
    this.#index++;
  }

  /** Over whole messages that a look does not want; the answer is what is still to be passed over. */
  #passOver(skip: number): number {
    let left = skip;
    for (;;) {
      const message = this.#queue.at(this.#index);
      if (message === undefined || left < message.left) return left;
      left -= message.left;
      this.#next(message);
    }
  }

  /** To the message that is to be read; false when the read ends before it. `hasRead`: this call has bytes already. */
  #passMark(hasRead: boolean): boolean {
    const queue = this.#queue;
    let message = queue.at(this.#index);
    if (message?.left === 0) {
      if (hasRead && queue.mark === undefined) return false;
      this.#leave(message);
      message = queue.at(this.#index);
    }
    if (message === undefined || message !== queue.mark) return true;
    if (hasRead) return false;
    if (!this.#peeks) queue.mark = undefined;
    if (!this.#isInline) this.#leave(message);
    return true;
  }

  #leave(message: UnixMessage): void {
    if (this.#peeks) this.#next(message);
    else this.#queue.drop();
  }
}
