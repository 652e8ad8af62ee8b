/** Questions about sockets: of the internet protocols, of Unix and of netlink. Source: sock_diag(7); net/core/sock_diag.c. */
import * as errno from '../../abi/errno.ts';
import { nlmsghdr } from '../../abi/netlink.ts';
import { packet_diag_req, SOCK_DIAG_BY_FAMILY } from '../../abi/sock-diag.ts';
import { AF_INET, AF_INET6, AF_MAX, AF_NETLINK, AF_PACKET, AF_UNIX } from '../../abi/socket.ts';
import { isPrivileged } from '../../process/credentials.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Network } from '../network.ts';
import { InetDiag } from './inet-diag.ts';
import type { NetlinkAnswer, NetlinkDump, NetlinkFamily, NetlinkRequest } from './netlink-message.ts';
import { dumpNetlink } from './netlink-diag.ts';
import { UnixDiag } from './unix-diag.ts';

export class DiagFamily implements NetlinkFamily {
  readonly #network: Network;
  readonly #unix: UnixDiag;

  constructor(network: Network) {
    this.#network = network;
    this.#unix = new UnixDiag(network);
  }

  get(request: NetlinkRequest, thread: LinuxThread): readonly NetlinkAnswer[] | number {
    const family = familyOf(request);
    if (family < 0) return family;
    if (family === AF_UNIX) return this.#unix.get(request);
    if (family === AF_INET || family === AF_INET6) return this.#inet(thread).get(request);
    return family === AF_NETLINK || family === AF_PACKET ? -errno.EOPNOTSUPP : -errno.ENOENT;
  }

  dump(request: NetlinkRequest, thread: LinuxThread): NetlinkDump | number {
    const family = familyOf(request);
    if (family < 0) return family;
    if (family === AF_UNIX) return this.#unix.dump(request);
    if (family === AF_INET || family === AF_INET6) return this.#inet(thread).dump(request);
    if (family === AF_NETLINK) return dumpNetlink(this.#network, request);
    return family === AF_PACKET ? dumpPackets(request) : -errno.ENOENT;
  }

  #inet({ process }: LinuxThread): InetDiag {
    return new InetDiag(this.#network, isPrivileged(process.credentials) ? 'all' : 'unprivileged');
  }
}

/** Nobody has a packet socket. Source: net/packet/diag.c, packet_diag_handler_dump. */
function dumpPackets({ bytes }: NetlinkRequest): NetlinkDump | number {
  const request = bytes.subarray(nlmsghdr.size);
  return request.length < packet_diag_req.size || request[packet_diag_req.sdiag_protocol] !== 0 ? -errno.EINVAL : [];
}

function familyOf({ bytes, type }: NetlinkRequest): number {
  // struct sock_diag_req is family and protocol.
  if (type !== SOCK_DIAG_BY_FAMILY || bytes.length < nlmsghdr.size + 2) return -errno.EINVAL;
  const family = bytes[nlmsghdr.size]!;
  return family >= AF_MAX ? -errno.EINVAL : family;
}
