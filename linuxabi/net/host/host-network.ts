/**
 * What the machine's network needs from the host, if it may reach it at all. Everything is asynchronous: calls return at once, and
 * what happens is told through callbacks between the turns of the machine. Implemented in cli/net/.
 */

/** A connection from here to the host's network, or one that came from there. */
export interface HostStream {
  /** Takes a copy of the bytes. */
  write(bytes: Uint8Array): void;
  /** Bytes written that the host's kernel has not yet taken. */
  readonly unsentBytes: number;
  end(): void;
  /** Ends it at once, without the rest of what was written. */
  destroy(): void;
  /** No more `data` until `resume`. */
  pause(): void;
  resume(): void;
}

export type HostFailure = 'refused' | 'unreachable' | 'timed-out' | 'reset' | 'denied';

export interface HostStreamEvents {
  connected(): void;
  /** The bytes stay what they are. */
  data(bytes: Uint8Array): void;
  /** `unsentBytes` has become small. */
  drained(): void;
  ended(): void;
  failed(failure: HostFailure): void;
}

export interface HostDatagrams {
  send(bytes: Uint8Array, address: string, port: number): void;
  close(): void;
}

export interface HostDatagramEvents {
  received(bytes: Uint8Array, address: string, port: number): void;
  /** The other side said that nobody listens there. */
  refused(): void;
}

export type AddressFamily = 4 | 6;

export interface HostNetwork {
  /** Whether programs may reach this address and port. */
  allows(address: string, port: number): boolean;
  connect(address: string, port: number, events: HostStreamEvents): HostStream;
  openDatagrams(family: AddressFamily, events: HostDatagramEvents): HostDatagrams;
  /** Addresses of a name; undefined when the name does not exist or may not be asked for. */
  resolve(name: string, family: AddressFamily, answer: (addresses: readonly string[] | undefined) => void): void;
}
