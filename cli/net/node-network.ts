/** The host's network through Node, as far as --allow-net opens it, and the published ports of -p. */
import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type {
  AddressFamily,
  HostDatagramEvents,
  HostDatagrams,
  HostNetwork,
  HostStream,
  HostStreamEvents,
} from '../../linuxabi/net/host/host-network.ts';
import { arriveFromHost } from '../../linuxabi/net/host/published-port.ts';
import type { Network } from '../../linuxabi/net/network.ts';
import { NetworkAccess } from './network-access.ts';
import type { NetworkRequest, PublishedPort } from './network-request.ts';
import { NodeStream } from './node-stream.ts';

/** The machine's name for the host itself, as in other machines behind a user-mode network. */
const GATEWAY = '10.0.2.2';
const LOOPBACK = '127.0.0.1';
/** How long the last bytes of a program may take to leave when it has ended. */
const FINISH_MS = 2000;

export class NodeNetwork implements HostNetwork {
  readonly #access: NetworkAccess;
  readonly #published: readonly PublishedPort[];
  readonly #servers: Server[] = [];
  readonly #streams = new Set<NodeStream>();

  constructor({ access, denied, published }: NetworkRequest) {
    this.#access = new NetworkAccess(access, denied);
    this.#published = published;
  }

  allows(address: string, port: number): boolean {
    return this.#access.allows(address, port);
  }

  connect(address: string, port: number, events: HostStreamEvents): HostStream {
    const host = address === GATEWAY ? LOOPBACK : address;
    const stream = this.#keep(connect({ host, port, allowHalfOpen: true }));
    stream.attach(events);
    return stream;
  }

  openDatagrams(family: AddressFamily, events: HostDatagramEvents): HostDatagrams {
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    socket.on('message', (bytes, { address, port }) =>
      events.received(bytes, address === LOOPBACK ? GATEWAY : address, port),
    );
    socket.on('error', () => events.refused());
    return {
      // A datagram that can't be sent is lost, as datagrams may be.
      send: (bytes, address, port) =>
        socket.send(bytes, port, address === GATEWAY ? LOOPBACK : address, () => undefined),
      close: () => socket.close(),
    };
  }

  resolve(name: string, family: AddressFamily, answer: (addresses: readonly string[] | undefined) => void): void {
    if (!this.#access.allowsName(name)) {
      answer(undefined);
      return;
    }
    lookup(name, { family, all: true }, (error, found) => {
      if (error === null) for (const { address } of found) this.#access.learn(name, address);
      answer(error === null ? found.map(({ address }) => address) : undefined);
    });
  }

  /** Finds the addresses of names that are denied: a program may use those without asking for the name. */
  async learnDenied(): Promise<void> {
    const learn = (name: string): Promise<void> =>
      new Promise((resolve) =>
        lookup(name, { all: true }, (error, found) => {
          if (error === null) for (const { address } of found) this.#access.learn(name, address);
          resolve();
        }),
      );
    await Promise.all(this.#access.deniedNames.map(learn));
  }

  /** Opens the published ports; throws when the host does not let us. */
  async publish(network: Network, note: (text: string) => void): Promise<void> {
    for (const port of this.#published) {
      const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
        const stream = this.#keep(socket);
        arriveFromHost(network, stream, { guestPort: port.guestPort, fromPort: socket.remotePort ?? 0 }, (events) => {
          stream.attach(events);
          stream.resume();
        });
      });
      await listening(server, port);
      this.#servers.push(server);
      const { port: taken } = server.address() as AddressInfo;
      if (port.hostPort === 0) note(`port ${port.guestPort} is published at ${port.hostAddress}:${taken}`);
    }
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close();
    const finished = Promise.all([...this.#streams].map((stream) => stream.finish()));
    await Promise.race([finished, new Promise((resolve) => setTimeout(resolve, FINISH_MS).unref())]);
  }

  #keep(socket: Socket): NodeStream {
    const stream = new NodeStream(socket);
    this.#streams.add(stream);
    socket.on('close', () => this.#streams.delete(stream));
    return stream;
  }
}

function listening(server: Server, { hostAddress, hostPort }: PublishedPort): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new Error(`-p: can't listen at ${hostAddress}:${hostPort}: ${error.message}`)),
    );
    server.listen({ host: hostAddress, port: hostPort }, resolve);
  });
}
