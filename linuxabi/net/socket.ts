/**
 * A socket as an open file: what all kinds have in common, around the SocketProtocol that makes it what it is. It has a
 * node in sockfs, so that fstat and /proc show it as Linux does.
 */
import { Ready } from '../../kernel/open-file.ts';
import type { FileNode } from '../../kernel/file-server.ts';
import { Status } from '../../kernel/status.ts';
import { UnseekableFile } from '../../kernel/unseekable-file.ts';
import { WaitQueue } from '../../kernel/wait-queue.ts';
import type { GuestAddress } from '../../cpu/address.ts';
import { EAGAIN, ECONNRESET, EMSGSIZE, ENOBUFS, ENOPROTOOPT, ENOTCONN, ENOTTY, EPIPE } from '../abi/errno.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from '../abi/poll.ts';
import { SIGURG } from '../abi/signal.ts';
import * as so from '../abi/socket.ts';
import type { Description } from '../fs/description.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import type { Location } from '../fs/mount.ts';
import type { Segment } from '../fs/transfer.ts';
import type { LinuxThread } from '../process/thread.ts';
import { interfaceIoctl } from './inet/interface-ioctl.ts';
import { Received } from './message.ts';
import type { Outgoing } from './message.ts';
import { receiveMessage, sendMessage } from './message-io.ts';
import type { Network, SocketOwner } from './network.ts';
import { intBytes, SocketOptions } from './socket-options.ts';
import type { SocketProtocol } from './socket-protocol.ts';

export interface SocketKind {
  /** AF_* */
  readonly family: number;
  /** SOCK_* */
  readonly type: number;
  readonly protocol: number;
}

/** Poll bits that a wake is about; who waits for others is not woken by them. */
export const WAKE_READERS = 0x1 | 0x40 | 0x80;
export const WAKE_WRITERS = 0x4 | 0x100 | 0x200;

export class Socket extends UnseekableFile implements LinuxFile {
  readonly waitQueue = new WaitQueue();
  readonly raisesSignals = true;
  readonly network: Network;
  readonly kind: SocketKind;
  readonly protocol: SocketProtocol;
  readonly location: Location;
  readonly owner: SocketOwner;
  /** Leads here; undefined until it is accepted. */
  description: Description | undefined;
  options: SocketOptions;
  /** errno of something that happened meanwhile: told once, by the next call or SO_ERROR. */
  error = 0;
  /** Bits of Shut. */
  shut = 0;
  /** The last descriptor is gone. */
  closed = false;

  constructor(
    network: Network,
    kind: SocketKind,
    file: { readonly location: Location; readonly owner: SocketOwner },
    makeProtocol: (socket: Socket) => SocketProtocol,
    options = new SocketOptions(network.services),
  ) {
    super();
    this.network = network;
    this.kind = kind;
    this.location = file.location;
    this.owner = file.owner;
    this.options = options;
    this.protocol = makeProtocol(this);
  }

  override get node(): FileNode | undefined {
    return this.location.dentry.node;
  }

  get isStream(): boolean {
    return this.kind.type === so.SOCK_STREAM;
  }

  /** −errno of what happened meanwhile, told once; 0 when nothing did. */
  takeError(): number {
    const { error } = this;
    this.error = 0;
    return -error;
  }

  /** Something went wrong that nobody is being told right now. */
  fail(error: number): void {
    this.error = error;
    this.waitQueue.wake(Infinity, POLLERR | WAKE_READERS | WAKE_WRITERS);
  }

  wakeReaders(): void {
    if (this.waitQueue.length > 0) this.waitQueue.wake(Infinity, WAKE_READERS);
  }

  wakeWriters(): void {
    if (this.waitQueue.length > 0) this.waitQueue.wake(Infinity, WAKE_WRITERS);
  }

  /** Its state changed for everyone. */
  wakeAll(): void {
    this.waitQueue.wake(Infinity, WAKE_READERS | WAKE_WRITERS | POLLHUP | POLLRDHUP);
  }

  /** Urgent data has come. Source: net/core/sock.c, sk_send_sigurg. */
  raiseUrgent(): void {
    if (this.description !== undefined) this.network.services.signalOwner(this.description, SIGURG);
    this.waitQueue.wake(Infinity, POLLPRI);
  }

