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
import {
  EAGAIN,
  ECONNRESET,
  EINVAL,
  EMSGSIZE,
  ENOBUFS,
  ENOPROTOOPT,
  ENOTCONN,
  ENOTTY,
  EOPNOTSUPP,
  EPIPE,
} from '../abi/errno.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from '../abi/poll.ts';
import { SIGURG } from '../abi/signal.ts';
import * as so from '../abi/socket.ts';
import type { Description } from '../fs/description.ts';
import type { LinuxFile } from '../fs/linux-file.ts';
import type { Location } from '../fs/mount.ts';
import type { Segment } from '../fs/transfer.ts';
import type { LinuxThread } from '../process/thread.ts';
import { bindToInterface, boundInterface } from './bound-interface.ts';
import { interfaceIoctl } from './inet/interface-ioctl.ts';
import { memoryInfo } from './memory-info.ts';
import { NO_CREDENTIALS, Received } from './message.ts';
import type { Outgoing } from './message.ts';
import { receiveMessage, sendMessage } from './message-io.ts';
import type { Network, SocketOwner } from './network.ts';
import { intAt, intBytes, SocketOptions } from './socket-options.ts';
import type { SocketProtocol } from './socket-protocol.ts';
import { credentialBytes } from './unix/unix-options.ts';

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
  /** Number of the interface that it is bound to; 0: none. */
  interfaceIndex = 0;
  /** Where the next look at the queue begins (SO_PEEK_OFF); −1: always at its front. */
  peekOffset = -1;
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

  /** As tables show it: 0 while it waits for accept, when it is no file yet. */
  get inode(): number {
    return this.description === undefined ? 0 : (this.node?.nodeId ?? 0);
  }

  /** Bytes that a receive with these flags (MSG_*) passes over first. */
  peekSkip(flags: number): number {
    return (flags & so.MSG_PEEK) !== 0 ? Math.max(0, this.peekOffset) : 0;
  }

  /** Bytes were looked at, or taken: the next look goes on where this one ended. */
  movePeekOffset(count: number, flags: number): void {
    const change = (flags & so.MSG_PEEK) !== 0 ? count : -count;
    if (this.peekOffset >= 0) this.peekOffset = Math.max(0, this.peekOffset + change);
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
        const isAtMark = this.protocol.isAtMark?.() ?? -ENOTTY;
        if (typeof isAtMark === 'number') return isAtMark;
        thread.memory.writeU32(argument, isAtMark ? 1 : 0);
        return 0;
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
      case so.SO_PEERCRED:
        return credentialBytes(NO_CREDENTIALS);
      case so.SO_PEEK_OFF:
        return this.#canPeekAt ? intBytes(this.peekOffset) : -EOPNOTSUPP;
      case so.SO_BINDTODEVICE:
      case so.SO_BINDTOIFINDEX:
        return boundInterface(this, option);
      case so.SO_MEMINFO:
        return memoryInfo(this);
      default:
        return this.options.get(option, this.kind);
    }
  }

  setOption(level: number, option: number, bytes: Uint8Array, thread: LinuxThread): number {
    const own = this.protocol.setOption(level, option, bytes, thread);
    if (own !== -ENOPROTOOPT || level !== so.SOL_SOCKET) return own;
    const { credentials } = thread.process;
    if (option === so.SO_BINDTODEVICE || option === so.SO_BINDTOIFINDEX)
      return bindToInterface(this, option, bytes, credentials);
    if (option !== so.SO_PEEK_OFF) return this.options.set(option, bytes, this.kind, credentials);
    if (bytes.length < 4) return -EINVAL;
    if (!this.#canPeekAt) return -EOPNOTSUPP;
    this.peekOffset = intAt(bytes, 0);
    return 0;
  }

  get #canPeekAt(): boolean {
    return this.kind.family !== so.AF_NETLINK;
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
