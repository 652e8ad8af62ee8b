/**
 * One end of an established TCP connection: the bytes that arrived, and who has finished sending. Between two sockets of the machine nothing
 * is ever on the wire: what one end sends lies in the other's buffer at once. Source: tcp(7); net/ipv4/tcp.c, tcp_input.c.
 */
import { RingStream } from '../../../kernel/streams/ring-stream.ts';
import { EAGAIN, ECONNRESET, EINVAL, EPIPE } from '../../abi/errno.ts';
import * as inet from '../../abi/inet.ts';
import { MSG_OOB, MSG_PEEK, SO_OOBINLINE } from '../../abi/socket.ts';
import type { Received } from '../message.ts';
import { Shut } from '../shut.ts';
import type { Socket } from '../socket.ts';
import type { TcpPeer } from './tcp-peer.ts';
import { UrgentMark } from './urgent-mark.ts';

/** Bytes that may lie between the ends: what send and receive buffers of Linux hold together at first. */
const WINDOW_BYTES = 256 * 1024;
/** Writers that found it full are told when a third is free. Source: sk_stream_is_writeable. */
const LOW_ROOM = WINDOW_BYTES / 3;

export class TcpConnection implements TcpPeer {
  readonly socket: Socket;
  peer: TcpPeer;
  /** Told once, when both ends are through with each other. */
  onEnd: (ending: 'closed-first' | 'closed-last' | 'reset') => void = () => {};
  readonly #inbound = new RingStream(WINDOW_BYTES);
  readonly #urgent = new UrgentMark();
  #finSent = false;
  #finReceived = false;
  #closedFirst = false;
  /** The program has closed its end; what still comes is answered with a reset. */
  #orphaned = false;
  #ended = false;
  bytesReceived = 0;
  bytesSent = 0;

  constructor(socket: Socket, peer: TcpPeer) {
    this.socket = socket;
    this.peer = peer;
  }

