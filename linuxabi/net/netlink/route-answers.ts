/** Answers to the questions of the route family: RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE. Nothing can be changed. Source: rtnetlink(7). */
import { bytesFromString } from '../../../kernel/byte-string.ts';
import { concatenate } from '../../../kernel/concatenate.ts';
import { EINVAL, ENODEV, EOPNOTSUPP, EPERM } from '../../abi/errno.ts';
import * as nl from '../../abi/netlink.ts';
import { hardwareTypes, IFF_LOWER_UP, interfaceFlags, TX_QUEUE_LENGTH } from '../../abi/netdevice.ts';
import { AF_INET, AF_INET6, AF_UNSPEC } from '../../abi/socket.ts';
import { broadcastOf, netmaskOf } from '../inet/address.ts';
import type { IpAddress } from '../inet/address.ts';
import { GATEWAY } from '../inet/inet-stack.ts';
import type { InetStack, NetworkInterface } from '../inet/inet-stack.ts';
import { intBytes } from '../socket-options.ts';

const { nlmsghdr } = nl;

interface Request {
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
}

/** A message's type and what stands behind its header. */
interface Answer {
  readonly type: number;
  readonly body: Uint8Array;
}

/** The datagrams that answer one with requests in it. */
export function answerRouteRequests(stack: InetStack, bytes: Uint8Array, port: number): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  let rest = bytes;
  while (rest.length >= nlmsghdr.size) {
    const view = new DataView(rest.buffer, rest.byteOffset, rest.length);
    const length = view.getUint32(nlmsghdr.nlmsg_len, true);
    if (length < nlmsghdr.size || length > rest.length) break;
    const request: Request = {
      bytes: rest.slice(0, length),
      type: view.getUint16(nlmsghdr.nlmsg_type, true),
      flags: view.getUint16(nlmsghdr.nlmsg_flags, true),
      sequence: view.getUint32(nlmsghdr.nlmsg_seq, true),
    };
    datagrams.push(...answer(stack, request, port));
    rest = rest.subarray((length + 3) & ~3);
  }
  return datagrams;
}

function answer(stack: InetStack, request: Request, port: number): Uint8Array[] {
  const { flags, type } = request;
  if ((flags & nl.NLM_F_REQUEST) === 0 || type < nl.NLMSG_MIN_TYPE)
    return (flags & nl.NLM_F_ACK) !== 0 ? [errorMessage(request, 0, port)] : [];
  const answers = find(stack, request);
  if (typeof answers === 'number') return [errorMessage(request, answers, port)];
  if ((flags & nl.NLM_F_DUMP) !== nl.NLM_F_DUMP) return answers.map((each) => message(request, each, 0, port));
  const whole = concatenate(answers.map((each) => message(request, each, nl.NLM_F_MULTI, port)));
  const done = message(request, { type: nl.NLMSG_DONE, body: intBytes(0) }, nl.NLM_F_MULTI, port);
  return whole.length === 0 ? [done] : [whole, done];
}

function find({ interfaces }: InetStack, { bytes, type, flags }: Request): Answer[] | number {
  if (type > nl.RTM_MAX) return -EOPNOTSUPP;
  // The third of each four asks, the others change.
  if (type % 4 !== 2) return -EPERM;
  const isDump = (flags & nl.NLM_F_DUMP) === nl.NLM_F_DUMP;
  const family = bytes[nlmsghdr.size] ?? AF_UNSPEC;
  if (type === nl.RTM_GETLINK) return isDump ? interfaces.map(linkOf) : oneLink(interfaces, bytes);
  if (!isDump) return -EOPNOTSUPP;
  if (type === nl.RTM_GETADDR) {
    const addresses = [AF_INET, AF_INET6].filter((each) => family === AF_UNSPEC || family === each);
    return addresses.flatMap((each) => interfaces.flatMap((from) => addressOf(from, each)));
  }
  if (type !== nl.RTM_GETROUTE) return -EOPNOTSUPP;
  return family === AF_UNSPEC || family === AF_INET ? interfaces.flatMap(routesOf) : [];
}

function oneLink(interfaces: readonly NetworkInterface[], bytes: Uint8Array): Answer[] | number {
  if (bytes.length < nlmsghdr.size + nl.ifinfomsg.size) return -EINVAL;
  const index = new DataView(bytes.buffer).getInt32(nlmsghdr.size + nl.ifinfomsg.ifi_index, true);
  const name = index > 0 ? undefined : attributeText(bytes, nlmsghdr.size + nl.ifinfomsg.size, nl.IFLA_IFNAME);
  if (index <= 0 && name === undefined) return -EINVAL;
  const found = interfaces.find((each) => (name === undefined ? each.index === index : each.name === name));
  return found === undefined ? -ENODEV : [linkOf(found)];
}

function attributeText(bytes: Uint8Array, start: number, wanted: number): string | undefined {
  const view = new DataView(bytes.buffer);
  for (let at = start; at + 4 <= bytes.length;) {
    const length = view.getUint16(at, true);
    if (length < 4 || at + length > bytes.length) return undefined;
    if (view.getUint16(at + 2, true) === wanted)
      return String.fromCharCode(...bytes.subarray(at + 4, at + length)).replace(/\0.*/s, '');
    at += (length + 3) & ~3;
  }
  return undefined;
}

