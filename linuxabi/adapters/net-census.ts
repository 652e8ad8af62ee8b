/** The network of the machine for /proc/net. Source: proc_pid_net(5). */
import { bytesFromString } from '../../kernel/byte-string.ts';
import type { InterfaceFacts, NetCensus, NetlinkFacts, SocketFacts } from '../../procfs/capabilities.ts';
import { GATEWAY } from '../net/inet/inet-stack.ts';
import { NETLINK_PROTOCOLS } from '../net/netlink/netlink-protocols.ts';
import { NetlinkSocket } from '../net/netlink/netlink-socket.ts';
import type { Network } from '../net/network.ts';
import { socketFacts, timeWaitFacts } from '../net/socket-facts.ts';

export class MachineNetCensus implements NetCensus {
  readonly #network: () => Network;

  /** The network may be made after /proc. */
  constructor(network: () => Network) {
    this.#network = network;
  }

  *sockets(): Generator<SocketFacts> {
    const { sockets, inet } = this.#network();
    for (const socket of sockets) {
      const facts = socketFacts(socket);
      if (facts !== undefined) yield facts;
    }
    for (const waiting of inet.timeWaits) yield timeWaitFacts(waiting);
  }

  *netlink(): Generator<NetlinkFacts> {
    const { sockets } = this.#network();
    for (const protocol of NETLINK_PROTOCOLS)
      yield { protocol, port: 0, groups: 0, receiveQueueBytes: 0, dumps: 0, drops: 0, inode: 0 };
    for (const { protocol: end, kind, node } of sockets) {
      if (!(end instanceof NetlinkSocket)) continue;
      yield {
        protocol: kind.protocol,
        port: end.port,
        groups: end.groups,
        receiveQueueBytes: end.heldBytes,
        dumps: end.isDumping ? 1 : 0,
        drops: end.dropped,
        inode: node?.nodeId ?? 0,
      };
    }
  }

  *interfaces(): Generator<InterfaceFacts> {
    for (const { name, address4, prefix4, kind } of this.#network().inet.interfaces) {
      yield {
        name,
        address4: [...bytesFromString(address4)],
        prefix4,
        gateway4: kind === 'ethernet' ? [...bytesFromString(GATEWAY)] : undefined,
        receivedBytes: 0,
        receivedPackets: 0,
        sentBytes: 0,
        sentPackets: 0,
      };
    }
  }
}