  /** TCP_* */
  get state(): number {
    if (this.#ended) return inet.TCP_CLOSE;
    if (!this.#finSent) return this.#finReceived ? inet.TCP_CLOSE_WAIT : inet.TCP_ESTABLISHED;
    return this.#finReceived ? inet.TCP_LAST_ACK : inet.TCP_FIN_WAIT2;
  }

  /** Bytes for a plain read: the urgent byte is none. */
  get readableBytes(): number {
    const { length } = this.#inbound;
    return this.#urgent.distance === 0 && !this.#isInline ? length - 1 : length;
  }

  /** Bytes up to the mark (FIONREAD). Source: include/net/tcp.h, tcp_inq. */
  get bytesToMark(): number {
    return this.#isInline ? this.#inbound.length : this.#urgent.bytesBefore(this.readableBytes);
  }

  /** POLLOUT: there is room worth a write. */
  get isWritable(): boolean {
    return this.peer.room() >= LOW_ROOM;
  }

  /** What it takes of the machine's memory. */
  get heldBytes(): number {
    return this.#inbound.heldBytes;
  }

  get hasUrgent(): boolean {
    return this.#urgent.isPending;
  }

  get isAtMark(): boolean {
    return this.#urgent.distance === 0;
  }

  // --- this end ------------------------------------------------------------------------------------------------------------------
  send(bytes: Uint8Array, flags: number): number {
    const { socket } = this;
    if (socket.error !== 0) return socket.takeError();
    if ((socket.shut & Shut.Send) !== 0 || this.#ended) return -EPIPE;
    if (bytes.length === 0) return 0;
    const taken = this.peer.deliver(bytes, (flags & MSG_OOB) !== 0 ? 'urgent' : 'normal');
    this.bytesSent += taken;
    return taken === 0 ? -EAGAIN : taken;
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if ((flags & MSG_OOB) !== 0) return this.#receiveUrgent(into, flags, received);
    if (this.#urgent.distance === 0 && !this.#isInline) {
      this.#inbound.read(new Uint8Array(1));
      this.#urgent.clear();
    }
    const skip = this.socket.peekSkip(flags);
    if (this.#inbound.length > skip) {
      const count = this.#receiveData(into, { flags, skip }, received);
      this.socket.movePeekOffset(count, flags);
      return count;
    }
    if (this.#finReceived) return 0;
    if (this.socket.error !== 0) return this.socket.takeError();
    return (this.socket.shut & Shut.Receive) !== 0 || this.#ended ? 0 : -EAGAIN;
  }

  #receiveData(into: Uint8Array, { flags, skip }: { flags: number; skip: number }, received: Received): number {
    // A read ends at the mark, so that programs can see where it is.
    const most = this.#urgent.bytesBefore(this.#inbound.length);
    const part = into.subarray(0, most);
    if (most < this.#inbound.length) received.complete = true;
    if ((flags & MSG_PEEK) !== 0) return this.#inbound.peek(part, skip);
    const wasTight = this.room() < LOW_ROOM;
    const count = this.#inbound.read(part);
    this.#urgent.advance(count);
    if (wasTight && this.room() >= LOW_ROOM) this.peer.roomMade();
    return count;
  }

  get #isInline(): boolean {
    return this.socket.options.has(SO_OOBINLINE);
  }

  #receiveUrgent(into: Uint8Array, flags: number, received: Received): number {
    const byte = this.#isInline ? undefined : this.#urgent.take(flags);
    if (byte === undefined) return -EINVAL;
    received.flags |= MSG_OOB;
    received.complete = true;
    if (into.length > 0) into[0] = byte;
    return Math.min(1, into.length);
  }

  /** SHUT_WR, or a close without anything unread. */
  sendFin(): void {
    if (this.#finSent || this.#ended) return;
    this.#finSent = true;
    this.#closedFirst = !this.#finReceived;
    this.peer.finish();
    this.#endIfThrough();
  }

  /** The last descriptor is gone. `abort`: no polite end (SO_LINGER of 0 s). */
  close(manner: 'polite' | 'abort'): void {
    this.#orphaned = true;
    if (this.#ended) return;
    if (manner === 'abort' || this.#inbound.length > 0) {
      this.peer.reset();
      this.#end('reset');
      return;
    }
    this.sendFin();
  }

  #endIfThrough(): void {
    if (this.#finSent && this.#finReceived) this.#end(this.#closedFirst ? 'closed-first' : 'closed-last');
  }

  #end(ending: 'closed-first' | 'closed-last' | 'reset'): void {
    if (this.#ended) return;
    this.#ended = true;
    this.socket.shut = Shut.Both;
    this.onEnd(ending);
    this.socket.wakeAll();
  }

  // --- what the other end does -----------------------------------------------------------------------------------------------------
  room(): number {
    return this.#inbound.room();
  }

  /** What has arrived is acknowledged; what finds the receiver's buffer full still waits at the sender. */
  pendingBytes(): number {
    return Math.max(0, this.#inbound.length - this.socket.options.receiveBufferBytes);
  }

  deliver(bytes: Uint8Array, urgency: 'normal' | 'urgent'): number {
    if (this.#orphaned || this.#ended) {
      // Nobody is there to read it: the sender learns it from a reset.
      this.peer.reset();
      this.#end('reset');
      return bytes.length;
    }
    const count = this.#inbound.write(bytes, 1);
    this.bytesReceived += count;
    if (urgency === 'urgent' && count === bytes.length) {
      this.#urgent.set(this.#inbound.length - 1, bytes[count - 1]!);
      this.socket.raiseUrgent();
    }
    if (count > 0) this.socket.wakeReaders();
    return count;
  }

  finish(): void {
    if (this.#finReceived || this.#ended) return;
    this.#finReceived = true;
    this.socket.shut |= Shut.Receive;
    this.#endIfThrough();
    this.socket.wakeAll();
  }

  reset(): void {
    if (this.#ended) return;
    this.socket.error = this.#finReceived ? EPIPE : ECONNRESET;
    this.#end('reset');
  }

  roomMade(): void {
    this.socket.wakeWriters();
  }
}
