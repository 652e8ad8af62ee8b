/** Which combinations of family, type and protocol there are. Source: net/socket.c, __sock_create; unix_create, inet_create. */
import { EACCES, EAFNOSUPPORT, EINVAL, EPERM, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../abi/errno.ts';
import { IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE } from '../abi/inet.ts';
import {
  AF_INET,
  AF_INET6,
  AF_MAX,
  AF_NETLINK,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_MAX,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
} from '../abi/socket.ts';
import { isPrivileged } from '../process/credentials.ts';
import type { LinuxThread } from '../process/thread.ts';
import { NETLINK_PROTOCOLS } from './netlink/netlink-protocols.ts';
import type { SocketKind } from './socket.ts';

/** The kind of socket that is asked for, or −errno. */
export function resolveKind(thread: LinuxThread, family: number, type: number, protocol: number): SocketKind | number {
  if (family < 0 || family >= AF_MAX) return -EAFNOSUPPORT;
  if (type >= SOCK_MAX) return -EINVAL;
  if (family === AF_UNIX) return unixKind(type, protocol);
  if (family === AF_INET || family === AF_INET6) return inetKind(thread, family, type, protocol);
  return family === AF_NETLINK ? netlinkKind(type, protocol) : -EAFNOSUPPORT;
}

/** Source: net/netlink/af_netlink.c, netlink_create. */
function netlinkKind(type: number, protocol: number): SocketKind | number {
  if (type !== SOCK_RAW && type !== SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  return NETLINK_PROTOCOLS.includes(protocol) ? { family: AF_NETLINK, type, protocol } : -EPROTONOSUPPORT;
}

/** Source: net/ipv4/af_inet.c, inet_create. */
function inetKind(thread: LinuxThread, family: number, type: number, protocol: number): SocketKind | number {
  const own = type === SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP;
  if (protocol < 0 || protocol > 262) return -EINVAL;
  if (type === SOCK_RAW) return isPrivileged(thread.process.credentials) ? -EPROTONOSUPPORT : -EPERM;
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  // Pings without privilege are for groups that are named; none is. Source: /proc/sys/net/ipv4/ping_group_range.
  if (type === SOCK_DGRAM && (protocol === IPPROTO_ICMP || protocol === IPPROTO_ICMPV6)) return -EACCES;
  if (type === SOCK_DGRAM && protocol === IPPROTO_UDPLITE) return { family, type, protocol };
  return protocol === 0 || protocol === own ? { family, type, protocol: own } : -EPROTONOSUPPORT;
}

function unixKind(type: number, protocol: number): SocketKind | number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  // A raw Unix socket is a datagram socket, for reasons lost in BSD.
  if (type === SOCK_RAW) return { family: AF_UNIX, type: SOCK_DGRAM, protocol: 0 };
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM && type !== SOCK_SEQPACKET) return -ESOCKTNOSUPPORT;
  return { family: AF_UNIX, type, protocol: 0 };
}
