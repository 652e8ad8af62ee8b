/**
 * A TCP socket: unconnected, listening (TcpListener), on its way (SYN_SENT) or connected (TcpConnection).
 * Source: tcp(7), connect(2); net/ipv4/af_inet.c, tcp_ipv4.c.
 */
import * as errno from '../../abi/errno.ts';
import {
  IPPROTO_IPV6,
  IPPROTO_TCP,
  IPV6_V6ONLY,
  TCP_CLOSE,
  TCP_CONGESTION,
  TCP_INFO,
  tcp_info,
  TCP_LISTEN,
  TCP_SYN_SENT,
} from '../../abi/inet.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import { AF_UNSPEC, SO_ACCEPTCONN, SOL_SOCKET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { HostEnd } from '../host/host-end.ts';
import type { HostStream, HostStreamEvents } from '../host/host-network.ts';
import type { Outgoing, Received } from '../message.ts';
import { Shut, shutBits } from '../shut.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';
import type { SocketProtocol } from '../socket-protocol.ts';
import { endpointOf, ipText, isIpv4 } from './address.ts';
import type { Endpoint } from './address.ts';
import { InetBinding } from './inet-binding.ts';
import type { InetOptions } from './inet-options.ts';
import { TcpConnection } from './tcp-connection.ts';
import { TcpListener } from './tcp-listener.ts';
import type { Connector } from './tcp-listener.ts';
import type { TcpPeer } from './tcp-peer.ts';

const CONGESTION_CONTROL = 'cubic';
const CONGESTION_NAME_SIZE = 16;
const LOOPBACK_MSS = 32_768;

export class TcpSocket implements SocketProtocol, Connector {
  readonly socket: Socket;
  readonly binding: InetBinding;
  #listener: TcpListener | undefined;
  #connection: TcpConnection | undefined;
  /** connect(2) has been called and its outcome not yet been told (Linux: SS_CONNECTING). */
  #connecting = false;
  /** Waits for room in this listener's backlog, or for the host. */
  #waitsFor: TcpListener | 'host' | undefined;

  constructor(socket: Socket, options?: InetOptions) {
    this.socket = socket;
    this.binding = new InetBinding(socket, socket.network.inet.tcpPorts, options);
  }

