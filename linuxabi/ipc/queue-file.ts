/** An open description of a POSIX message queue. Reads tell how it stands; messages move through calls of their own. Source: ipc/mqueue.c. */
import { bytesFromString } from '../../kernel/byte-string.ts';
import { Ready, Whence } from '../../kernel/open-file.ts';
import { Status } from '../../kernel/status.ts';
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import { SIGEV_SIGNAL } from '../abi/signal.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import type { QueueNode } from './queue-tree.ts';

export class QueueFile implements LinuxFile {
  readonly node: QueueNode;
  #position = 0;

  constructor(node: QueueNode) {
    this.node = node;
  }

  get waitQueue(): WaitQueue {
    return this.node.waiters;
  }

  read(into: Uint8Array): number {
    const count = this.readAt(this.#position, into);
    this.#position += count;
    return count;
  }

  write(): number {
    return Status.Invalid;
  }

  readAt(position: number, into: Uint8Array): number {
    const part = this.#text().subarray(position, position + into.length);
    into.set(part);
    return part.length;
  }

  writeAt(): number {
    return Status.Invalid;
  }

  seek(offset: number, whence: Whence): number {
    const from =
      whence === Whence.Start ? 0 : whence === Whence.Current ? this.#position : this.node.attributes().sizeBytes;
    if (from + offset < 0) return Status.Invalid;
    this.#position = from + offset;
    return this.#position;
  }

  readiness(): number {
    const { messages, mostMessages } = this.node.queue;
    return (messages.length > 0 ? Ready.Readable : 0) | (messages.length < mostMessages ? Ready.Writable : 0);
  }

  /** A process that closes any descriptor of the queue is told no more. */
  descriptorClosed(): void {
    this.node.server.forgetNotification(this.node.queue);
  }

  retain(): void {}

  release(): void {
    this.node.closed();
  }

  /** Source: ipc/mqueue.c, mqueue_read_file. */
  #text(): Uint8Array {
    const { bytes, notification } = this.node.queue;
    const method = notification?.method ?? 0;
    const signal = notification !== undefined && method === SIGEV_SIGNAL ? notification.signal : 0;
    const numbers = [
      `QSIZE:${String(bytes).padEnd(10)}`,
      `NOTIFY:${String(method).padEnd(5)}`,
      `SIGNO:${String(signal).padEnd(5)}`,
      `NOTIFY_PID:${String(notification?.pid ?? 0).padEnd(6)}`,
    ];
    return bytesFromString(`${numbers.join(' ')}\n`);
  }
}