  // --- LinuxFile ------------------------------------------------------------------------------------------------------------
  pollBits(): number {
    return this.protocol.pollBits();
  }

  transferIn(thread: LinuxThread, description: Description, segments: readonly Segment[]): number {
    if (segments.every(({ length }) => length === 0)) return 0;
    return receiveMessage(thread, description, this, { segments, flags: 0 });
  }

  transferOut(thread: LinuxThread, description: Description, segments: readonly Segment[]): number {
    return sendMessage(thread, description, this, { segments, flags: 0, address: undefined, ancillary: undefined });
  }

  ioctl(thread: LinuxThread, request: number, argument: GuestAddress): number {
    switch (request) {
      case FIONREAD:
      case so.SIOCOUTQ: {
        const count = this.protocol.queuedBytes(request === FIONREAD ? 'in' : 'out');
        if (count >= 0) thread.memory.writeU32(argument, count);
        return Math.min(0, count);
      }
      case so.SIOCATMARK: {
        const isAtMark = this.protocol.isAtMark?.();
        if (isAtMark !== undefined) thread.memory.writeU32(argument, isAtMark ? 1 : 0);
        return isAtMark === undefined ? -ENOTTY : 0;
      }
      default:
        return interfaceIoctl(thread, this, request, argument);
    }
  }

  // --- OpenFile, for those who move bytes without a thread's memory (sendfile, splice) ------------------------------------
  read(into: Uint8Array): number {
    return statusOf(this.protocol.receive(into, 0, new Received()));
  }

  write(_from: Uint8Array): number {
    return Status.NotSupported;
  }

  /** As `protocol.send`; −ENOBUFS when the machine has no memory for more. */
  send(message: Outgoing): number {
    return this.network.memory.admits(message.bytes.length) ? this.protocol.send(message) : -ENOBUFS;
  }

  writeFor(thread: LinuxThread, bytes: Uint8Array): number {
    return statusOf(this.send({ bytes, flags: 0, address: undefined, ancillary: undefined, thread }));
  }

  readiness(): number {
    const bits = this.pollBits();
    let ready = 0;
    if ((bits & POLLIN) !== 0) ready |= Ready.Readable;
    if ((bits & POLLOUT) !== 0) ready |= Ready.Writable;
    if ((bits & POLLHUP) !== 0) ready |= Ready.HangUp;
    if ((bits & POLLERR) !== 0) ready |= Ready.Error;
    if ((bits & POLLPRI) !== 0) ready |= Ready.Priority;
    if ((bits & POLLRDHUP) !== 0) ready |= Ready.ReadHangUp;
    return ready;
  }

  override release(): void {
    this.closed = true;
    this.protocol.close();
    this.network.forget(this);
  }

  // --- options ---------------------------------------------------------------------------------------------------------------
  getOption(level: number, option: number): Uint8Array | number {
    const own = this.protocol.getOption(level, option);
    if (own !== -ENOPROTOOPT || level !== so.SOL_SOCKET) return own;
    switch (option) {
      case so.SO_TYPE:
        return intBytes(this.kind.type);
      case so.SO_DOMAIN:
        return intBytes(this.kind.family);
      case so.SO_PROTOCOL:
        return intBytes(this.kind.protocol);
      case so.SO_ERROR:
        return intBytes(-this.takeError());
      case so.SO_COOKIE:
        return new Uint8Array(BigInt64Array.of(BigInt(this.node!.nodeId)).buffer);
      default:
        return this.options.get(option);
    }
  }

  setOption(level: number, option: number, bytes: Uint8Array, thread: LinuxThread): number {
    const own = this.protocol.setOption(level, option, bytes, thread);
    if (own !== -ENOPROTOOPT || level !== so.SOL_SOCKET) return own;
    return this.options.set(option, bytes, thread.process.credentials);
  }
}

const statusByErrno: Readonly<Record<number, Status>> = {
  [EAGAIN]: Status.WouldBlock,
  [EPIPE]: Status.BrokenStream,
  [EMSGSIZE]: Status.TooLarge,
  [ENOTCONN]: Status.Invalid,
  [ECONNRESET]: Status.InputOutput,
  [ENOTTY]: Status.WrongKind,
};

export function statusOf(result: number): number {
  return result >= 0 ? result : (statusByErrno[-result] ?? Status.InputOutput);
}
