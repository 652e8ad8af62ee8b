/** The name side of an internet socket: its local and remote endpoints, its port, its options. TCP and UDP sockets have one each. */
import { EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EINVAL, ENOTCONN } from '../../abi/errno.ts';
import { IP_FREEBIND, IPPROTO_IP, IPPROTO_IPV6, IPV6_V6ONLY } from '../../abi/inet.ts';
import { AF_INET, AF_UNSPEC, SO_REUSEADDR, SO_REUSEPORT } from '../../abi/socket.ts';
import { isPrivileged } from '../../process/credentials.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Socket } from '../socket.ts';
import { anyOf, endpointOf, isAny, isIpv4, sockaddrOf } from './address.ts';
import type { Endpoint } from './address.ts';
import { InetOptions } from './inet-options.ts';
import type { PortHolder, PortRange, PortTable } from './port-table.ts';

export class InetBinding implements PortHolder {
  readonly socket: Socket;
  readonly options: InetOptions;
  /** Port 0: not bound yet. */
  local: Endpoint;
  remote: Endpoint | undefined;
  isListening = false;
  /** The program chose the address or the port itself. */
  choseAddress = false;
  chosePort = false;
  /** What getsockname tells while there is no port. */
  #toldPort = 0;
  readonly #ports: PortTable;

  constructor(socket: Socket, ports: PortTable, options = new InetOptions(socket.network.services)) {
    this.socket = socket;
    this.#ports = ports;
    this.options = options;
    this.local = { address: anyOf(socket.kind.family), port: 0 };
  }

  get reusesAddress(): boolean {
    return this.socket.options.has(SO_REUSEADDR);
  }

  get reusesPort(): boolean {
    return this.socket.options.has(SO_REUSEPORT);
  }

  get isV6Only(): boolean {
    return this.options.value(IPPROTO_IPV6, IPV6_V6ONLY) !== 0;
  }

  get userId(): number {
    return this.socket.owner.fsuid;
  }

  get isBound(): boolean {
    return this.local.port !== 0;
  }

  /** Source: net/ipv4/af_inet.c, __inet_bind. */
  bind(thread: LinuxThread, bytes: Uint8Array): number {
    const { family } = this.socket.kind;
    const endpoint = endpointOf(bytes, family);
    if (typeof endpoint === 'number') return endpoint;
    const given = bytes[0]! | (bytes[1]! << 8);
    if (family === AF_INET && given === AF_UNSPEC && !isAny(endpoint.address)) return -EAFNOSUPPORT;
    if (family !== AF_INET && given === AF_INET) return -EAFNOSUPPORT;
    if (family !== AF_INET && isIpv4(endpoint.address) && this.isV6Only) return -EINVAL;
    const { inet } = this.socket.network;
    const free = this.options.value(IPPROTO_IP, IP_FREEBIND) !== 0;
    if (!free && !isAny(endpoint.address) && !inet.isLocal(endpoint.address)) return -EADDRNOTAVAIL;
    const { port } = endpoint;
    if (port > 0 && port < this.#tunable('ip_unprivileged_port_start') && !isPrivileged(thread.process.credentials))
      return -EACCES;
    if (this.isBound || this.remote !== undefined) return -EINVAL;
    const taken = this.#take(endpoint);
    if (taken < 0) return taken;
    this.choseAddress = !isAny(endpoint.address);
    this.chosePort = port !== 0;
    // Source: net/ipv6/af_inet6.c, __inet6_bind.
    if (this.choseAddress && !isIpv4(endpoint.address))
      this.options.set(IPPROTO_IPV6, IPV6_V6ONLY, Uint8Array.of(1, 0, 0, 0));
    return 0;
  }

  /** A port of the system's choice, when there is none yet. */
  autobind(): number {
    return this.isBound ? 0 : this.#take({ address: this.local.address, port: 0 });
  }

  #tunable(name: string, index?: number): number {
    return this.socket.network.services.setting(`net/ipv4/${name}`, index);
  }

  #portRange(): PortRange {
    return { first: this.#tunable('ip_local_port_range'), last: this.#tunable('ip_local_port_range', 1) };
  }

  #take(endpoint: Endpoint): number {
    const before = this.local;
    const isFree = (port: number): boolean => {
      this.local = { address: endpoint.address, port };
      return !this.#ports.conflicts(this);
    };
    const port = endpoint.port === 0 ? this.#ports.ephemeral(this.#portRange(), isFree) : endpoint.port;
    if (port === undefined || !isFree(port)) {
      this.local = before;
      return -EADDRINUSE;
    }
    this.#ports.add(this);
    return 0;
  }

  /** As an end of an accepted connection: shares its listener's port. */
  join(local: Endpoint, remote: Endpoint): void {
    this.local = local;
    this.remote = remote;
    this.#ports.add(this);
  }

  /** The address that packets to the remote end leave from, once that is known. */
  settleAddress(local: Endpoint['address']): void {
    if (isAny(this.local.address)) this.local = { address: local, port: this.local.port };
  }

  release(): void {
    if (this.isBound) this.#ports.remove(this);
    this.local = { address: anyOf(this.socket.kind.family), port: 0 };
  }

  /** connect(2) to AF_UNSPEC: the remote end goes, and the address that was chosen for its sake. The port stays. */
  disconnect(): void {
    this.remote = undefined;
    if (!this.choseAddress) this.local = { address: anyOf(this.socket.kind.family), port: this.local.port };
  }

  /**
   * Gives up a port that the program did not choose; an address that it chose stays. TCP goes on telling the port (Linux's inet_put_port
   * leaves inet_sport).
   */
  releasePort(afterwards: 'told' | 'forgotten'): void {
    if (this.chosePort) return;
    const { address, port } = this.local;
    this.release();
    this.local = { address, port: 0 };
    this.#toldPort = afterwards === 'told' ? port : 0;
  }

  localName(): Uint8Array {
    const { address, port } = this.local;
    return sockaddrOf({ address, port: this.isBound ? port : this.#toldPort }, this.socket.kind.family);
  }

  peerName(): Uint8Array | number {
    return this.remote === undefined ? -ENOTCONN : sockaddrOf(this.remote, this.socket.kind.family);
  }
}
