/** Tables of /proc/net that hardly change in a machine with a loopback and at most one way out. Source: proc_pid_net(5); the file of the kernel named at each. */
import type { ProcCapabilities, SocketFacts } from '../capabilities.ts';
import { right } from '../format.ts';

/** Multicast groups that every interface has joined: all systems; in IPv6 all nodes, of the interface and of the link. Source: net/ipv4/igmp.c, igmp_mc_seq_show. */
export function renderIgmp({ census }: ProcCapabilities): string {
  let out = 'Idx\tDevice    : Count Querier\tGroup    Users Timer\tReporter\n';
  let index = 0;
  for (const { name } of census.net.interfaces()) {
    out += `${++index}\t${name.padEnd(10)}: ${right(1, 5)}      V3\n\t\t\t\t010000E0 ${right(1, 5)} 0:00000000\t\t0\n`;
  }
  return out;
}

/** Source: net/ipv6/mcast.c, igmp6_mc_seq_show. */
export const IGMP6 =
  '1    lo              ff020000000000000000000000000001     1 0000000C 0\n' +
  '1    lo              ff010000000000000000000000000001     1 00000008 0\n';

/** Nothing is forwarded; the loopback answers for ::1. Source: net/ipv6/route.c, rt6_info_route. */
const NO_ADDRESS = '0'.repeat(32);
const NO_ROUTE6 = `${NO_ADDRESS} 00 ${NO_ADDRESS} 00 ${NO_ADDRESS} ffffffff 00000001 00000000 00200200       lo\n`;
const LOOPBACK_ROUTE6 = `${'0'.repeat(31)}1 80 ${NO_ADDRESS} 00 ${NO_ADDRESS} 00000000 00000002 00000000 80200001       lo\n`;
export const IPV6_ROUTE = NO_ROUTE6 + LOOPBACK_ROUTE6 + NO_ROUTE6;

/** Who takes packets by their type. Source: net/core/net-procfs.c, ptype_seq_show. */
export const PTYPE = 'Type Device      Function\n0800          ip_rcv\n0806          arp_rcv\n86dd          ipv6_rcv\n';

/** Ticks, clock and resolution of packet scheduling: of a kernel with high resolution timers. Source: net/sched/sch_api.c, psched_show. */
export const PSCHED = '000003e8 00000040 000f4240 3b9aca00\n';

/** Counts of one processor. Source: net/core/net-procfs.c, softnet_seq_show. */
export const SOFTNET_STAT = `${Array.from({ length: 15 }, () => '00000000').join(' ')}\n`;

const RT_CACHE_TITLE =
  'Iface\tDestination\tGateway \tFlags\t\tRefCnt\tUse\tMetric\tSource\t\tMTU\tWindow\tIRTT\tTOS\tHHRef\tHHUptod\tSpecDst';
/** Source: net/ipv4/route.c, rt_cache_seq_show: filled to this width. */
export const RT_CACHE = `${RT_CACHE_TITLE.padEnd(127)}\n`;

/** Name, size, kind of socket, and which calls there are. Source: net/core/sock.c, proto_seq_printf. */
const protocols: readonly (readonly [string, number, SocketFacts['family'], SocketFacts['type'], string])[] = [
  ['RAWv6', 1152, 'inet6', 'raw', 'y  y  y  n  y  y  y  n  y  y  y  y  n  y  y  y  y  n  n'],
  ['UDPv6', 1344, 'inet6', 'dgram', 'y  y  y  n  y  y  y  n  y  y  y  y  n  n  n  y  y  y  n'],
  ['TCPv6', 2432, 'inet6', 'stream', 'y  y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y'],
  ['UNIX', 1024, 'unix', 'stream', 'n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n  n'],
  ['RAW', 960, 'inet', 'raw', 'y  y  y  n  y  y  y  n  y  y  y  y  n  y  y  y  y  n  n'],
  ['UDP', 1152, 'inet', 'dgram', 'y  y  y  n  y  y  y  n  y  y  y  y  n  n  n  y  y  y  n'],
  ['TCP', 2240, 'inet', 'stream', 'y  y  y  y  y  y  y  y  y  y  y  y  y  n  y  y  y  y  y'],
];

export function renderProtocols({ census }: ProcCapabilities): string {
  const sockets = [...census.net.sockets()];
  let out =
    'protocol  size sockets  memory press maxhdr  slab module     cl co di ac io in de sh ss gs se re sp bi br ha uh gp em\n';
  for (const [name, size, family, type, calls] of protocols) {
    const isTcp = name.startsWith('TCP');
    const count = sockets.filter(
      (socket) => socket.family === family && (name === 'UNIX' || socket.type === type),
    ).length;
    const memory = isTcp || name.startsWith('UDP') ? 0 : -1;
    out += `${name.padEnd(9)} ${String(size).padStart(4)} ${right(count, 6)}  ${right(memory, 6)}   ${isTcp ? 'no' : 'NI'} `;
    out += `  ${right(isTcp ? 192 : 0, 5)}   yes  kernel      ${calls}\n`;
  }
  return out;
}

export function renderSockstat6({ census }: ProcCapabilities): string {
  let [tcp, udp, lite, raw] = [0, 0, 0, 0];
  for (const { family, type } of census.net.sockets()) {
    if (family !== 'inet6') continue;
    if (type === 'stream') tcp++;
    if (type === 'dgram') udp++;
    if (type === 'lite') lite++;
    if (type === 'raw') raw++;
  }
  return `TCP6: inuse ${tcp}\nUDP6: inuse ${udp}\nUDPLITE6: inuse ${lite}\nRAW6: inuse ${raw}\nFRAG6: inuse 0 memory 0\n`;
}
