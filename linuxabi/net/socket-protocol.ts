/**
 * What a kind of socket does (Linux: struct proto_ops). A Socket (socket.ts) is the open file and has what all kinds share;
 * its protocol has the rest. Every method answers at once: ≥ 0, −errno, or −EAGAIN when the caller has to wait.
 * Whoever changes what a waiting caller would find wakes the socket's queue.
 */
import type { WaitQueue } from '../../kernel/wait-queue.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { Outgoing, PeerCredentials, Received } from './message.ts';
import type { Socket } from './socket.ts';

export interface SocketProtocol {
  bind(thread: LinuxThread, address: Uint8Array): number;
  /** 0 when connected; −EINPROGRESS when it goes on by itself, −EAGAIN when it has to be tried again. */
  connect(thread: LinuxThread, address: Uint8Array): number;
  listen(thread: LinuxThread, backlog: number): number;
  /** A connection with a new socket of its own. */
  accept(): Socket | number;
  /** Bytes taken: of a stream perhaps fewer than offered, of a datagram all. */
  send(message: Outgoing): number;
  /** Bytes moved to `into`; 0 at the end of a stream. */
  receive(into: Uint8Array, flags: number, received: Received): number;
  /** SHUT_RD, SHUT_WR or SHUT_RDWR. */
  shutdown(how: number): number;
  /** struct sockaddr of this end. */
  localName(): Uint8Array;
  peerName(): Uint8Array | number;
  /** POLL* bits that hold now. */
  pollBits(): number;
  /** The last descriptor is gone. */
  close(): void;
  /** Options that it has or changes; −ENOPROTOOPT leaves the socket level to the socket. */
  getOption(level: number, option: number): Uint8Array | number;
  setOption(level: number, option: number, bytes: Uint8Array, thread: LinuxThread): number;
  /** What its queues hold of the machine's memory. */
  readonly heldBytes: number;
  /** SIOCINQ, SIOCOUTQ; −ENOTTY when it has no such thing. */
  queuedBytes(direction: 'in' | 'out'): number;
  /** Whether the next byte to read is the urgent one (SIOCATMARK); absent where there is no such request. */
  isAtMark?(): boolean | number;
  /** Who is at the other end, as it was when it connected. */
  peer?(): PeerCredentials;
  /** The outcome of a connection that was begun: 0, −errno, or −EINPROGRESS. Without it `connect` is called again. */
  connectResult?(): number;
  /** Where a connect or send that answered −EAGAIN is told to try again, beside the socket's own queue. */
  readonly blockedOn?: WaitQueue | undefined;
}
