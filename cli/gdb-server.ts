/** `-g PORT`: where GDB connects to the program of a session. One client; the program waits for it before its first instruction. */
import { rmSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { RemoteStub } from '../linuxabi/debug/remote/remote-stub.ts';
import type { LinuxThread } from '../linuxabi/process/thread.ts';
import { UsageError } from './options.ts';

/** Nobody else on the network may command the program. */
const LOOPBACK = '127.0.0.1';
const MAX_PORT = 65_535;
/** For the last answer to leave. */
const CLOSE_MS = 1000;

export class GdbServer {
  readonly #server: Server;
  readonly #stub = new RemoteStub((bytes) => void this.#client?.write(bytes, 'latin1'));
  #client: Socket | undefined;
  #isAttached = false;
  readonly #socketPath: string | undefined;

  private constructor(server: Server, socketPath: string | undefined) {
    this.#server = server;
    this.#socketPath = socketPath;
    server.on('connection', (socket) => this.#connect(socket));
  }

  /** `place`: a port, 0 for any, or the path of a socket. `note` says where to connect. */
  static async open(place: string, note: (text: string) => void): Promise<GdbServer> {
    const isPath = place.includes('/');
    if (!isPath && !(/^\d+$/.test(place) && Number(place) <= MAX_PORT)) {
      throw new UsageError(`-g takes a port or the path of a socket, not '${place}'`);
    }
    const server = createServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).once('listening', resolve);
      if (isPath) server.listen(place);
      else server.listen(Number(place), LOOPBACK);
    });
    const address = server.address() as AddressInfo | string;
    const where = typeof address === 'string' ? address : `localhost:${address.port}`;
    note(`waiting for gdb: target remote ${where}`);
    return new GdbServer(server, isPath ? place : undefined);
  }

  /** The program is loaded. */
  attach(thread: LinuxThread): void {
    this.#stub.attach(thread);
    this.#isAttached = true;
    this.#client?.resume();
  }

  /** A second client is turned away. */
  #connect(socket: Socket): void {
    if (this.#client !== undefined) {
      socket.destroy();
      return;
    }
    this.#client = socket;
    socket.setNoDelay(true);
    // Before there is a program, what the client says waits in the socket.
    if (!this.#isAttached) socket.pause();
    socket.on('data', (bytes) => this.#stub.receive(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (this.#isAttached) this.#stub.disconnected();
    });
    this.#server.close();
  }

  async close(): Promise<void> {
    this.#server.close();
    const client = this.#client;
    if (client !== undefined && !client.destroyed) {
      await new Promise<void>((resolve) => {
        client.end(resolve);
        setTimeout(resolve, CLOSE_MS).unref();
      });
      client.destroy();
    }
    if (this.#socketPath !== undefined) rmSync(this.#socketPath, { force: true });
  }
}
