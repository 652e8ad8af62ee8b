/**
 * Receiving and sending on a socket with waiting: the core under read, recvmsg, sendto and their relatives. Bytes move through the
 * file system's transfer buffer; a datagram in one piece. Source: recv(2), send(2); net/socket.c, net/core/stream.c.
 */
import { EAGAIN, EFAULT, EINTR, EMSGSIZE, EPIPE } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { MSG_DONTWAIT, MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC, MSG_WAITALL } from '../abi/socket.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { block, Restart, WAIT } from '../blocking.ts';
import type { Description } from '../fs/description.ts';
import { gather, scatter, totalLength } from '../fs/transfer.ts';
import type { Segment } from '../fs/transfer.ts';
import type { LinuxThread } from '../process/thread.ts';
import { sendToThread } from '../signal/send.ts';
import { kernelSignal } from '../signal/siginfo.ts';
import { Received } from './message.ts';
import type { SentAncillary } from './message.ts';
import { Shut } from './shut.ts';
import type { Socket } from './socket.ts';

export interface ReceiveRequest {
  readonly segments: readonly Segment[];
  readonly flags: number;
  /** Stores what came with the bytes; a negative answer is the call's. */
  readonly finish?: (received: Received, count: number) => number;
}

export interface SendRequest {
  readonly segments: readonly Segment[];
  readonly flags: number;
  readonly address: Uint8Array | undefined;
  readonly ancillary: SentAncillary | undefined;
}

/** A transfer in progress. */
export interface Transfer {
  /** Its result, −errno, or WAIT (only when the call may wait). */
  attempt(): number;
  /** It ends here, with what has been moved, else with `result`. */
  stop(result: number): number;
  /** A signal ends the wait: a result, or undefined for the restart rule. */
  interrupted(): number | undefined;
  /** The thread is gone. */
  abandon?(): void;
}

function mayWait(description: Description, flags: number): boolean {
  return (description.flags & O_NONBLOCK) === 0 && (flags & MSG_DONTWAIT) === 0;
}

/** The restart rule of a wait that may have a time limit. Source: include/net/sock.h, sock_intr_errno. */
export function restartOf(timeoutNs: number): Restart {
  return timeoutNs === Infinity ? Restart.Sys : Restart.Never;
}

export function deadlineOf(thread: LinuxThread, timeoutNs: number): { deadlineNs?: number } {
  return timeoutNs === Infinity ? {} : { deadlineNs: thread.machine.nowNs() + timeoutNs };
}

/** Carries a transfer out, waiting on the socket where it must. */
export function carryOut(thread: LinuxThread, socket: Socket, transfer: Transfer, timeoutNs: number): number {
  const first = transfer.attempt();
  if (first !== WAIT) return first;
  const { blockedOn } = socket.protocol;
  return block(thread, {
    attempt: () => transfer.attempt(),
    queues: blockedOn === undefined ? [socket.waitQueue] : [socket.waitQueue, blockedOn],
    ...deadlineOf(thread, timeoutNs),
    onTimeout: () => transfer.stop(-EAGAIN),
    onInterrupt: () => transfer.interrupted(),
    onAbandon: () => transfer.abandon?.(),
    restart: restartOf(timeoutNs),
  });
}

export function receiveMessage(
  thread: LinuxThread,
  description: Description,
  socket: Socket,
  request: ReceiveRequest,
): number {
  const receiving = new Receiving(thread, description, socket, request);
  return carryOut(thread, socket, receiving, socket.options.receiveTimeoutNs);
}

export function sendMessage(
  thread: LinuxThread,
  description: Description,
  socket: Socket,
  request: SendRequest,
): number {
  return carryOut(thread, socket, new Sending(thread, description, socket, request), socket.options.sendTimeoutNs);
}

/** A receive in progress: what it has moved so far. */
export class Receiving implements Transfer {
  readonly #thread: LinuxThread;
  readonly #socket: Socket;
  readonly #request: ReceiveRequest;
  readonly #waits: boolean;
  readonly #received = new Received();
  readonly #total: number;
  /** Bytes of a stream that end the wait: at least one, also for who asks for none. Source: sock_rcvlowat. */
  readonly #target: number;
  #done = 0;

  constructor(thread: LinuxThread, description: Description, socket: Socket, request: ReceiveRequest) {
    this.#waits = mayWait(description, request.flags);
    this.#thread = thread;
    this.#socket = socket;
    this.#request = request;
    this.#total = totalLength(request.segments);
    const all = (request.flags & MSG_WAITALL) !== 0;
    this.#target = (all ? this.#total : Math.min(socket.options.receiveLowWater, this.#total)) || 1;
  }

