/** A connection of a guest socket with the host's network: a TcpPeer on one side, the host's stream and its events on the other. */
import { ByteQueue } from '../../../kernel/byte-queue.ts';
import { EACCES, ECONNREFUSED, ECONNRESET, EHOSTUNREACH, ETIMEDOUT } from '../../abi/errno.ts';
import { TcpConnection } from '../inet/tcp-connection.ts';
import type { TcpPeer } from '../inet/tcp-peer.ts';
import type { Socket } from '../socket.ts';
import type { HostFailure, HostNetwork, HostStream, HostStreamEvents } from './host-network.ts';

/** Bytes that may wait for the host's kernel. */
const UNSENT_LIMIT = 256 * 1024;

export interface HostConnectEvents {
  connected(connection: TcpConnection): void;
  failed(error: number): void;
}

const errnoOf: Readonly<Record<HostFailure, number>> = {
  refused: ECONNREFUSED,
  unreachable: EHOSTUNREACH,
  'timed-out': ETIMEDOUT,
  reset: ECONNRESET,
  denied: EACCES,
};

export class HostEnd implements TcpPeer, HostStreamEvents {
  readonly #socket: Socket;
  readonly #connecting: HostConnectEvents | undefined;
  #stream: HostStream | undefined;
  #connection: TcpConnection | undefined;
  /** Arrived, and no room in the guest's buffer yet. */
  readonly #waiting = new ByteQueue();
  #isPaused = false;
  #hasEnded = false;

  constructor(socket: Socket, connecting: HostConnectEvents | undefined) {
    this.#socket = socket;
    this.#connecting = connecting;
  }

  connect(host: HostNetwork, address: string, port: number): void {
    this.#stream = host.connect(address, port, this);
  }

  /** Takes over a connection that came from the host. */
  adopt(stream: HostStream): TcpConnection {
    this.#stream = stream;
    this.#connection = new TcpConnection(this.#socket, this);
    return this.#connection;
  }

  // --- events of the host ------------------------------------------------------------------------------------------------------------------
  connected(): void {
    if (this.#socket.closed) {
      this.#stream!.destroy();
      return;
    }
    this.#connection = new TcpConnection(this.#socket, this);
    this.#connecting?.connected(this.#connection);
  }

  data(bytes: Uint8Array): void {
    this.#waiting.push(bytes);
    this.#passOn();
  }

  drained(): void {
    this.#connection?.roomMade();
  }

  ended(): void {
    this.#hasEnded = true;
    this.#passOn();
  }

  failed(failure: HostFailure): void {
    if (this.#connection === undefined) this.#connecting?.failed(errnoOf[failure]);
    else this.#connection.reset();
  }

  /** What fits goes to the guest; the host waits with the rest. */
  #passOn(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    while (this.#waiting.length > 0 && connection.room() > 0) {
      const piece = new Uint8Array(Math.min(this.#waiting.length, connection.room()));
      this.#waiting.take(piece);
      connection.deliver(piece, 'normal');
    }
    const isFull = this.#waiting.length > 0;
    if (isFull && !this.#isPaused) this.#stream!.pause();
    if (!isFull && this.#isPaused) this.#stream!.resume();
    this.#isPaused = isFull;
    if (!isFull && this.#hasEnded) connection.finish();
  }

  // --- TcpPeer -------------------------------------------------------------------------------------------------------------------------------
  room(): number {
    return Math.max(0, UNSENT_LIMIT - this.#stream!.unsentBytes);
  }

  deliver(bytes: Uint8Array): number {
    const part = bytes.subarray(0, this.room());
    if (part.length > 0) this.#stream!.write(part);
    return part.length;
  }

  pendingBytes(): number {
    return this.#stream!.unsentBytes;
  }

  finish(): void {
    this.#stream!.end();
  }

  reset(): void {
    this.#stream!.destroy();
  }

  roomMade(): void {
    this.#passOn();
  }
}
