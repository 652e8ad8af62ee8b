/**
 * POSIX message queues without their names, which are files (linuxabi/ipc/queue-tree.ts). A sender hands its message to the receiver
 * that has waited longest; a receiver who makes room lets the oldest sender in. One process may ask to be told when an empty
 * queue gets a message that nobody waits for. Source: mq_overview(7); ipc/mqueue.c.
 */
import { EAGAIN, EBUSY, EINTR, EINVAL, EMFILE, EMSGSIZE, ENOSPC } from '../linuxabi/abi/errno.ts';
import { HARD_MSGMAX, HARD_MSGSIZEMAX } from '../linuxabi/abi/mqueue.ts';
import type { Caller, IpcCapabilities, Sleeper } from './capabilities.ts';

export interface PrioritizedMessage {
  readonly priority: number;
  readonly bytes: Uint8Array;
}

export interface QueueSize {
  readonly mostMessages: number;
  readonly messageBytes: number;
}

/** Who is told of a message, and how; it happens once. */
export interface Notification {
  readonly pid: number;
  /** As /proc and reads of the queue show it. */
  readonly method: number;
  readonly signal: number;
  send(sender: Caller): void;
}

export interface WaitingSender {
  readonly queue: PosixQueue;
  readonly message: PrioritizedMessage;
  readonly sleeper: Sleeper;
}

export interface WaitingReceiver {
  readonly queue: PosixQueue;
  readonly sleeper: Sleeper;
  received: PrioritizedMessage | undefined;
}

export interface PosixQueue extends QueueSize {
  /** Highest priority first, then oldest. */
  readonly messages: PrioritizedMessage[];
  bytes: number;
  senders: WaitingSender[];
  receivers: WaitingReceiver[];
  notification: Notification | undefined;
  /** Whose limit it counts against, and how much. */
  readonly payer: number;
  readonly cost: number;
  /** What can be done with it without waiting has changed. */
  readonly changed: () => void;
}

/** What the system keeps for each message, and for each priority. Source: ipc/mqueue.c, mqueue_get_inode. */
const BYTES_PER_MESSAGE = 48;
const BYTES_PER_PRIORITY = 48;
const MOST_PRIORITIES = 32_768;

export class PosixQueueState {
  count = 0;
  readonly bytesByUser = new Map<number, number>();
}

export class PosixQueues {
  readonly #bag: IpcCapabilities;
  readonly #state: PosixQueueState;

  constructor(bag: IpcCapabilities, state: PosixQueueState) {
    this.#bag = bag;
    this.#state = state;
  }

  /** A new queue, or −errno. Without a size: what the tunables say. */
  create(caller: Caller, size: QueueSize | undefined, changed: () => void): PosixQueue | number {
    const mayExceed = caller.may('exceed limits');
    if (this.#state.count >= this.#bag.setting('fs/mqueue/queues_max') && !mayExceed) return -ENOSPC;
    const { mostMessages, messageBytes } = size ?? this.#defaultSize();
    const limits = mayExceed ? { mostMessages: HARD_MSGMAX, messageBytes: HARD_MSGSIZEMAX } : this.#limits();
    if (mostMessages <= 0 || mostMessages > limits.mostMessages) return -EINVAL;
    if (messageBytes <= 0 || messageBytes > limits.messageBytes) return -EINVAL;
    const priorities = Math.min(mostMessages, MOST_PRIORITIES);
    const cost = mostMessages * (BYTES_PER_MESSAGE + messageBytes) + priorities * BYTES_PER_PRIORITY;
    const used = this.#state.bytesByUser.get(caller.uid) ?? 0;
    if (used + cost > caller.queueLimitBytes) return -EMFILE;
    this.#state.bytesByUser.set(caller.uid, used + cost);
    this.#state.count++;
    const empty = { messages: [], bytes: 0, senders: [], receivers: [], notification: undefined };
    return { mostMessages, messageBytes, ...empty, payer: caller.uid, cost, changed };
  }

  #limits(): QueueSize {
    return {
      mostMessages: this.#bag.setting('fs/mqueue/msg_max'),
      messageBytes: this.#bag.setting('fs/mqueue/msgsize_max'),
    };
  }

