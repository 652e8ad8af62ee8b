/**
 * Message queues. A sender hands its message to a receiver that waits for it, oldest first; a receiver that makes room lets the
 * senders in that fit, oldest first. Source: msgget(2), msgop(2), msgctl(2); ipc/msg.c.
 */
import { E2BIG, EAGAIN, EIDRM, EINTR, EINVAL, ENOMSG, ENOSPC, EPERM } from '../linuxabi/abi/errno.ts';
import { IPC_NOWAIT, MSG_COPY, MSG_EXCEPT, MSG_NOERROR } from '../linuxabi/abi/ipc.ts';
import type { Caller, IpcCapabilities, Sleeper } from './capabilities.ts';
import { checkAccess, checkOwner, IdTable, May, setOwnership, validOwnership } from './ids.ts';
import type { IpcObject, Ownership, Permission } from './ids.ts';

export interface Message {
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Which messages a receiver takes. Source: ipc/msg.c, convert_mode. */
export interface Selection {
  readonly kind: 'any' | 'equal' | 'other' | 'least';
  readonly type: number;
}

export interface Sender {
  readonly queue: MessageQueue;
  readonly message: Message;
  readonly pid: number;
  readonly sleeper: Sleeper;
}

export interface Receiver {
  readonly queue: MessageQueue;
  readonly selection: Selection;
  /** Longest message it takes; Infinity when it cuts. */
  readonly mostBytes: number;
  readonly caller: Caller;
  readonly sleeper: Sleeper;
  received: Message | undefined;
}

export interface MessageQueue extends IpcObject {
  readonly permission: Permission;
  messages: Message[];
  bytes: number;
  mostBytes: number;
  senders: Sender[];
  receivers: Receiver[];
  lastSender: number;
  lastReceiver: number;
  sendSeconds: number;
  receiveSeconds: number;
  changeSeconds: number;
}

export class MessageState {
  readonly ids: IdTable<MessageQueue>;
  /** Queues that have more room than when their senders were looked at. */
  readonly unsettled = new Set<MessageQueue>();

  constructor(bag: IpcCapabilities) {
    this.ids = new IdTable(bag.meter);
  }
}

export function selectionOf(type: number, flags: number): Selection {
  if (type === 0) return { kind: 'any', type };
  if (type < 0) return { kind: 'least', type: -type };
  return { kind: (flags & MSG_EXCEPT) !== 0 ? 'other' : 'equal', type };
}

function suits({ kind, type }: Selection, message: Message): boolean {
  switch (kind) {
    case 'any':
      return true;
    case 'equal':
      return message.type === type;
    case 'other':
      return message.type !== type;
    case 'least':
      return message.type <= type;
  }
}

export class MessageQueues {
  readonly #bag: IpcCapabilities;
  readonly #state: MessageState;

  constructor(bag: IpcCapabilities, state: MessageState) {
    this.#bag = bag;
    this.#state = state;
  }

  get(caller: Caller, key: number, flags: number): number {
    const limit = this.#bag.setting('kernel/msgmni');
    return this.#state.ids.obtain(
      caller,
      { key, flags, limit },
      () => 0,
      (permission) => {
        if (this.#state.ids.count >= limit) return -ENOSPC;
        return {
          permission,
          messages: [],
          bytes: 0,
          mostBytes: this.#bag.setting('kernel/msgmnb'),
          senders: [],
          receivers: [],
          lastSender: 0,
          lastReceiver: 0,
          sendSeconds: 0,
          receiveSeconds: 0,
          changeSeconds: this.#bag.nowSeconds(),
        };
      },
    );
  }