  get #stack() {
    return this.socket.network.inet;
  }

  /** TCP_* */
  get state(): number {
    if (this.#listener !== undefined) return TCP_LISTEN;
    if (this.#waitsFor !== undefined) return TCP_SYN_SENT;
    return this.#connection?.state ?? TCP_CLOSE;
  }

  get connection(): TcpConnection | undefined {
    return this.#connection;
  }

  get listener(): TcpListener | undefined {
    return this.#listener;
  }

  bind(thread: LinuxThread, address: Uint8Array): number {
    return this.binding.bind(thread, address);
  }

  // --- connecting ------------------------------------------------------------------------------------------------------------------------
  connect(_thread: LinuxThread, address: Uint8Array): number {
    const given = address.length < 2 ? -1 : address[0]! | (address[1]! << 8);
    if (given === -1) return -errno.EINVAL;
    if (given === AF_UNSPEC) return this.#disconnect();
    if (this.#listener !== undefined) return -errno.EISCONN;
    if (this.#connecting) return this.#waitsFor === undefined ? this.connectResult() : -errno.EALREADY;
    if (this.#connection !== undefined) return -errno.EISCONN;
    const endpoint = endpointOf(address, this.socket.kind.family);
    if (typeof endpoint === 'number') return endpoint;
    return this.#connectTo(endpoint);
  }

  #connectTo({ address, port }: Endpoint): number {
    if (isIpv4(address) && this.binding.isV6Only) return -errno.ENETUNREACH;
    const remote = { address: this.#stack.destination(address), port };
    const route = this.#stack.route(remote.address);
    if (typeof route === 'number') return route;
    const bound = this.binding.autobind();
    if (bound < 0) return bound === -errno.EADDRINUSE ? -errno.EADDRNOTAVAIL : bound;
    this.binding.settleAddress(this.#stack.sourceFor(remote.address));
    this.binding.remote = remote;
    this.#connecting = true;
    if (route === 'host') return this.#connectToHost(remote);
    this.retry();
    return -errno.EINPROGRESS;
  }

  /** Looks for the listener, at first and when its backlog has changed. */
  retry(): void {
    const listener = this.#stack.listenerAt(this.binding.remote!);
    this.#waitsFor = undefined;
    if (listener === undefined) {
      this.#fail(errno.ECONNREFUSED);
    } else if (!listener.hasRoom) {
      this.#waitsFor = listener;
      listener.waitForRoom(this);
    } else this.#establish(listener);
  }

  /** Nothing came of connecting. */
  #fail(error: number): void {
    this.socket.shut = Shut.Both;
    this.socket.fail(error);
  }

  #establish(listener: TcpListener): void {
    const accepted = acceptedBy(listener);
    const other = accepted.protocol as TcpSocket;
    const here = new TcpConnection(this.socket, nobody);
    const there = new TcpConnection(accepted, here);
    here.peer = there;
    other.#attach(there, this.binding.remote!, this.binding.local);
    this.#begin(here);
    listener.add(accepted);
  }

  #attach(connection: TcpConnection, local: Endpoint, remote: Endpoint): void {
    this.binding.join(local, remote);
    this.#begin(connection);
  }

  #begin(connection: TcpConnection): void {
    this.#connection = connection;
    connection.onEnd = (ending) => {
      if (ending === 'closed-first') this.#stack.startTimeWait(this.binding);
      if (this.socket.closed) this.binding.release();
    };
    this.socket.wakeAll();
  }

  #connectToHost(remote: Endpoint): number {
    const { host } = this.#stack;
    if (!host!.allows(ipText(remote.address), remote.port)) {
      this.#connecting = false;
      this.binding.disconnect();
      this.binding.releasePort('told');
      return -errno.EACCES;
    }
    this.#waitsFor = 'host';
    const end = new HostEnd(this.socket, {
      connected: (connection) => {
        this.#waitsFor = undefined;
        this.#begin(connection);
      },
      failed: (error) => {
        this.#waitsFor = undefined;
        this.#fail(error);
      },
    });
    end.connect(host!, ipText(remote.address), remote.port);
    return -errno.EINPROGRESS;
  }

  /** A connection that came from the host to a published port: who hears what happens on it. */
  static fromHost(listener: TcpListener, stream: HostStream, remote: Endpoint): HostStreamEvents {
    const accepted = acceptedBy(listener);
    const end = new HostEnd(accepted, undefined);
    const local = { address: accepted.network.inet.sourceFor(remote.address), port: listener.binding.local.port };
    (accepted.protocol as TcpSocket).#attach(end.adopt(stream), local, remote);
    listener.add(accepted);
    return end;
  }

  connectResult(): number {
    if (this.#waitsFor !== undefined) return -errno.EINPROGRESS;
    this.#connecting = false;
    if (this.#connection !== undefined) return 0;
    const error = this.socket.takeError();
    this.socket.shut = 0;
    this.binding.disconnect();
    this.binding.releasePort('told');
    return error === 0 ? -errno.ECONNABORTED : error;
  }

  /** connect(2) to AF_UNSPEC. Source: net/ipv4/tcp.c, tcp_disconnect. */
  #disconnect(): number {
    this.#stopListening();
    if (this.#waitsFor instanceof TcpListener) this.#waitsFor.forget(this);
    this.#waitsFor = undefined;
    this.#connection?.close('abort');
    this.#connection = undefined;
    this.#connecting = false;
    this.socket.error = 0;
    this.socket.shut = 0;
    this.binding.disconnect();
    this.binding.releasePort('told');
    return 0;
  }

  // --- listening -------------------------------------------------------------------------------------------------------------------------
  listen(_thread: LinuxThread, backlog: number): number {
    const most = Math.min(backlog >>> 0, this.socket.network.services.setting('net/core/somaxconn'));
    if (this.#listener !== undefined) {
      this.#listener.backlog = most;
      return 0;
    }
    if (this.#connection !== undefined || this.#connecting) return -errno.EINVAL;
    const bound = this.binding.autobind();
    if (bound < 0) return bound;
    // Two may have bound the port with SO_REUSEADDR; only one can listen.
    this.binding.isListening = true;
    if (this.#stack.tcpPorts.conflicts(this.binding)) {
      this.binding.isListening = false;
      return -errno.EADDRINUSE;
    }
    this.#listener = new TcpListener(this.binding, most);
    this.#stack.listen(this.#listener);
    return 0;
  }

  #stopListening(): void {
    const listener = this.#listener;
    if (listener === undefined) return;
    this.#stack.unlisten(listener);
    this.#listener = undefined;
    this.binding.isListening = false;
    listener.close();
  }

  accept(): Socket | number {
    return this.#listener?.accept() ?? -errno.EINVAL;
  }

  // --- data --------------------------------------------------------------------------------------------------------------------------------
  send(message: Outgoing): number {
    if (this.#waitsFor !== undefined) return -errno.EAGAIN;
    if (this.#connection !== undefined) return this.#connection.send(message.bytes, message.flags);
    return this.socket.error !== 0 ? this.socket.takeError() : -errno.EPIPE;
  }

  receive(into: Uint8Array, flags: number, received: Received): number {
    if (this.#connection !== undefined) return this.#connection.receive(into, flags, received);
    if (this.#listener !== undefined) return -errno.ENOTCONN;
    if (this.socket.error !== 0) return this.socket.takeError();
    if ((this.socket.shut & Shut.Receive) !== 0) return 0;
    return this.#waitsFor === undefined ? -errno.ENOTCONN : -errno.EAGAIN;
  }

  shutdown(how: number): number {
    const bits = shutBits(how);
    if (this.#listener !== undefined) {
      if ((bits & Shut.Receive) === 0) return 0;
      this.#stopListening();
      this.socket.wakeAll();
      return 0;
    }
    if (this.#waitsFor !== undefined) return this.#disconnect();
    this.socket.shut |= bits;
    if (this.#connection === undefined || this.#connection.state === TCP_CLOSE) return -errno.ENOTCONN;
    if ((bits & Shut.Send) !== 0) this.#connection.sendFin();
    this.socket.wakeAll();
    return 0;
  }

  close(): void {
    this.#stopListening();
    if (this.#waitsFor instanceof TcpListener) this.#waitsFor.forget(this);
    const connection = this.#connection;
    if (connection === undefined || connection.state === TCP_CLOSE) {
      this.binding.release();
      return;
    }
    connection.close(this.socket.options.lingerSeconds === 0 ? 'abort' : 'polite');
  }

  // --- what it shows -----------------------------------------------------------------------------------------------------------------------
  localName(): Uint8Array {
    return this.binding.localName();
  }

  peerName(): Uint8Array | number {
    const gone = this.#connection === undefined || this.#connection.state === TCP_CLOSE;
    return gone ? -errno.ENOTCONN : this.binding.peerName();
  }

  pollBits(): number {
    if (this.#listener !== undefined) return this.#listener.hasConnections ? POLLIN | POLLRDNORM : 0;
    const { shut, error } = this.socket;
    const connection = this.#connection;
    let bits = error !== 0 ? POLLERR : 0;
    if (shut === Shut.Both || this.state === TCP_CLOSE) bits |= POLLHUP;
    if ((shut & Shut.Receive) !== 0) bits |= POLLIN | POLLRDNORM | POLLRDHUP;
    if (this.#waitsFor !== undefined) return bits;
    if (connection === undefined) return bits | POLLOUT | POLLWRNORM;
    if (connection.readableBytes >= this.socket.options.receiveLowWater) bits |= POLLIN | POLLRDNORM;
    if (connection.hasUrgent) bits |= POLLPRI;
    if ((shut & Shut.Send) !== 0 || connection.isWritable) bits |= POLLOUT | POLLWRNORM;
    return bits;
  }

  getOption(level: number, option: number): Uint8Array | number {
    if (level === SOL_SOCKET)
      return option === SO_ACCEPTCONN ? intBytes(this.#listener === undefined ? 0 : 1) : -errno.ENOPROTOOPT;
    if (level === IPPROTO_TCP && option === TCP_INFO) return this.#info();
    if (level === IPPROTO_TCP && option === TCP_CONGESTION) return nameBytes(CONGESTION_CONTROL);
    return this.binding.options.get(level, option);
  }

  setOption(level: number, option: number, bytes: Uint8Array): number {
    if (level === SOL_SOCKET) return -errno.ENOPROTOOPT;
    if (level === IPPROTO_TCP && option === TCP_CONGESTION) {
      const end = bytes.indexOf(0);
      const name = String.fromCharCode(...bytes.subarray(0, end < 0 ? bytes.length : end));
      return name === CONGESTION_CONTROL ? 0 : -errno.ENOENT;
    }
    // Those who bound with it must be able to rely on it.
    if (level === IPPROTO_IPV6 && option === IPV6_V6ONLY && this.binding.isBound) return -errno.EINVAL;
    return this.binding.options.set(level, option, bytes);
  }

  #info(): Uint8Array {
    const bytes = new Uint8Array(tcp_info.size);
    bytes[tcp_info.tcpi_state] = this.state;
    const view = new DataView(bytes.buffer);
    view.setUint32(tcp_info.tcpi_snd_mss, LOOPBACK_MSS, true);
    view.setUint32(tcp_info.tcpi_rcv_mss, LOOPBACK_MSS, true);
    return bytes;
  }

  isAtMark(): boolean {
    return this.#connection?.isAtMark ?? false;
  }

  get heldBytes(): number {
    return this.#connection?.heldBytes ?? 0;
  }

  queuedBytes(direction: 'in' | 'out'): number {
    if (this.#listener !== undefined) return -errno.EINVAL;
    const connection = this.#connection;
    if (connection === undefined) return 0;
    return direction === 'in' ? connection.bytesToMark : connection.peer.pendingBytes();
  }
}

/** A socket for a connection that is about to be accepted. */
function acceptedBy({ socket, binding }: TcpListener): Socket {
  return socket.network.createSocket(socket.owner, socket.kind, {
    socket: socket.options.copy(),
    inet: binding.options.copy(),
  });
}

/** The peer of a connection that has none yet. */
const nobody: TcpPeer = {
  room: () => 0,
  deliver: () => 0,
  pendingBytes: () => 0,
  finish: () => undefined,
  reset: () => undefined,
  roomMade: () => undefined,
};

function nameBytes(name: string): Uint8Array {
  const bytes = new Uint8Array(CONGESTION_NAME_SIZE);
  for (let i = 0; i < name.length; i++) bytes[i] = name.charCodeAt(i);
  return bytes;
}
