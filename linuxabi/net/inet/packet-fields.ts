/**
 * What an IP packet says beside addresses: how far it may travel and its traffic class. A sender's come from its socket or from control messages;
 * a receiver hears of them in control messages when it has asked to. Source: ip(7), ipv6(7); net/ipv4/ip_sockglue.c, net/ipv6/datagram.c.
 */
import { EINVAL } from '../../abi/errno.ts';
import * as inet from '../../abi/inet.ts';
import { AF_INET6 } from '../../abi/socket.ts';
import type { GivenControl } from '../guest-message.ts';
import type { ControlMessage } from '../message.ts';
import { isIpv4, mappedBytes } from './address.ts';
import type { IpAddress } from './address.ts';
import type { InetBinding } from './inet-binding.ts';

const { IPPROTO_IP, IPPROTO_IPV6 } = inet;
const DEFAULT_HOPS = 64;
const INT_SIZE = 4;
/** sizeof(struct in_pktinfo), sizeof(struct in6_pktinfo) */
const PKTINFO_SIZE = 12;
const PKTINFO6_SIZE = 20;

export interface PacketFields {
  readonly hops: number;
  readonly trafficClass: number;
}

/** A control message that sets a field: its sizes, its bounds, and what −1 stands for. */
interface FieldRule {
  readonly field: keyof PacketFields;
  readonly sizes: readonly number[];
  readonly least: number;
  readonly unset?: number;
}

const rules: Readonly<Record<number, Readonly<Record<number, FieldRule>>>> = {
  [IPPROTO_IP]: {
    [inet.IP_TTL]: { field: 'hops', sizes: [INT_SIZE], least: 1 },
    [inet.IP_TOS]: { field: 'trafficClass', sizes: [INT_SIZE, 1], least: 0 },
  },
  [IPPROTO_IPV6]: {
    [inet.IPV6_HOPLIMIT]: { field: 'hops', sizes: [INT_SIZE], least: -1, unset: DEFAULT_HOPS },
    [inet.IPV6_TCLASS]: { field: 'trafficClass', sizes: [INT_SIZE], least: -1, unset: 0 },
  },
};
const LEAST_INFO = {
  [IPPROTO_IP]: [inet.IP_PKTINFO, PKTINFO_SIZE],
  [IPPROTO_IPV6]: [inet.IPV6_PKTINFO, PKTINFO6_SIZE],
};

/** Those of a packet to this address, or −errno for a control message that makes no sense. */
export function sentFields(
  binding: InetBinding,
  to: IpAddress,
  control: readonly GivenControl[],
): PacketFields | number {
  const fields = { ...socketFields(binding, to) };
  const level = isIpv4(to) ? IPPROTO_IP : IPPROTO_IPV6;
  for (const given of control) {
    if (given.level !== level) continue;
    const [info, infoSize] = LEAST_INFO[level]!;
    if (given.type === info && given.data.byteLength >= infoSize!) continue;
    const rule = rules[level]![given.type];
    if (rule === undefined || !rule.sizes.includes(given.data.byteLength)) return -EINVAL;
    const value = given.data.byteLength === 1 ? given.data.getUint8(0) : given.data.getInt32(0, true);
    if (value < rule.least || value > 255) return -EINVAL;
    fields[rule.field] = value === -1 ? rule.unset! : value;
  }
  return fields;
}

function socketFields({ options }: InetBinding, to: IpAddress): PacketFields {
  if (isIpv4(to))
    return { hops: options.value(IPPROTO_IP, inet.IP_TTL), trafficClass: options.value(IPPROTO_IP, inet.IP_TOS) };
  const hops = options.value(IPPROTO_IPV6, inet.IPV6_UNICAST_HOPS);
  return {
    hops: hops === -1 ? DEFAULT_HOPS : hops,
    trafficClass: Math.max(0, options.value(IPPROTO_IPV6, inet.IPV6_TCLASS)),
  };
}

/** What the socket has asked to hear of a packet that came to an address of this interface. */
export function receivedControl(
  { options, socket }: InetBinding,
  to: IpAddress,
  interfaceIndex: number,
  fields: PacketFields,
): ControlMessage[] {
  const found: ControlMessage[] = [];
  const tell = (level: number, asked: number, type: number, bytes: () => Uint8Array): void => {
    if (options.value(level, asked) !== 0) found.push({ level, type, bytes: bytes() });
  };
  if (socket.kind.family === AF_INET6)
    tell(IPPROTO_IPV6, inet.IPV6_RECVPKTINFO, inet.IPV6_PKTINFO, () => packetInfo6(to, interfaceIndex));
  if (isIpv4(to)) {
    tell(IPPROTO_IP, inet.IP_PKTINFO, inet.IP_PKTINFO, () => packetInfo(to, interfaceIndex));
    tell(IPPROTO_IP, inet.IP_RECVTTL, inet.IP_TTL, () => int(fields.hops));
    tell(IPPROTO_IP, inet.IP_RECVTOS, inet.IP_TOS, () => Uint8Array.of(fields.trafficClass));
  } else {
    tell(IPPROTO_IPV6, inet.IPV6_RECVHOPLIMIT, inet.IPV6_HOPLIMIT, () => int(fields.hops));
    tell(IPPROTO_IPV6, inet.IPV6_RECVTCLASS, inet.IPV6_TCLASS, () => int(fields.trafficClass));
  }
  return found;
}

function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** struct in_pktinfo: interface, and the address it came to, twice. */
function packetInfo(to: IpAddress, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(PKTINFO_SIZE);
  new DataView(bytes.buffer).setInt32(0, interfaceIndex, true);
  for (let i = 0; i < 4; i++) bytes[4 + i] = bytes[8 + i] = to.charCodeAt(i);
  return bytes;
}

/** struct in6_pktinfo: the address it came to, and the interface. */
function packetInfo6(to: IpAddress, interfaceIndex: number): Uint8Array {
  const bytes = new Uint8Array(PKTINFO6_SIZE);
  bytes.set(mappedBytes(to, AF_INET6));
  new DataView(bytes.buffer).setInt32(16, interfaceIndex, true);
  return bytes;
}
