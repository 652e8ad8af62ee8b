/**
 * The machine's side of the control socket. It never keeps the process alive, and what a peer sends can at worst cost it its own
 * connection: a few peers at a time, one request of each at a time, lines with a limit, idle peers sent away.
 */
import { chmodSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Machine } from '../../linuxabi/machine.ts';
import { LineSplitter } from './lines.ts';
import { FrameSocket } from './frames.ts';
import { methodsOf, type Handler, type Params } from './methods.ts';
import { namelessId, socketAddress } from './places.ts';
import { UsageError } from '../options.ts';
import { parseRequest, REQUEST_LIMIT, type Answer } from './protocol.ts';

const PEERS_MAX = 16;
/** Of a served machine: each program that somebody is connected with is one. */
const SERVED_PEERS_MAX = 1000;
const IDLE_MS = 60_000;
const WAITING_MAX = 64;
const DRAIN_LOOK_MS = 5;
const OWNER_ONLY = 0o600;
const SERIALS = 100;

/** What follows a stream method's answer. */
export interface StreamOpening {
  readonly result: unknown;
  /** Called when the answer is on its way. */
  begin(frames: FrameSocket): void;
}

export type StreamHandler = (params: Params) => StreamOpening | Promise<StreamOpening>;

/** What a served machine has beyond any other. */
export interface Serving {
  readonly name: string;
  /** By method; they come before those of every machine. */
  readonly methods: ReadonlyMap<string, Handler>;
  readonly streams: ReadonlyMap<string, StreamHandler>;
}

interface MethodTable {
  find(method: string): Handler | undefined;
  findStream(method: string): StreamHandler | undefined;
}

export class ControlServer {
  readonly address: string;
  readonly #server: Server;
  readonly #peers = new Set<Socket>();

  private constructor(address: string, server: Server) {
    this.address = address;
    this.#server = server;
  }

  /** Rejects when the host gives no socket (a machine runs without one as well), and when there is a machine of that name. */
  static async open(machine: Machine, serving?: Serving): Promise<ControlServer> {
    const server = createServer();
    const address = serving === undefined ? await listenNameless(server) : await listenNamed(server, serving.name);
    if (process.platform !== 'win32') chmodSync(address, OWNER_ONLY);
    server.unref();
    // Nothing that goes wrong later is worth ending the machine for.
    server.on('error', () => undefined);
    server.maxConnections = serving === undefined ? PEERS_MAX : SERVED_PEERS_MAX;
    const control = new ControlServer(address, server);
    const common = methodsOf(machine);
    const methods: MethodTable = {
      find: (method) => serving?.methods.get(method) ?? common(method),
      findStream: (method) => serving?.streams.get(method),
    };
    server.on('connection', (socket) => control.#serve(socket, methods));
    process.once('exit', control.close);
    return control;
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

  /** Takes nobody new, gives those who are connected this long to hear what has been sent to them, and closes. */
  async drain(limitMs: number): Promise<void> {
    this.#server.close();
    for (const peer of this.#peers) peer.end();
    for (const end = performance.now() + limitMs; this.#peers.size > 0 && performance.now() < end;)
      await sleep(DRAIN_LOOK_MS);
    this.close();
  }

  #serve(socket: Socket, methods: MethodTable): void {
    this.#peers.add(socket);
    socket.unref();
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    socket.on('close', () => this.#peers.delete(socket));
    socket.on('error', () => socket.destroy());
    const peer = new Peer(socket, methods);
    const lines = new LineSplitter(REQUEST_LIMIT, (line) => peer.take(line));
    socket.on('data', (chunk) => {
      if (!lines.push(chunk as Buffer)) peer.refuse(`a request is longer than ${REQUEST_LIMIT} bytes`);
    });
  }
}

async function listenNameless(server: Server): Promise<string> {
  for (let serial = 0; ; serial++) {
    const address = socketAddress(namelessId(serial));
    try {
      // Nobody else gets in between the making of the socket and its mode: the folder is closed to others.
      await listen(server, address);
      return address;
    } catch (failure) {
      if (serial + 1 >= SERIALS || !isTaken(failure)) throw failure;
    }
  }
}

/** A socket that a killed machine has left is removed. */
async function listenNamed(server: Server, name: string): Promise<string> {
  const address = socketAddress(name);
  try {
    await listen(server, address);
    return address;
  } catch (failure) {
    if (!isTaken(failure)) throw failure;
    if (await answers(address)) throw new UsageError(`a machine named ${name} is running already`, { cause: failure });
  }
  unlinkSync(address);
  await listen(server, address);
  return address;
}

function isTaken(failure: unknown): boolean {
  return (failure as NodeJS.ErrnoException).code === 'EADDRINUSE';
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(address, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'ECONNREFUSED'));
  });
}

function listen(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(address, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** One connection: its requests are answered one after the other. */
class Peer {
  readonly #socket: Socket;
  readonly #methods: MethodTable;
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(socket: Socket, methods: MethodTable) {
    this.#socket = socket;
    this.#methods = methods;
  }

  take(line: string): void {
    if (++this.#waiting > WAITING_MAX) {
      this.refuse('too many requests at once');
      return;
    }
    this.#last = this.#last.then(async () => {
      if (this.#socket.destroyed) return;
      await this.#answer(line);
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

  async #answer(line: string): Promise<void> {
    const request = parseRequest(line);
    if (typeof request === 'string') {
      this.#send({ id: null, error: request });
      return;
    }
    const { id, method, params } = request;
    const stream = this.#methods.findStream(method);
    const handler = this.#methods.find(method);
    try {
      if (stream !== undefined) this.#begin(id, await stream(params));
      else if (handler !== undefined) this.#send({ id, result: await handler(params) });
      else this.#send({ id, error: `there is no method '${method}'` });
    } catch (failure) {
      this.#send({ id, error: failure instanceof Error ? failure.message : String(failure) });
    }
  }

  /** From here on the connection carries frames. */
  #begin(id: number, { result, begin }: StreamOpening): void {
    this.#socket.removeAllListeners('data');
    this.#socket.setTimeout(0);
    this.#send({ id, result });
    begin(new FrameSocket(this.#socket));
  }
}
