/** The network of one machine: names of Unix sockets, descriptors in flight, the internet stack, and every socket there is. */
import type { PageBudget } from '../../cpu/memory/page-budget.ts';
import type { Description } from '../fs/description.ts';
import { NodeKind } from '../../kernel/file-server.ts';
import { NETLINK_ROUTE } from '../abi/netlink.ts';
import { AF_NETLINK, AF_UNIX, SOCK_DGRAM } from '../abi/socket.ts';
import type { HostNetwork } from './host/host-network.ts';
import type { InetOptions } from './inet/inet-options.ts';
import { InetStack } from './inet/inet-stack.ts';
import { TcpSocket } from './inet/tcp-socket.ts';
import { UdpSocket } from './inet/udp-socket.ts';
import type { NetlinkFamily } from './netlink/netlink-message.ts';
import { NETLINK_PROTOCOLS } from './netlink/netlink-protocols.ts';
import { NetlinkSocket } from './netlink/netlink-socket.ts';
import { RouteFamily } from './netlink/route-answers.ts';
import { DiagFamily } from './netlink/sock-diag.ts';
import { AnonymousServer } from '../fs/anonymous.ts';
import type { SocketOptions } from './socket-options.ts';
import { Socket } from './socket.ts';
import type { SocketKind } from './socket.ts';
import { SocketMemory } from './socket-memory.ts';
import type { SocketProtocol } from './socket-protocol.ts';
import { RightsInFlight } from './unix/rights.ts';
import { UnixDatagram } from './unix/unix-datagram.ts';
import { UnixNames } from './unix/unix-names.ts';
import { UnixStream } from './unix/unix-stream.ts';

export interface NetworkServices {
  /** What lies in sockets counts in it. */
  readonly budget: PageBudget;
  /** Nanoseconds since the epoch. */
  realtimeNs(): bigint;
  /** Monotonic, and calling back at such a time; the answer cancels. */
  nowNs(): number;
  at(deadlineNs: number, callback: () => void): () => void;
  /** To the process or group that owns the description (F_SETOWN). */
  signalOwner(description: Description, signal: number): void;
  /** The (index-th) number of a tunable, as abi/sysctl.ts names it. */
  setting(name: string, index?: number): number;
}

/** Whom a socket's file belongs to. */
export interface SocketOwner {
  readonly fsuid: number;
  readonly fsgid: number;
}

/** What a connection inherits from the socket that accepts it. */
export interface InheritedOptions {
  readonly socket: SocketOptions;
  readonly inet?: InetOptions;
}

export class Network {
  readonly unixNames = new UnixNames();
  readonly rights: RightsInFlight;
  /** Every socket that has not closed, in order of making (for /proc/net). */
  readonly sockets = new Set<Socket>();
  readonly #netlinkPorts = new Map(NETLINK_PROTOCOLS.map((protocol) => [protocol, new Set<number>()]));
  readonly memory: SocketMemory;
  readonly #sockfs: AnonymousServer;
  readonly inet: InetStack;
  readonly services: NetworkServices;

  constructor(services: NetworkServices, host?: HostNetwork) {
    this.services = services;
    this.rights = new RightsInFlight((delayNs, callback) => services.at(services.nowNs() + delayNs, callback));
    this.memory = new SocketMemory(this.sockets, services.budget);
    this.inet = new InetStack(services, host);
    this.#sockfs = new AnonymousServer(() => services.realtimeNs(), 'sockfs');
  }

  realtimeNs(): bigint {
    return this.services.realtimeNs();
  }

  createSocket(owner: SocketOwner, kind: SocketKind, inherited?: InheritedOptions): Socket {
    const { fsuid, fsgid } = owner;
    const location = this.#sockfs.create(NodeKind.Socket, fsuid, fsgid, (id) => `socket:[${id}]`);
    const make = (socket: Socket): SocketProtocol => protocolOf(socket, inherited?.inet);
    const socket = new Socket(this, kind, { location, owner: { fsuid, fsgid } }, make, inherited?.socket);
    this.sockets.add(socket);
    return socket;
  }

  /** Addresses of netlink sockets of a protocol that are taken. */
  netlinkPorts(protocol: number): Set<number> {
    return this.#netlinkPorts.get(protocol)!;
  }

  forget(socket: Socket): void {
    this.sockets.delete(socket);
    this.memory.closed();
  }
}

function protocolOf(socket: Socket, options: InetOptions | undefined): SocketProtocol {
  const { family, type } = socket.kind;
  if (family === AF_UNIX) return type === SOCK_DGRAM ? new UnixDatagram(socket) : new UnixStream(socket);
  if (family === AF_NETLINK) return new NetlinkSocket(socket, netlinkFamily(socket));
  return type === SOCK_DGRAM ? new UdpSocket(socket) : new TcpSocket(socket, options);
}

function netlinkFamily({ kind, network }: Socket): NetlinkFamily {
  return kind.protocol === NETLINK_ROUTE ? new RouteFamily(network.inet) : new DiagFamily(network);
}