  #defaultSize(): QueueSize {
    const { mostMessages, messageBytes } = this.#limits();
    return {
      mostMessages: Math.min(mostMessages, this.#bag.setting('fs/mqueue/msg_default')),
      messageBytes: Math.min(messageBytes, this.#bag.setting('fs/mqueue/msgsize_default')),
    };
  }

  /** Nobody can reach it any more. */
  destroy(queue: PosixQueue): void {
    const { bytesByUser } = this.#state;
    bytesByUser.set(queue.payer, (bytesByUser.get(queue.payer) ?? 0) - queue.cost);
    this.#state.count--;
  }

  /** 0 when sent, −errno, or the sender that waits for room. */
  send(
    caller: Caller,
    queue: PosixQueue,
    message: PrioritizedMessage,
    makeSleeper: (() => Sleeper) | undefined,
  ): number | WaitingSender {
    if (message.bytes.length > queue.messageBytes) return -EMSGSIZE;
    this.#bag.meter.charge(message.bytes.length);
    if (queue.messages.length >= queue.mostMessages) {
      if (makeSleeper === undefined) return -EAGAIN;
      const sender: WaitingSender = { queue, message, sleeper: makeSleeper() };
      queue.senders.push(sender);
      return sender;
    }
    const receiver = queue.receivers.shift();
    if (receiver !== undefined) {
      receiver.received = message;
      receiver.sleeper.finish(0);
      return 0;
    }
    this.#insert(queue, message);
    const { notification } = queue;
    if (queue.messages.length === 1 && notification !== undefined) {
      queue.notification = undefined;
      notification.send(caller);
    }
    queue.changed();
    return 0;
  }

  #insert(queue: PosixQueue, message: PrioritizedMessage): void {
    const last = queue.messages.findLastIndex(({ priority }) => priority >= message.priority);
    queue.messages.splice(last + 1, 0, message);
    queue.bytes += message.bytes.length;
  }

  /** The message, −errno, or the receiver that waits for one. */
  receive(
    queue: PosixQueue,
    lengthBytes: number,
    makeSleeper: (() => Sleeper) | undefined,
  ): PrioritizedMessage | number | WaitingReceiver {
    if (lengthBytes < queue.messageBytes) return -EMSGSIZE;
    this.#bag.meter.spend(1);
    const message = queue.messages.shift();
    if (message === undefined) {
      if (makeSleeper === undefined) return -EAGAIN;
      const receiver: WaitingReceiver = { queue, sleeper: makeSleeper(), received: undefined };
      queue.receivers.push(receiver);
      return receiver;
    }
    queue.bytes -= message.bytes.length;
    const sender = queue.senders.shift();
    if (sender !== undefined) {
      this.#insert(queue, sender.message);
      sender.sleeper.finish(0);
    }
    queue.changed();
    return message;
  }

  cancelSend(sender: WaitingSender): void {
    sender.queue.senders = sender.queue.senders.filter((other) => other !== sender);
    sender.sleeper.finish(-EINTR);
  }

  cancelReceive(receiver: WaitingReceiver): void {
    receiver.queue.receivers = receiver.queue.receivers.filter((other) => other !== receiver);
    receiver.sleeper.finish(-EINTR);
  }

  notify(queue: PosixQueue, notification: Notification): number {
    if (queue.notification !== undefined) return -EBUSY;
    queue.notification = notification;
    return 0;
  }

  /** The process is told no more; others stay. */
  forgetNotification(queue: PosixQueue, pid: number): void {
    if (queue.notification?.pid === pid) queue.notification = undefined;
  }
}