function linkOf({ kind, index, name, hardwareAddress, mtu }: NetworkInterface): Answer {
  const header = new Uint8Array(nl.ifinfomsg.size);
  const view = new DataView(header.buffer);
  view.setUint16(nl.ifinfomsg.ifi_type, hardwareTypes[kind], true);
  view.setInt32(nl.ifinfomsg.ifi_index, index, true);
  view.setUint32(nl.ifinfomsg.ifi_flags, interfaceFlags[kind] | IFF_LOWER_UP, true);
  const isLoopback = kind === 'loopback';
  const body = concatenate([
    header,
    attribute(nl.IFLA_IFNAME, text(name)),
    attribute(nl.IFLA_TXQLEN, intBytes(TX_QUEUE_LENGTH)),
    attribute(nl.IFLA_OPERSTATE, Uint8Array.of(isLoopback ? nl.IF_OPER_UNKNOWN : nl.IF_OPER_UP)),
    attribute(nl.IFLA_MTU, intBytes(mtu)),
    attribute(nl.IFLA_QDISC, text('noqueue')),
    attribute(nl.IFLA_ADDRESS, Uint8Array.from(hardwareAddress)),
    attribute(nl.IFLA_BROADCAST, new Uint8Array(6).fill(isLoopback ? 0 : 0xff)),
  ]);
  return { type: nl.RTM_NEWLINK, body };
}

function addressOf({ kind, index, name, address4, prefix4, address6 }: NetworkInterface, family: number): Answer[] {
  const address = family === AF_INET ? address4 : address6;
  if (address === undefined) return [];
  const isLoopback = kind === 'loopback';
  const scope = isLoopback ? nl.RT_SCOPE_HOST : nl.RT_SCOPE_UNIVERSE;
  const prefix = family === AF_INET ? prefix4 : 128;
  const parts = [
    Uint8Array.of(family, prefix, nl.IFA_F_PERMANENT, scope, index, 0, 0, 0),
    attribute(nl.IFA_ADDRESS, bytesFromString(address)),
  ];
  if (family === AF_INET) {
    parts.push(attribute(nl.IFA_LOCAL, bytesFromString(address)));
    if (!isLoopback) parts.push(attribute(nl.IFA_BROADCAST, bytesFromString(broadcastOf(address, prefix))));
    parts.push(attribute(nl.IFA_LABEL, text(name)));
  }
  // For ever.
  parts.push(attribute(nl.IFA_FLAGS, intBytes(nl.IFA_F_PERMANENT)));
  parts.push(attribute(nl.IFA_CACHEINFO, intBytes(-1, -1, 0, 0)));
  return [{ type: nl.RTM_NEWADDR, body: concatenate(parts) }];
}

/** Of the main table: the network of an interface, and through it everything else. */
function routesOf({ kind, index, address4, prefix4 }: NetworkInterface): Answer[] {
  if (kind === 'loopback') return [];
  const mask = netmaskOf(prefix4);
  const network = String.fromCharCode(...[0, 1, 2, 3].map((i) => address4.charCodeAt(i) & mask.charCodeAt(i)));
  return [
    routeOf([AF_INET, 0, nl.RTPROT_BOOT, nl.RT_SCOPE_UNIVERSE], index, [[nl.RTA_GATEWAY, GATEWAY]]),
    routeOf([AF_INET, prefix4, nl.RTPROT_KERNEL, nl.RT_SCOPE_LINK], index, [
      [nl.RTA_DST, network],
      [nl.RTA_PREFSRC, address4],
    ]),
  ];
}

function routeOf(
  [family, prefix, protocol, scope]: readonly [number, number, number, number],
  index: number,
  addresses: readonly (readonly [type: number, address: IpAddress])[],
): Answer {
  const header = Uint8Array.of(family, prefix, 0, 0, nl.RT_TABLE_MAIN, protocol, scope, nl.RTN_UNICAST, 0, 0, 0, 0);
  const body = concatenate([
    header,
    attribute(nl.RTA_TABLE, intBytes(nl.RT_TABLE_MAIN)),
    ...addresses.map(([type, address]) => attribute(type, bytesFromString(address))),
    attribute(nl.RTA_OIF, intBytes(index)),
  ]);
  return { type: nl.RTM_NEWROUTE, body };
}

function errorMessage(request: Request, error: number, port: number): Uint8Array {
  // A success carries the request's header only.
  const quoted = error === 0 ? request.bytes.subarray(0, nlmsghdr.size) : request.bytes;
  return message(request, { type: nl.NLMSG_ERROR, body: concatenate([intBytes(error), quoted]) }, 0, port);
}

function message({ sequence }: Request, { type, body }: Answer, flags: number, port: number): Uint8Array {
  const length = nlmsghdr.size + body.length;
  const bytes = new Uint8Array((length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint32(nlmsghdr.nlmsg_len, length, true);
  view.setUint16(nlmsghdr.nlmsg_type, type, true);
  view.setUint16(nlmsghdr.nlmsg_flags, flags, true);
  view.setUint32(nlmsghdr.nlmsg_seq, sequence, true);
  view.setUint32(nlmsghdr.nlmsg_pid, port, true);
  bytes.set(body, nlmsghdr.size);
  return bytes;
}

/** struct rtattr and its value, padded. */
function attribute(type: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array((4 + value.length + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 4 + value.length, true);
  view.setUint16(2, type, true);
  bytes.set(value, 4);
  return bytes;
}

function text(value: string): Uint8Array {
  return bytesFromString(`${value}\0`);
}