  /** Before the message is read from the program: 0 or −errno. */
  checkSend(id: number, type: number, length: number): number {
    if (length > this.#bag.setting('kernel/msgmax') || length < 0 || id < 0) return -EINVAL;
    return type < 1 ? -EINVAL : 0;
  }

  /** 0 when sent, −errno, or the sender that waits for room. */
  send(caller: Caller, id: number, message: Message, flags: number, makeSleeper: () => Sleeper): number | Sender {
    const queue = this.#state.ids.get(id);
    if (queue === undefined) return -EINVAL;
    const refused = checkAccess(caller, queue.permission, May.Write);
    if (refused < 0) return refused;
    this.#bag.meter.charge(message.bytes.length);
    if (fits(queue, message)) {
      this.#deliver(queue, message, caller.pid, this.#bag.nowSeconds());
      return 0;
    }
    if ((flags & IPC_NOWAIT) !== 0) return -EAGAIN;
    const sender: Sender = { queue, message, pid: caller.pid, sleeper: makeSleeper() };
    queue.senders.push(sender);
    return sender;
  }

  #deliver(queue: MessageQueue, message: Message, pid: number, nowSeconds: number): void {
    if (!this.#handOver(queue, message, nowSeconds)) {
      queue.messages.push(message);
      queue.bytes += message.bytes.length;
    }
    queue.lastSender = pid;
    queue.sendSeconds = nowSeconds;
  }

  /** Whether a waiting receiver has taken it. Those for whom it is too long are told so. */
  #handOver(queue: MessageQueue, message: Message, nowSeconds: number): boolean {
    for (const receiver of queue.receivers) {
      this.#bag.meter.spend(1);
      if (!suits(receiver.selection, message)) continue;
      queue.receivers = queue.receivers.filter((other) => other !== receiver);
      if (message.bytes.length > receiver.mostBytes) {
        receiver.sleeper.finish(-E2BIG);
        continue;
      }
      receiver.received = message;
      queue.lastReceiver = receiver.caller.pid;
      queue.receiveSeconds = nowSeconds;
      receiver.sleeper.finish(0);
      return true;
    }
    return false;
  }

  /** The message, −errno, or the receiver that waits for one. */
  receive(
    caller: Caller,
    id: number,
    request: { readonly length: number; readonly type: number; readonly flags: number },
    makeSleeper: () => Sleeper,
  ): Message | number | Receiver {
    const { length, type, flags } = request;
    if (id < 0 || length < 0) return -EINVAL;
    const copies = (flags & MSG_COPY) !== 0;
    if (copies && ((flags & MSG_EXCEPT) !== 0 || (flags & IPC_NOWAIT) === 0)) return -EINVAL;
    const queue = this.#state.ids.get(id);
    if (queue === undefined) return -EINVAL;
    const refused = checkAccess(caller, queue.permission, May.Read);
    if (refused < 0) return refused;
    const selection = selectionOf(type, flags);
    const message = copies ? queue.messages[type] : this.#find(queue, selection);
    const mostBytes = (flags & MSG_NOERROR) !== 0 ? Infinity : length;
    if (message === undefined) {
      if ((flags & IPC_NOWAIT) !== 0) return -ENOMSG;
      const receiver: Receiver = { queue, selection, mostBytes, caller, sleeper: makeSleeper(), received: undefined };
      queue.receivers.push(receiver);
      return receiver;
    }
    if (message.bytes.length > mostBytes) return -E2BIG;
    if (!copies) this.#take(queue, message, caller.pid);
    return message;
  }

