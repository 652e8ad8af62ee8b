/** What is shown of sockets, in /proc/net and in answers of sock_diag. Source: net/ipv4/tcp_ipv4.c, udp.c, net/unix/af_unix.c. */
import { stringFromBytes, untilZero } from '../../kernel/byte-string.ts';
import type { ByteString } from '../../kernel/byte-string.ts';
import type { SocketFacts } from '../../procfs/capabilities.ts';
import { IPPROTO_UDPLITE, TCP_CLOSE, TCP_TIME_WAIT } from '../abi/inet.ts';
import { AF_INET, sockaddr_un } from '../abi/socket.ts';
import { anyOf, mappedBytes } from './inet/address.ts';
import type { Endpoint } from './inet/address.ts';
import type { InetBinding } from './inet/inet-binding.ts';
import type { TimeWait } from './inet/inet-stack.ts';
import { TcpSocket } from './inet/tcp-socket.ts';
import { UdpSocket } from './inet/udp-socket.ts';
import type { Socket } from './socket.ts';
import { UnixDatagram } from './unix/unix-datagram.ts';
import { UnixStream } from './unix/unix-stream.ts';

/** States of Unix sockets. Source: include/uapi/linux/net.h. */
const SS_UNCONNECTED = 1;
const SS_CONNECTED = 3;
const typeNames: Readonly<Record<number, SocketFacts['type']>> = { 1: 'stream', 2: 'dgram', 3: 'raw', 5: 'seqpacket' };

type Ends = Pick<SocketFacts, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>;
const NO_ENDS: Ends = { localAddress: [], localPort: 0, remoteAddress: [], remotePort: 0 };

function endsOf(family: number, local: Endpoint, remote: Endpoint = { address: anyOf(family), port: 0 }): Ends {
  return {
    localAddress: [...mappedBytes(local.address, family)],
    localPort: local.port,
    remoteAddress: [...mappedBytes(remote.address, family)],
    remotePort: remote.port,
  };
}

function common({ kind, owner, protocol, inode }: Socket): Omit<SocketFacts, keyof Ends | 'family' | 'state'> {
  return {
    type: kind.protocol === IPPROTO_UDPLITE ? 'lite' : (typeNames[kind.type] ?? 'raw'),
    sendQueueBytes: Math.max(0, protocol.queuedBytes('out')),
    receiveQueueBytes: Math.max(0, protocol.queuedBytes('in')),
    owner: owner.fsuid,
    inode,
    references: 2,
    listening: false,
    path: '',
  };
}

/** Sockets of TCP are listed from connect or listen on, those of UDP from their port on. */
function inetFacts(socket: Socket, binding: InetBinding, state: number): SocketFacts {
  const family = socket.kind.family === AF_INET ? 'inet' : 'inet6';
  const ends = endsOf(socket.kind.family, binding.local, binding.remote);
  return { ...common(socket), ...ends, family, state, references: state === TCP_CLOSE ? 2 : 1 };
}

function tcpFacts(socket: Socket, protocol: TcpSocket): SocketFacts | undefined {
  if (protocol.state === TCP_CLOSE) return undefined;
  const facts = inetFacts(socket, protocol.binding, protocol.state);
  if (protocol.listener === undefined) return facts;
  // Those that wait for accept.
  return { ...facts, listening: true, sendQueueBytes: 0, receiveQueueBytes: protocol.listener.length };
}

function unixFacts(socket: Socket, protocol: UnixStream | UnixDatagram): SocketFacts {
  const isStream = protocol instanceof UnixStream;
  const connected = isStream ? protocol.isConnected : protocol.isEstablished;
  const path = protocol.name === undefined ? '' : shownName(protocol.name.address);
  return {
    ...common(socket),
    ...NO_ENDS,
    family: 'unix',
    state: connected ? SS_CONNECTED : SS_UNCONNECTED,
    references: connected ? 3 : 2,
    listening: isStream && protocol.isListening,
    path,
  };
}

/** A path up to its zero byte; each zero byte of an abstract name as `@`. */
function shownName(address: Uint8Array): ByteString {
  const name = stringFromBytes(address.subarray(sockaddr_un.sun_path));
  return name.startsWith('\0') ? name.replaceAll('\0', '@') : untilZero(name);
}

/** Undefined while nothing is to be shown of it. */
export function socketFacts(socket: Socket): SocketFacts | undefined {
  const { protocol } = socket;
  if (protocol instanceof TcpSocket) return tcpFacts(socket, protocol);
  if (protocol instanceof UdpSocket)
    return protocol.binding.local.port === 0 ? undefined : inetFacts(socket, protocol.binding, protocol.state);
  return protocol instanceof UnixStream || protocol instanceof UnixDatagram ? unixFacts(socket, protocol) : undefined;
}

/** Of what a connection leaves behind. */
export function timeWaitFacts({ local, remote }: TimeWait): SocketFacts {
  const family = local.address.length === 4 ? AF_INET : 0;
  return {
    ...endsOf(family, local, remote),
    family: family === AF_INET ? 'inet' : 'inet6',
    type: 'stream',
    state: TCP_TIME_WAIT,
    sendQueueBytes: 0,
    receiveQueueBytes: 0,
    owner: 0,
    inode: 0,
    references: 3,
    listening: false,
    path: '',
  };
}
