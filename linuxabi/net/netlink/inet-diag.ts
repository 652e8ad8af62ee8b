/** TCP and UDP sockets, for those who ask sock_diag. Source: net/ipv4/inet_diag.c, tcp_diag.c, udp_diag.c. */
import { concatenate } from '../../../kernel/concatenate.ts';
import type { SocketFacts } from '../../../procfs/capabilities.ts';
import { EINVAL, ENOENT, ESTALE } from '../../abi/errno.ts';
import { IPPROTO_RAW, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, TCP_LISTEN } from '../../abi/inet.ts';
import { nlmsghdr } from '../../abi/netlink.ts';
import * as diag from '../../abi/sock-diag.ts';
import { AF_INET, AF_INET6, SO_MARK } from '../../abi/socket.ts';
import { TcpSocket } from '../inet/tcp-socket.ts';
import { UdpSocket } from '../inet/udp-socket.ts';
import type { Network } from '../network.ts';
import type { Socket } from '../socket.ts';
import { socketFacts, timeWaitFacts } from '../socket-facts.ts';
import { isFilter, passes } from './diag-filter.ts';
import { inetParticulars, storedOption } from './inet-particulars.ts';
import { findAttribute, viewOf } from './netlink-message.ts';
import type { NetlinkAnswer, NetlinkDump, NetlinkRequest } from './netlink-message.ts';

const { inet_diag_msg, inet_diag_req_v2 } = diag;

interface Asked {
  readonly family: number;
  readonly protocol: number;
  /** Bits 1 << (INET_DIAG_* − 1). */
  readonly extensions: number;
  /** Bits of TCP_* states. */
  readonly states: number;
  readonly localPort: number;
  readonly remotePort: number;
  readonly localAddress: Uint8Array;
  readonly remoteAddress: Uint8Array;
  readonly cookie: number;
  readonly filter: Uint8Array | undefined;
}

interface Found {
  readonly facts: SocketFacts;
  /** Undefined for what a connection left behind. */
  readonly socket: Socket | undefined;
}

const typesByProtocol: Readonly<Record<number, SocketFacts['type']>> = {
  [IPPROTO_TCP]: 'stream',
  [IPPROTO_UDP]: 'dgram',
  [IPPROTO_UDPLITE]: 'lite',
};

export class InetDiag {
  readonly #network: Network;
  /** What may be told: marks are for the privileged. */
  readonly #who: 'all' | 'unprivileged';

  constructor(network: Network, who: 'all' | 'unprivileged') {
    this.#network = network;
    this.#who = who;
  }

  /** The socket with these ends; of UDP the local one may be enough. */
  get(request: NetlinkRequest): readonly NetlinkAnswer[] | number {
    const asked = read(request);
    if (typeof asked === 'number') return asked;
    for (const found of this.#found(asked)) {
      const { facts, socket } = found;
      const hasEnds =
        facts.localPort === asked.localPort &&
        (facts.remotePort === 0 || facts.remotePort === asked.remotePort) &&
        isSameAddress(facts.localAddress, asked.localAddress) &&
        (facts.remotePort === 0 || isSameAddress(facts.remoteAddress, asked.remoteAddress));
      if (!hasEnds) continue;
      const isSame = asked.cookie === diag.INET_DIAG_NOCOOKIE || asked.cookie === cookieOf(socket);
      return isSame ? [this.#answer(asked, found)] : -ESTALE;
    }
    return -ENOENT;
  }

  dump(request: NetlinkRequest): NetlinkDump | number {
    const asked = read(request);
    if (typeof asked === 'number') return asked;
    return asked.filter === undefined || isFilter(asked.filter, this.#who) ? this.#answers(asked) : -EINVAL;
  }

  *#answers(asked: Asked): Generator<NetlinkAnswer, number | undefined> {
    for (const found of this.#found(asked)) {
      const { facts } = found;
      const hasPorts =
        (asked.localPort === 0 || asked.localPort === facts.localPort) &&
        (asked.remotePort === 0 || asked.remotePort === facts.remotePort);
      if ((asked.states & (1 << facts.state)) === 0 || !hasPorts) continue;
      if (asked.filter === undefined || passes(asked.filter, filtered(found, asked.family)))
        yield this.#answer(asked, found);
    }
    return typesByProtocol[asked.protocol] === undefined && asked.protocol !== IPPROTO_RAW ? -ENOENT : undefined;
  }

  *#found({ family, protocol }: Asked): Generator<Found> {
    const type = typesByProtocol[protocol];
    const name = family === AF_INET ? 'inet' : 'inet6';
    for (const socket of this.#network.sockets) {
      if (type === undefined || socket.kind.family !== family) continue;
      const facts = socketFacts(socket);
      if (facts?.type === type) yield { facts, socket };
    }
    if (type !== 'stream') return;
    for (const waiting of this.#network.inet.timeWaits) {
      const facts = timeWaitFacts(waiting);
      if (facts.family === name) yield { facts, socket: undefined };
    }
  }

