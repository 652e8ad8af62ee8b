/** /proc/net. Source: proc_pid_net(5). */
import type { ProcCapabilities, Subject } from '../capabilities.ts';
import { constant, directory, systemText, text } from '../entry.ts';
import type { Child, Children } from '../entry.ts';
import { interfaceSnmp6, renderNetstat, renderSnmp, snmp6 } from './counters.ts';
import {
  IGMP6,
  IPV6_ROUTE,
  PSCHED,
  PTYPE,
  RT_CACHE,
  renderIgmp,
  renderProtocols,
  renderSockstat6,
  SOFTNET_STAT,
} from './tables.ts';
import { hex, right } from '../format.ts';
import { renderDatagrams, renderNetlink, renderSockstat, renderTcp, renderUnix } from './sockets.ts';

const DEV_TITLE =
  'Inter-|   Receive                                                |  Transmit\n' +
  ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';

function renderDev({ census }: ProcCapabilities): string {
  let out = DEV_TITLE;
  for (const { name, receivedBytes, receivedPackets, sentBytes, sentPackets } of census.net.interfaces()) {
    out += `${right(name, 6)}: ${right(receivedBytes, 7)} ${right(receivedPackets, 7)}    0    0    0     0          0         0`;
    out += ` ${right(sentBytes, 8)} ${right(sentPackets, 7)}    0    0    0     0       0          0\n`;
  }
  return out;
}

const ROUTE_TITLE = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';
/** Source: net/ipv4/fib_trie.c, fib_route_seq_show: rows are filled to this width. */
const ROUTE_WIDTH = 127;

/** Four bytes as a word of the machine's order. */
const word = (bytes: readonly number[]): string =>
  bytes
    .toReversed()
    .map((byte) => hex(byte, 2).toUpperCase())
    .join('');
const RTF_UP = 1;
const RTF_GATEWAY = 2;

function renderRoutes({ census }: ProcCapabilities): string {
  const rows: string[] = [];
  const none = [0, 0, 0, 0];
  for (const { name, address4, prefix4, gateway4 } of census.net.interfaces()) {
    if (gateway4 === undefined) continue;
    const mask = none.map((_, index) => 0xff & ~(0xff >> Math.min(8, Math.max(0, prefix4 - index * 8))));
    const subnet = address4.map((byte, index) => byte & mask[index]!);
    const routes = [
      [none, gateway4, RTF_UP | RTF_GATEWAY, none],
      [subnet, none, RTF_UP, mask],
    ] as const;
    for (const [to, by, flags, netmask] of routes)
      rows.push(`${name}\t${word(to)}\t${word(by)}\t${hex(flags, 4)}\t0\t0\t0\t${word(netmask)}\t0\t0\t0`);
  }
  return [ROUTE_TITLE, ...rows].map((line) => `${line.padEnd(ROUTE_WIDTH)}\n`).join('');
}

/** A file for each interface. */
class InterfaceChildren implements Children {
  find(subject: Subject, bag: ProcCapabilities, wanted: string): Child | undefined {
    for (const [name, child] of this.list(subject, bag)) if (name === wanted) return child;
    return undefined;
  }

  *list(subject: Subject, { census }: ProcCapabilities): Iterable<readonly [string, Child]> {
    for (const [index, { name }] of [...census.net.interfaces()].entries())
      yield [name, { entry: text(0o444, () => interfaceSnmp6(index + 1)), subject }];
  }
}

export const netDirectory = directory(0o555, {
  anycast6: constant(''),
  arp: constant('IP address       HW type     Flags       HW address            Mask     Device\n'),
  dev: systemText(renderDev),
  dev_mcast: constant(''),
  dev_snmp6: { kind: 'directory', mode: 0o555, children: new InterfaceChildren() },
  icmp: systemText(renderDatagrams('inet', 'ping')),
  icmp6: systemText(renderDatagrams('inet6', 'ping')),
  igmp: systemText(renderIgmp),
  igmp6: constant(IGMP6),
  ip6_flowlabel: constant('Label S Owner  Users  Linger Expires  Dst                              Opt\n'),
  ipv6_route: constant(IPV6_ROUTE),
  mcfilter: constant('Idx Device        MCA        SRC    INC    EXC\n'),
  mcfilter6: constant('Idx Device                Multicast Address                   Source Address    INC    EXC\n'),
  netstat: systemText(renderNetstat),
  protocols: systemText(renderProtocols),
  psched: constant(PSCHED),
  ptype: constant(PTYPE),
  rt6_stats: constant('0001 0001 0000 0001 0000 0000 0000\n'),
  rt_cache: constant(RT_CACHE),
  snmp: systemText(renderSnmp),
  snmp6: constant(snmp6),
  sockstat6: systemText(renderSockstat6),
  softnet_stat: constant(SOFTNET_STAT),
  if_inet6: constant('00000000000000000000000000000001 01 80 10 80       lo\n'),
  netlink: systemText(renderNetlink),
  packet: constant('sk               RefCnt Type Proto  Iface R Rmem   User   Inode\n'),
  raw: systemText(renderDatagrams('inet', 'raw')),
  raw6: systemText(renderDatagrams('inet6', 'raw')),
  route: systemText(renderRoutes),
  sockstat: systemText(renderSockstat),
  tcp: systemText(renderTcp('inet')),
  tcp6: systemText(renderTcp('inet6')),
  udp: systemText(renderDatagrams('inet', 'dgram')),
  udp6: systemText(renderDatagrams('inet6', 'dgram')),
  udplite: systemText(renderDatagrams('inet', 'lite')),
  udplite6: systemText(renderDatagrams('inet6', 'lite')),
  unix: systemText(renderUnix),
});
