/** Which combinations of family, type and protocol there are. Source: net/socket.c, __sock_create; unix_create, inet_create. */
import { EAFNOSUPPORT, EINVAL, EPROTONOSUPPORT, ESOCKTNOSUPPORT } from '../abi/errno.ts';
import { AF_MAX, AF_UNIX, SOCK_DGRAM, SOCK_MAX, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM } from '../abi/socket.ts';
import type { LinuxThread } from '../process/thread.ts';
import type { SocketKind } from './socket.ts';

/** The kind of socket that is asked for, or −errno. */
export function resolveKind(_thread: LinuxThread, family: number, type: number, protocol: number): SocketKind | number {
  if (family < 0 || family >= AF_MAX) return -EAFNOSUPPORT;
  if (type >= SOCK_MAX) return -EINVAL;
  if (family === AF_UNIX) return unixKind(type, protocol);
  return -EAFNOSUPPORT;
}

function unixKind(type: number, protocol: number): SocketKind | number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  // A raw Unix socket is a datagram socket, for reasons lost in BSD.
  if (type === SOCK_RAW) return { family: AF_UNIX, type: SOCK_DGRAM, protocol: 0 };
  if (type !== SOCK_STREAM && type !== SOCK_DGRAM && type !== SOCK_SEQPACKET) return -ESOCKTNOSUPPORT;
  return { family: AF_UNIX, type, protocol: 0 };
}
