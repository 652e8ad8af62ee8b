/** A TCP connection of Node's as a HostStream. */
import type { Socket } from 'node:net';
import type { HostFailure, HostStream, HostStreamEvents } from '../../linuxabi/net/host/host-network.ts';

const failures: Readonly<Record<string, HostFailure>> = {
  ECONNREFUSED: 'refused',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timed-out',
  EACCES: 'denied',
  EPERM: 'denied',
};

export class NodeStream implements HostStream {
  readonly #socket: Socket;

  /** `socket` leaves its end open when the other has finished (allowHalfOpen). */
  constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    // An error before anybody listens must not end k42.
    socket.on('error', () => undefined);
  }

  /** From now on these hear what happens. */
  attach(events: HostStreamEvents): void {
    const socket = this.#socket;
    socket.on('connect', () => events.connected());
    socket.on('data', (bytes: Uint8Array) => events.data(bytes));
    socket.on('drain', () => events.drained());
    socket.on('end', () => events.ended());
    socket.on('error', (error: NodeJS.ErrnoException) => events.failed(failures[error.code ?? ''] ?? 'unreachable'));
  }

  get unsentBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes.slice());
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.resetAndDestroy();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Settles when what the program has sent is with the host's kernel; a connection that it left open is cut. */
  async finish(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed || socket.writableFinished) return;
    if (!socket.writableEnded) socket.end();
    await new Promise<void>((resolve) => {
      socket.once('finish', resolve);
      socket.once('close', resolve);
    });
  }
}
