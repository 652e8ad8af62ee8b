/** The internet protocols of one machine: its addresses, who has which port, where a packet for an address goes. */
import { EACCES, ENETUNREACH } from '../../abi/errno.ts';
import type { HostNetwork } from '../host/host-network.ts';
import {
  ANY4,
  ANY6,
  BROADCAST4,
  isAny,
  isIpv4,
  isLoopback,
  isMulticast,
  LOOPBACK4,
  LOOPBACK6,
  parseIp,
} from './address.ts';
import type { Endpoint, IpAddress } from './address.ts';
import type { InetBinding } from './inet-binding.ts';
import { PortTable } from './port-table.ts';
import type { PortHolder } from './port-table.ts';
import type { TcpListener } from './tcp-listener.ts';

export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
  readonly address4: IpAddress;
  readonly prefix4: number;
  readonly address6: IpAddress | undefined;
  readonly hardwareAddress: readonly number[];
  readonly mtu: number;
  readonly kind: 'loopback' | 'ethernet';
}

const LOOPBACK_INTERFACE: NetworkInterface = {
  index: 1,
  name: 'lo',
  address4: LOOPBACK4,
  prefix4: 8,
  address6: LOOPBACK6,
  hardwareAddress: [0, 0, 0, 0, 0, 0],
  mtu: 65_536,
  kind: 'loopback',
};

/** The machine's side of the host's network, as in other machines behind a user-mode network. */
const HOST_INTERFACE: NetworkInterface = {
  index: 2,
  name: 'eth0',
  address4: parseIp('10.0.2.15')!,
  prefix4: 24,
  address6: undefined,
  hardwareAddress: [0x52, 0x54, 0, 0x12, 0x34, 0x56],
  mtu: 1500,
  kind: 'ethernet',
};
export const GATEWAY = parseIp('10.0.2.2')!;
/** Answers names. */
export const NAME_SERVER = parseIp('10.0.2.3')!;

/** How long a port stays taken after its side closed a connection first, and when nobody chose the port. */
const TIME_WAIT_NS = 60e9;
const EPHEMERAL_TIME_WAIT_NS = 1e9;

/** A connection that is over, and whose port still is not free. */
export interface TimeWait extends PortHolder {
  readonly remote: Endpoint;
}

export interface StackServices {
  nowNs(): number;
  at(deadlineNs: number, callback: () => void): () => void;
}

export class InetStack {
  readonly interfaces: readonly NetworkInterface[];
  readonly host: HostNetwork | undefined;
  readonly tcpPorts = new PortTable();
  readonly udpPorts = new PortTable();
  readonly udpLitePorts = new PortTable();
  readonly timeWaits = new Set<TimeWait>();
  readonly #listeners = new Map<number, Set<TcpListener>>();
  readonly #services: StackServices;

  constructor(services: StackServices, host: HostNetwork | undefined) {
    this.#services = services;
    this.host = host;
    this.interfaces = host === undefined ? [LOOPBACK_INTERFACE] : [LOOPBACK_INTERFACE, HOST_INTERFACE];
  }

  isLocal(address: IpAddress): boolean {
    return (
      isLoopback(address) ||
      this.interfaces.some(({ address4, address6 }) => address === address4 || address === address6)
    );
  }

  /** Where packets for an address go; −ENETUNREACH when there is no way. */
  route(address: IpAddress): 'local' | 'host' | number {
    if (this.isLocal(address) || isAny(address)) return 'local';
    if (this.host === undefined || isMulticast(address) || !isIpv4(address)) return -ENETUNREACH;
    return address === BROADCAST4 ? -EACCES : 'host';
  }

  /** The address that packets to `address` carry as theirs. */
  sourceFor(address: IpAddress): IpAddress {
    if (isLoopback(address) || isAny(address)) return isIpv4(address) ? LOOPBACK4 : LOOPBACK6;
    return this.isLocal(address) ? address : (this.interfaces[1]?.address4 ?? LOOPBACK4);
  }

  /** Number of the interface that has the address. */
  interfaceOf(address: IpAddress): number {
    return this.interfaces.find(({ address4, address6 }) => address === address4 || address === address6)?.index ?? 1;
  }

  /** Any address as a destination is the machine itself. */
  destination(address: IpAddress): IpAddress {
    return address === ANY4 ? LOOPBACK4 : address === ANY6 ? LOOPBACK6 : address;
  }

  // --- listeners ---------------------------------------------------------------------------------------------------------------------
  listen(listener: TcpListener): void {
    const { port } = listener.binding.local;
    const others = this.#listeners.get(port);
    if (others === undefined) this.#listeners.set(port, new Set([listener]));
    else others.add(listener);
  }

  unlisten(listener: TcpListener): void {
    const { port } = listener.binding.local;
    const all = this.#listeners.get(port);
    if (all?.delete(listener) === true && all.size === 0) this.#listeners.delete(port);
  }

  /** Who listens for connections to this endpoint: the address itself before any address. */
  listenerAt({ address, port }: Endpoint): TcpListener | undefined {
    let best: TcpListener | undefined;
    let bestScore = 0;
    for (const listener of this.#listeners.get(port) ?? []) {
      const score = receivesFor(listener.binding, address);
      if (score > bestScore) [best, bestScore] = [listener, score];
    }
    return best;
  }

  // --- what is left of connections -------------------------------------------------------------------------------------------------------
  startTimeWait(binding: InetBinding): void {
    const { local, remote, reusesAddress, reusesPort, isV6Only, userId } = binding;
    const waiting: TimeWait = {
      local,
      remote: remote!,
      reusesAddress,
      reusesPort,
      isV6Only,
      userId,
      isListening: false,
    };
    this.tcpPorts.add(waiting);
    this.timeWaits.add(waiting);
    const lasts = binding.chosePort ? TIME_WAIT_NS : EPHEMERAL_TIME_WAIT_NS;
    this.#services.at(this.#services.nowNs() + lasts, () => {
      this.tcpPorts.remove(waiting);
      this.timeWaits.delete(waiting);
    });
  }
}

/** 0: not at all; the more the better. Source: net/ipv4/inet_hashtables.c, compute_score. */
export function receivesFor({ local, isV6Only }: PortHolder, address: IpAddress): number {
  if (local.address === address) return 3;
  if (local.address === ANY4 && isIpv4(address)) return 2;
  if (local.address === ANY6) return isIpv4(address) ? (isV6Only ? 0 : 1) : 2;
  return 0;
}
