/** Netlink sockets, for those who ask sock_diag. Source: net/netlink/diag.c. */
import { concatenate } from '../../../kernel/concatenate.ts';
import { EINVAL, EPROTONOSUPPORT } from '../../abi/errno.ts';
import { nlmsghdr } from '../../abi/netlink.ts';
import * as diag from '../../abi/sock-diag.ts';
import { AF_NETLINK, SOCK_RAW } from '../../abi/socket.ts';
import type { Network } from '../network.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';
import { attribute, viewOf } from './netlink-message.ts';
import type { NetlinkAnswer, NetlinkDump, NetlinkRequest } from './netlink-message.ts';
import { NETLINK_PROTOCOLS } from './netlink-protocols.ts';
import { NetlinkSocket } from './netlink-socket.ts';
import { memoryInfo } from '../memory-info.ts';

const { netlink_diag_msg, netlink_diag_req } = diag;
const NETLINK_UNCONNECTED = 0;

export function dumpNetlink(network: Network, { bytes }: NetlinkRequest): NetlinkDump | number {
  const request = bytes.subarray(nlmsghdr.size);
  if (request.length < netlink_diag_req.size) return -EINVAL;
  const protocol = request[netlink_diag_req.sdiag_protocol]!;
  if (protocol !== diag.NDIAG_PROTO_ALL && protocol > 32) return -EPROTONOSUPPORT;
  return answers(network, protocol, viewOf(request).getUint32(netlink_diag_req.ndiag_show, true));
}

function* answers(network: Network, protocol: number, show: number): Generator<NetlinkAnswer, undefined> {
  const isAsked = (each: number): boolean => protocol === diag.NDIAG_PROTO_ALL || protocol === each;
  // The kernel's own ends.
  for (const each of NETLINK_PROTOCOLS) if (isAsked(each)) yield answerOf(each, undefined, show);
  for (const socket of network.sockets) {
    const { kind, protocol: end } = socket;
    if (kind.family === AF_NETLINK && isAsked(kind.protocol) && end instanceof NetlinkSocket)
      yield answerOf(kind.protocol, socket, show);
  }
  return undefined;
}

/** Without a socket: of the kernel's end. */
function answerOf(protocol: number, socket: Socket | undefined, show: number): NetlinkAnswer {
  const end = socket?.protocol instanceof NetlinkSocket ? socket.protocol : undefined;
  const header = new Uint8Array(netlink_diag_msg.size);
  const view = viewOf(header);
  header[netlink_diag_msg.ndiag_family] = AF_NETLINK;
  header[netlink_diag_msg.ndiag_type] = socket?.kind.type ?? SOCK_RAW;
  header[netlink_diag_msg.ndiag_protocol] = protocol;
  header[netlink_diag_msg.ndiag_state] = NETLINK_UNCONNECTED;
  view.setUint32(netlink_diag_msg.ndiag_portid, end?.port ?? 0, true);
  view.setUint32(netlink_diag_msg.ndiag_ino, socket?.node?.nodeId ?? 0, true);
  view.setUint32(netlink_diag_msg.ndiag_cookie, socket?.node?.nodeId ?? 0, true);
  const parts: Uint8Array[] = [header];
  if ((show & diag.NDIAG_SHOW_GROUPS) !== 0 && end !== undefined && end.groups !== 0)
    parts.push(attribute(diag.NETLINK_DIAG_GROUPS, intBytes(end.groups)));
  if ((show & diag.NDIAG_SHOW_MEMINFO) !== 0 && socket !== undefined)
    parts.push(attribute(diag.NETLINK_DIAG_MEMINFO, memoryInfo(socket)));
  return { type: diag.SOCK_DIAG_BY_FAMILY, body: concatenate(parts) };
}