  attempt(): number {
    const { flags } = this.#request;
    const { transfer } = this.#thread.process.fs.system;
    for (;;) {
      const wanted = Math.min(transfer.length, this.#total - this.#done);
      const piece = transfer.subarray(0, wanted);
      this.#received.moved = this.#done;
      const count = this.#socket.protocol.receive(piece, flags, this.#received);
      if (count === -EAGAIN) return this.#wouldBlock();
      if (count < 0) return this.#failed(count);
      const discards = this.#socket.isStream && (flags & MSG_TRUNC) !== 0;
      const stored = discards
        ? count
        : scatter(this.#thread, this.#request.segments, this.#done, piece.subarray(0, Math.min(count, wanted)));
      this.#done += stored;
      if (stored < Math.min(count, wanted))
        return this.#done > 0 && this.#socket.isStream ? this.stop(0) : this.#fault();
      if (!this.#socket.isStream) return this.#finish(count);
      const { complete } = this.#received;
      if (count === 0 || complete || this.#done >= this.#total || (flags & MSG_PEEK) !== 0) return this.stop(0);
      if (count < wanted && this.#done >= this.#target) return this.stop(0);
    }
  }

  #wouldBlock(): number {
    if (this.#socket.isStream && this.#done >= this.#target) return this.stop(0);
    if (!this.#waits) return this.stop(-EAGAIN);
    // Whoever would wait is told that nothing more will come.
    return (this.#socket.shut & Shut.Receive) !== 0 ? this.stop(0) : WAIT;
  }

  stop(result: number): number {
    return this.#done > 0 || result === 0 ? this.#finish(this.#done) : result;
  }

  interrupted(): number | undefined {
    return this.#done > 0 ? this.stop(-EINTR) : undefined;
  }

  #failed(result: number): number {
    // What was received counts; the error is told by the next call.
    if (this.#done > 0) this.#socket.error = -result;
    return this.stop(result);
  }

  #fault(): number {
    this.#dropFiles();
    return -EFAULT;
  }

  /** Descriptors that came along and have nowhere to go. */
  #dropFiles(): void {
    for (const file of this.#received.files) file.release();
    this.#received.files = [];
  }

  #finish(count: number): number {
    const { finish, flags } = this.#request;
    if (finish === undefined) this.#dropFiles();
    const told = finish?.(this.#received, count) ?? 0;
    if (told < 0) return told;
    const wantsLength = !this.#socket.isStream && (flags & MSG_TRUNC) !== 0;
    return wantsLength ? this.#received.fullLength : count;
  }
}

export class Sending implements Transfer {
  readonly #thread: LinuxThread;
  readonly #socket: Socket;
  readonly #request: SendRequest;
  readonly #waits: boolean;
  readonly #total: number;
  #done = 0;

  constructor(thread: LinuxThread, description: Description, socket: Socket, request: SendRequest) {
    this.#waits = mayWait(description, request.flags);
    this.#thread = thread;
    this.#socket = socket;
    this.#request = request;
    this.#total = totalLength(request.segments);
  }

  attempt(): number {
    for (;;) {
      const count = this.#sendPiece();
      if (count === -EAGAIN) return this.#waits ? WAIT : this.stop(-EAGAIN);
      if (count < 0) return this.stop(count);
      this.#done += count;
      if (!this.#socket.isStream || this.#done >= this.#total) return this.stop(0);
    }
  }

  #sendPiece(): number {
    const { segments, flags, address, ancillary } = this.#request;
    const { transfer } = this.#thread.process.fs.system;
    const wanted = Math.min(transfer.length, this.#total - this.#done);
    if (!this.#socket.isStream && wanted < this.#total) return -EMSGSIZE;
    const piece = transfer.subarray(0, wanted);
    const gathered = gather(this.#thread, segments, this.#done, piece);
    if (gathered < wanted && (gathered === 0 || !this.#socket.isStream)) return -EFAULT;
    return this.#socket.send({
      bytes: piece.subarray(0, gathered),
      flags,
      address,
      // Descriptors go with the first bytes.
      ancillary: this.#done === 0 ? ancillary : undefined,
      thread: this.#thread,
    });
  }

  stop(result: number): number {
    this.abandon();
    if (this.#done > 0 || result === 0) return this.#done;
    const raises = result === -EPIPE && this.#socket.isStream && (this.#request.flags & MSG_NOSIGNAL) === 0;
    if (raises) sendToThread(this.#thread, kernelSignal(SIGPIPE));
    return result;
  }

  interrupted(): number | undefined {
    if (this.#done > 0) return this.stop(0);
    this.abandon();
    return undefined;
  }

  /** The message's own holds go, if they did not travel. */
  abandon(): void {
    for (const file of this.#request.ancillary?.files ?? []) file.release();
  }
}