  #answer(asked: Asked, { facts, socket }: Found): NetlinkAnswer {
    const { id } = inet_diag_msg;
    const header = new Uint8Array(inet_diag_msg.size);
    const view = viewOf(header);
    header[inet_diag_msg.idiag_family] = asked.family;
    header[inet_diag_msg.idiag_state] = facts.state;
    view.setUint16(id.at + id.idiag_sport, facts.localPort);
    view.setUint16(id.at + id.idiag_dport, facts.remotePort);
    header.set(facts.localAddress, id.at + id.idiag_src);
    header.set(facts.remoteAddress, id.at + id.idiag_dst);
    view.setUint32(id.at + id.idiag_cookie, cookieOf(socket), true);
    view.setUint32(inet_diag_msg.idiag_rqueue, facts.receiveQueueBytes, true);
    const listener = socket?.protocol instanceof TcpSocket ? socket.protocol.listener : undefined;
    view.setUint32(inet_diag_msg.idiag_wqueue, listener?.backlog ?? facts.sendQueueBytes, true);
    view.setUint32(inet_diag_msg.idiag_uid, facts.owner, true);
    view.setUint32(inet_diag_msg.idiag_inode, facts.inode, true);
    const more = socket === undefined ? [] : inetParticulars(socket, facts.state, asked.extensions, this.#who);
    return { type: diag.SOCK_DIAG_BY_FAMILY, body: concatenate([header, ...more]) };
  }
}

function read({ bytes }: NetlinkRequest): Asked | number {
  const request = bytes.subarray(nlmsghdr.size);
  if (request.length < inet_diag_req_v2.size) return -EINVAL;
  const view = viewOf(request);
  const { id } = inet_diag_req_v2;
  const family = request[inet_diag_req_v2.sdiag_family]!;
  const length = family === AF_INET6 ? 16 : 4;
  const address = (at: number): Uint8Array => request.subarray(id.at + at, id.at + at + length);
  return {
    family,
    protocol: request[inet_diag_req_v2.sdiag_protocol]!,
    extensions: request[inet_diag_req_v2.idiag_ext]!,
    states: view.getUint32(inet_diag_req_v2.idiag_states, true),
    localPort: view.getUint16(id.at + id.idiag_sport),
    remotePort: view.getUint16(id.at + id.idiag_dport),
    localAddress: address(id.idiag_src),
    remoteAddress: address(id.idiag_dst),
    cookie: view.getUint32(id.at + id.idiag_cookie, true),
    filter: findAttribute(bytes, nlmsghdr.size + inet_diag_req_v2.size, diag.INET_DIAG_REQ_BYTECODE),
  };
}

function filtered({ facts, socket }: Found, family: number): Parameters<typeof passes>[1] {
  const protocol = socket?.protocol;
  const binding = protocol instanceof TcpSocket || protocol instanceof UdpSocket ? protocol.binding : undefined;
  return {
    family,
    source: { address: facts.localAddress, port: facts.localPort },
    destination: { address: facts.remoteAddress, port: facts.remotePort },
    chosePort: binding?.chosePort === true || facts.state === TCP_LISTEN,
    mark: socket === undefined ? 0 : storedOption(socket, SO_MARK),
  };
}

/** 0 where there is no socket any more; that of SO_COOKIE otherwise. */
function cookieOf(socket: Socket | undefined): number {
  return socket?.node?.nodeId ?? 0;
}

function isSameAddress(a: readonly number[], b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
