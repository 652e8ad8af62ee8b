/** A listening TCP socket: connections that wait for accept, and connectors that wait for room among them. Source: listen(2). */
import { EAGAIN } from '../../abi/errno.ts';
import type { Socket } from '../socket.ts';
import type { InetBinding } from './inet-binding.ts';

/** One who wants to connect and finds the backlog full. */
export interface Connector {
  /** There is room, or nobody listens any more: try again. */
  retry(): void;
}

export class TcpListener {
  readonly socket: Socket;
  readonly binding: InetBinding;
  backlog: number;
  readonly #accepted: Socket[] = [];
  readonly #connectors = new Set<Connector>();

  constructor(binding: InetBinding, backlog: number) {
    this.socket = binding.socket;
    this.binding = binding;
    this.backlog = backlog;
  }

  get hasRoom(): boolean {
    return this.#accepted.length <= this.backlog;
  }

  get hasConnections(): boolean {
    return this.#accepted.length > 0;
  }

  get length(): number {
    return this.#accepted.length;
  }

  add(connection: Socket): void {
    this.#accepted.push(connection);
    this.socket.wakeReaders();
  }

  waitForRoom(connector: Connector): void {
    this.#connectors.add(connector);
  }

  forget(connector: Connector): void {
    this.#connectors.delete(connector);
  }

  accept(): Socket | number {
    const connection = this.#accepted.shift();
    if (connection === undefined) return -EAGAIN;
    this.#wakeConnectors();
    return connection;
  }

  /** Nobody will accept any more: connections that wait are reset. */
  close(): void {
    for (const connection of this.#accepted.splice(0)) {
      connection.options.lingerSeconds = 0;
      connection.release();
    }
    this.#wakeConnectors();
  }

  #wakeConnectors(): void {
    const waiting = [...this.#connectors];
    this.#connectors.clear();
    for (const connector of waiting) connector.retry();
  }
}
