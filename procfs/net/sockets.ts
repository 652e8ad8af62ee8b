/** Sockets in /proc/net: tcp, tcp6, udp, udp6, raw, unix. Source: proc_pid_net(5); net/ipv4/tcp_ipv4.c, net/unix/af_unix.c. */
import type { ProcCapabilities, SocketFacts } from '../capabilities.ts';
import { hex, left, right } from '../format.ts';
import { TCP_TIME_WAIT } from '../../linuxabi/abi/inet.ts';

const INET_TITLE = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const INET6_TITLE =
  '  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';
const DATAGRAM_END = ' ref pointer drops';
/** Rows of tcp are filled to this width. Source: net/ipv4/tcp_ipv4.c, TMPSZ. */
const TCP_WIDTH = 149;
const UDP_WIDTH = 127;

/** Network byte order read as words of the machine's order. */
function address(bytes: readonly number[], port: number): string {
  let out = '';
  for (const word of Array.from({ length: bytes.length / 4 }).keys()) {
    for (const index of [3, 2, 1, 0]) out += hex(bytes[word * 4 + index] ?? 0, 2).toUpperCase();
  }
  return `${out}:${hex(port, 4).toUpperCase()}`;
}

function row(socket: SocketFacts, number: number, tail: string): string {
  const local = address(socket.localAddress, socket.localPort);
  const remote = address(socket.remoteAddress, socket.remotePort);
  const state = hex(socket.state, 2).toUpperCase();
  const queues = `${hex(socket.sendQueueBytes, 8).toUpperCase()}:${hex(socket.receiveQueueBytes, 8).toUpperCase()}`;
  const owner = `${right(socket.owner, 5)} ${right(0, 8)} ${socket.inode}`;
  return `${local} ${remote} ${state} ${queues} 00:00000000 00000000 ${owner} ${socket.references} ${tail}`.replace(
    /^/,
    `${right(number, 4)}: `,
  );
}

function select(bag: ProcCapabilities, family: SocketFacts['family'], type: SocketFacts['type']): SocketFacts[] {
  const found: SocketFacts[] = [];
  for (const socket of bag.census.net.sockets())
    if (socket.family === family && socket.type === type) found.push(socket);
  return found;
}

export function renderTcp(family: 'inet' | 'inet6') {
  return (bag: ProcCapabilities): string => {
    const rows = select(bag, family, 'stream').map((socket, index) => {
      const line = row(socket, index, `0000000000000000 ${socket.listening ? '100 0 0 10 0' : '20 4 30 10 -1'}`);
      return `${family === 'inet' ? left(line, TCP_WIDTH) : line}\n`;
    });
    const title = family === 'inet' ? left(INET_TITLE, TCP_WIDTH) : INET6_TITLE;
    return `${title}\n${rows.join('')}`;
  };
}

export function renderDatagrams(family: 'inet' | 'inet6', type: 'dgram' | 'lite' | 'ping' | 'raw') {
  return (bag: ProcCapabilities): string => {
    const rows = select(bag, family, type).map((socket, index) => {
      const line = row(socket, index, '0000000000000000 0');
      return `${family === 'inet' ? left(line, UDP_WIDTH) : line}\n`;
    });
    const title = family === 'inet' ? INET_TITLE + DATAGRAM_END : INET6_TITLE + DATAGRAM_END;
    // Only those of UDP have one blank more at their start, and only the older ones are filled.
    const begun = type === 'dgram' || type === 'lite' ? ` ${title}` : title;
    const shown = family === 'inet' && type !== 'raw' ? left(begun, UDP_WIDTH) : title;
    return `${shown}\n${rows.join('')}`;
  };
}

const UNIX_TITLE = 'Num       RefCount Protocol Flags    Type St Inode Path\n';
const unixTypes: Readonly<Partial<Record<SocketFacts['type'], number>>> = { stream: 1, dgram: 2, raw: 3, seqpacket: 5 };
const ACCEPTS = 0x10000;

export function renderUnix(bag: ProcCapabilities): string {
  let out = UNIX_TITLE;
  for (const socket of bag.census.net.sockets()) {
    if (socket.family !== 'unix') continue;
    const flags = hex(socket.listening ? ACCEPTS : 0, 8).toUpperCase();
    const type = hex(unixTypes[socket.type] ?? 0, 4);
    out += `0000000000000000: ${hex(socket.references, 8)} 00000000 ${flags} ${type} ${hex(socket.state, 2)} ${right(socket.inode, 5)}`;
    out += socket.path === '' ? '\n' : ` ${socket.path}\n`;
  }
  return out;
}

const NETLINK_TITLE = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n';

/** Source: net/netlink/af_netlink.c, netlink_native_seq_show. */
export function renderNetlink({ census }: ProcCapabilities): string {
  let out = NETLINK_TITLE;
  for (const { protocol, port, groups, receiveQueueBytes, dumps, drops, inode } of census.net.netlink()) {
    out += `0000000000000000 ${left(protocol, 3)} ${left(port, 10)} ${hex(groups, 8)} ${left(receiveQueueBytes, 8)} `;
    out += `${left(0, 8)} ${left(dumps, 5)} ${left(2, 8)} ${left(drops, 8)} ${left(inode, 8)}\n`;
  }
  return out;
}

export function renderSockstat(bag: ProcCapabilities): string {
  let [used, waiting, allocated, tcp, udp, lite, raw] = [0, 0, 0, 0, 0, 0, 0];
  for (const { family, type, state } of bag.census.net.sockets()) {
    // What a connection leaves behind is no socket.
    if (state === TCP_TIME_WAIT && type === 'stream') {
      waiting++;
      continue;
    }
    used++;
    if (family !== 'unix' && type === 'stream') allocated++;
    if (family !== 'inet') continue;
    if (type === 'stream') tcp++;
    if (type === 'dgram') udp++;
    if (type === 'lite') lite++;
    if (type === 'raw') raw++;
  }
  return (
    `sockets: used ${used}\nTCP: inuse ${tcp} orphan 0 tw ${waiting} alloc ${allocated} mem 0\nUDP: inuse ${udp} mem 0\n` +
    `UDPLITE: inuse ${lite}\nRAW: inuse ${raw}\nFRAG: inuse 0 memory 0\n`
  );
}
