/**
 * The machine's side of the control socket. It never keeps the process alive, and what a peer sends can at worst cost it its own
 * connection: a few peers at a time, one request of each at a time, lines with a limit, idle peers sent away.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Machine } from '../../linuxabi/machine.ts';
import { LineSplitter } from './lines.ts';
import { methodsOf, type Handler } from './methods.ts';
import { socketAddress } from './places.ts';
import { parseRequest, REQUEST_LIMIT, type Answer } from './protocol.ts';

const PEERS_MAX = 16;
const IDLE_MS = 60_000;
const WAITING_MAX = 64;
const OWNER_ONLY = 0o600;
const SERIALS = 100;

export class ControlServer {
  readonly address: string;
  readonly #server: Server;
  readonly #peers = new Set<Socket>();

  private constructor(address: string, server: Server) {
    this.address = address;
    this.#server = server;
  }

  /** Rejects when the host gives no socket: a machine runs without one as well. */
  static async open(machine: Machine): Promise<ControlServer> {
    const find = methodsOf(machine);
    for (let serial = 0; ; serial++) {
      const address = socketAddress(serial);
      const server = createServer();
      try {
        // Nobody else gets in between the making of the socket and its mode: the folder is closed to others.
        await listen(server, address);
      } catch (failure) {
        if (serial + 1 < SERIALS && (failure as NodeJS.ErrnoException).code === 'EADDRINUSE') continue;
        throw failure;
      }
      if (process.platform !== 'win32') chmodSync(address, OWNER_ONLY);
      server.unref();
      const control = new ControlServer(address, server);
      server.maxConnections = PEERS_MAX;
      server.on('connection', (socket) => control.#serve(socket, find));
      process.once('exit', control.close);
      return control;
    }
  }

  readonly close = (): void => {
    process.off('exit', this.close);
    for (const peer of this.#peers) peer.destroy();
    this.#server.close();
    if (process.platform === 'win32') return;
    try {
      unlinkSync(this.address);
    } catch {
      // Somebody tidied up before.
    }
  };

  #serve(socket: Socket, find: (method: string) => Handler | undefined): void {
    this.#peers.add(socket);
    socket.unref();
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('close', () => this.#peers.delete(socket));
    socket.on('error', () => socket.destroy());
    const peer = new Peer(socket, find);
    const lines = new LineSplitter(REQUEST_LIMIT, (line) => peer.take(line));
    socket.on('data', (chunk) => {
      if (!lines.push(chunk as Buffer)) peer.refuse(`a request is longer than ${REQUEST_LIMIT} bytes`);
    });
  }
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      // Nothing that goes wrong later is worth ending the machine for.
      server.on('error', () => undefined);
      resolve();
    });
  });
}

/** One connection: its requests are answered one after the other. */
class Peer {
  readonly #socket: Socket;
  readonly #find: (method: string) => Handler | undefined;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Socket, find: (method: string) => Handler | undefined) {
    this.#socket = socket;
    this.#find = find;
  }

  take(line: string): void {
    if (++this.#waiting > WAITING_MAX) {
      this.refuse('too many requests at once');
      return;
    }
    this.#last = this.#last.then(async () => {
      if (this.#socket.destroyed) return;
      this.#send(await answer(line, this.#find));
      this.#waiting--;
    });
  }

  refuse(error: string): void {
    this.#send({ id: null, error });
    this.#socket.destroySoon();
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
  }

  #send(message: Answer): void {
    if (!this.#socket.destroyed && this.#socket.writable) this.#socket.write(`${JSON.stringify(message)}\n`);
  }
}

async function answer(line: string, find: (method: string) => Handler | undefined): Promise<Answer> {
  const request = parseRequest(line);
  if (typeof request === 'string') return { id: null, error: request };
  const { id, method, params } = request;
  const handler = find(method);
  if (handler === undefined) return { id, error: `there is no method '${method}'` };
  try {
    return { id, result: await handler(params) };
  } catch (failure) {
    return { id, error: failure instanceof Error ? failure.message : String(failure) };
  }
}
