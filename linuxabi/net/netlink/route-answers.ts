/** Answers to the questions of the route family: RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE. Nothing can be changed. Source: rtnetlink(7). */
import { bytesFromString, stringFromBytes, untilZero } from '../../../kernel/byte-string.ts';
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
import { attribute, findAttribute, text } from './netlink-message.ts';
import type { NetlinkAnswer, NetlinkDump, NetlinkFamily, NetlinkRequest } from './netlink-message.ts';

const { nlmsghdr } = nl;

export class RouteFamily implements NetlinkFamily {
  readonly #stack: InetStack;

  constructor(stack: InetStack) {
    this.#stack = stack;
  }

  get({ bytes, type }: NetlinkRequest): readonly NetlinkAnswer[] | number {
    const refused = refusal(type);
    if (refused < 0) return refused;
    return type === nl.RTM_GETLINK ? oneLink(this.#stack.interfaces, bytes) : -EOPNOTSUPP;
  }

  dump({ bytes, type }: NetlinkRequest): NetlinkDump | number {
    const refused = refusal(type);
    if (refused < 0) return refused;
    const { interfaces } = this.#stack;
    const family = bytes[nlmsghdr.size] ?? AF_UNSPEC;
    if (type === nl.RTM_GETLINK) return interfaces.map(linkOf);
    if (type === nl.RTM_GETADDR) {
      const addresses = [AF_INET, AF_INET6].filter((each) => family === AF_UNSPEC || family === each);
      return addresses.flatMap((each) => interfaces.flatMap((from) => addressOf(from, each)));
    }
    if (type !== nl.RTM_GETROUTE) return -EOPNOTSUPP;
    return family === AF_UNSPEC || family === AF_INET ? interfaces.flatMap(routesOf) : [];
  }
}

/** −errno of what is no question; 0. */
function refusal(type: number): number {
  if (type > nl.RTM_MAX) return -EOPNOTSUPP;
  // The third of each four asks, the others change.
  return type % 4 === 2 ? 0 : -EPERM;
}

function oneLink(interfaces: readonly NetworkInterface[], bytes: Uint8Array): NetlinkAnswer[] | number {
  if (bytes.length < nlmsghdr.size + nl.ifinfomsg.size) return -EINVAL;
  const index = new DataView(bytes.buffer).getInt32(nlmsghdr.size + nl.ifinfomsg.ifi_index, true);
  const given = index > 0 ? undefined : findAttribute(bytes, nlmsghdr.size + nl.ifinfomsg.size, nl.IFLA_IFNAME);
  const name = given && untilZero(stringFromBytes(given));
  if (index <= 0 && name === undefined) return -EINVAL;
  const found = interfaces.find((each) => (name === undefined ? each.index === index : each.name === name));
  return found === undefined ? -ENODEV : [linkOf(found)];
}

function linkOf({ kind, index, name, hardwareAddress, mtu }: NetworkInterface): NetlinkAnswer {
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

function addressOf(
  { kind, index, name, address4, prefix4, address6 }: NetworkInterface,
  family: number,
): NetlinkAnswer[] {
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
function routesOf({ kind, index, address4, prefix4 }: NetworkInterface): NetlinkAnswer[] {
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
): NetlinkAnswer {
  const header = Uint8Array.of(family, prefix, 0, 0, nl.RT_TABLE_MAIN, protocol, scope, nl.RTN_UNICAST, 0, 0, 0, 0);
  const body = concatenate([
    header,
    attribute(nl.RTA_TABLE, intBytes(nl.RT_TABLE_MAIN)),
    ...addresses.map(([type, address]) => attribute(type, bytesFromString(address))),
    attribute(nl.RTA_OIF, intBytes(index)),
  ]);
  return { type: nl.RTM_NEWROUTE, body };
}
