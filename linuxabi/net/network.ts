/** The network of one machine: names of Unix sockets, descriptors in flight, the internet stack, and every socket there is. */
import { NodeKind } from '../../kernel/file-server.ts';
import { AF_UNIX, SOCK_DGRAM } from '../abi/socket.ts';
import { AnonymousServer } from '../fs/anonymous.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { SocketOptions } from './socket-options.ts';
import { Socket } from './socket.ts';
import type { SocketKind } from './socket.ts';
import type { SocketProtocol } from './socket-protocol.ts';
import { RightsInFlight } from './unix/rights.ts';
import { UnixDatagram } from './unix/unix-datagram.ts';
import { UnixNames } from './unix/unix-names.ts';
import { UnixStream } from './unix/unix-stream.ts';

export interface NetworkServices {
  /** Nanoseconds since the epoch. */
  realtimeNs(): bigint;
}

export class Network {
  readonly unixNames = new UnixNames();
  readonly rights = new RightsInFlight();
  /** Every socket that has not closed, in order of making (for /proc/net). */
  readonly sockets = new Set<Socket>();
  readonly #sockfs: AnonymousServer;
  readonly #services: NetworkServices;

  constructor(services: NetworkServices) {
    this.#services = services;
    this.#sockfs = new AnonymousServer(() => services.realtimeNs(), 'sockfs');
  }

  realtimeNs(): bigint {
    return this.#services.realtimeNs();
  }

  createSocket(thread: LinuxThread, kind: SocketKind, options?: SocketOptions): Socket {
    const { fsuid, fsgid } = thread.process.credentials;
    const location = this.#sockfs.create(NodeKind.Socket, fsuid, fsgid, (id) => `socket:[${id}]`);
    const socket = new Socket(this, kind, location, (made) => this.#protocolOf(made), options);
    this.sockets.add(socket);
    return socket;
  }

  forget(socket: Socket): void {
    this.sockets.delete(socket);
  }

  #protocolOf(socket: Socket): SocketProtocol {
    const { family, type } = socket.kind;
    if (family === AF_UNIX) return type === SOCK_DGRAM ? new UnixDatagram(socket) : new UnixStream(socket);
    throw new Error(`no sockets of family ${family}`);
  }
}