  /** The first that suits; of the lowest type where a limit is given. */
  #find(queue: MessageQueue, selection: Selection): Message | undefined {
    let best: Message | undefined;
    for (const message of queue.messages) {
      this.#bag.meter.spend(1);
      if (!suits(selection, message)) continue;
      if (selection.kind !== 'least') return message;
      if (best === undefined || message.type < best.type) best = message;
    }
    return best;
  }

  #take(queue: MessageQueue, message: Message, pid: number): void {
    queue.receiveSeconds = this.#bag.nowSeconds();
    queue.messages.splice(queue.messages.indexOf(message), 1);
    queue.bytes -= message.bytes.length;
    queue.lastReceiver = pid;
    this.#hasRoom(queue);
  }

  #hasRoom(queue: MessageQueue): void {
    if (queue.senders.length > 0) this.#state.unsettled.add(queue);
  }

  /** Senders that fit go on, in turn; those that do not go to the end of the line. Source: ipc/msg.c, ss_wakeup. */
  settle(): void {
    const { unsettled } = this.#state;
    if (unsettled.size === 0) return;
    const nowSeconds = this.#bag.nowSeconds();
    for (const queue of unsettled) {
      for (const sender of queue.senders) {
        this.#bag.meter.spend(1);
        const others = queue.senders.filter((other) => other !== sender);
        if (fits(queue, sender.message)) {
          this.#deliver(queue, sender.message, sender.pid, nowSeconds);
          queue.senders = others;
          sender.sleeper.finish(0);
        } else queue.senders = [...others, sender];
      }
      unsettled.delete(queue);
    }
  }

  cancelSend(sender: Sender): void {
    sender.queue.senders = sender.queue.senders.filter((other) => other !== sender);
    sender.sleeper.finish(-EINTR);
  }

  cancelReceive(receiver: Receiver): void {
    receiver.queue.receivers = receiver.queue.receivers.filter((other) => other !== receiver);
    receiver.sleeper.finish(-EINTR);
  }

  // --- msgctl ------------------------------------------------------------------------------------------------------------

  stat(caller: Caller, which: { readonly id: number } | { readonly slot: number; readonly any: 0 | 1 }) {
    const queue = 'id' in which ? this.#state.ids.get(which.id) : this.#state.ids.bySlot(which.slot);
    if (queue === undefined) return -EINVAL;
    if ('any' in which && which.any === 1) return queue;
    const refused = checkAccess(caller, queue.permission, May.Read);
    return refused < 0 ? refused : queue;
  }

  remove(caller: Caller, id: number): number {
    const queue = this.#state.ids.get(id);
    if (queue === undefined) return -EINVAL;
    const refused = checkOwner(caller, queue.permission);
    if (refused < 0) return refused;
    this.#state.ids.remove(queue);
    for (const { sleeper } of [...queue.senders, ...queue.receivers]) sleeper.finish(-EIDRM);
    queue.senders = [];
    queue.receivers = [];
    return 0;
  }

  set(caller: Caller, id: number, ownership: Ownership, mostBytes: number): number {
    const queue = this.#state.ids.get(id);
    if (queue === undefined) return -EINVAL;
    const refused = checkOwner(caller, queue.permission);
    if (refused < 0) return refused;
    if (mostBytes > this.#bag.setting('kernel/msgmnb') && !caller.may('exceed limits')) return -EPERM;
    const invalid = validOwnership(ownership);
    if (invalid < 0) return invalid;
    queue.changeSeconds = this.#bag.nowSeconds();
    queue.mostBytes = mostBytes;
    setOwnership(queue.permission, ownership);
    this.#recheck(queue);
    this.#hasRoom(queue);
    return 0;
  }

  /** Receivers who may not read any more are turned away. */
  #recheck(queue: MessageQueue): void {
    for (const receiver of queue.receivers) {
      const refused = checkAccess(receiver.caller, queue.permission, May.Read);
      if (refused === 0) continue;
      queue.receivers = queue.receivers.filter((other) => other !== receiver);
      receiver.sleeper.finish(refused);
    }
  }

  totals() {
    let messages = 0;
    let bytes = 0;
    for (const queue of this.#state.ids.all()) {
      messages += queue.messages.length;
      bytes += queue.bytes;
    }
    return { used: this.#state.ids.count, messages, bytes, highestSlot: this.#state.ids.highestSlot };
  }

  all(): Iterable<MessageQueue> {
    return this.#state.ids.all();
  }
}

/** Source: ipc/msg.c, msg_fits_inqueue. */
function fits(queue: MessageQueue, message: Message): boolean {
  return message.bytes.length + queue.bytes <= queue.mostBytes && queue.messages.length + 1 <= queue.mostBytes;
}
