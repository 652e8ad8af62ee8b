/** Attributes of an internet socket in an answer of sock_diag: some always, others for those who ask. Source: net/ipv4/inet_diag.c, inet_sk_diag_fill. */
import { stringFromBytes, untilZero } from '../../../kernel/byte-string.ts';
import * as inet from '../../abi/inet.ts';
import * as diag from '../../abi/sock-diag.ts';
import { AF_INET6, SO_MARK, SO_PRIORITY } from '../../abi/socket.ts';
import type { Socket } from '../socket.ts';
import { intAt, intBytes } from '../socket-options.ts';
import { attribute, text } from './netlink-message.ts';
import { memoryInfo } from '../memory-info.ts';

/** `state`: TCP_*; `extensions`: bits 1 << (INET_DIAG_* − 1). */
export function inetParticulars(
  socket: Socket,
  state: number,
  extensions: number,
  who: 'all' | 'unprivileged',
): Uint8Array[] {
  const asks = (attributeType: number): boolean => (extensions & (1 << (attributeType - 1))) !== 0;
  const byte = (type: number, value: number): Uint8Array => attribute(type, Uint8Array.of(value));
  const isV6 = socket.kind.family === AF_INET6;
  const parts = [byte(diag.INET_DIAG_SHUTDOWN, socket.shut)];
  if (asks(diag.INET_DIAG_TOS)) parts.push(byte(diag.INET_DIAG_TOS, option(socket, inet.IPPROTO_IP, inet.IP_TOS)));
  if (isV6) {
    if (asks(diag.INET_DIAG_TCLASS))
      parts.push(byte(diag.INET_DIAG_TCLASS, option(socket, inet.IPPROTO_IPV6, inet.IPV6_TCLASS)));
    if (state === inet.TCP_LISTEN || state === inet.TCP_CLOSE)
      parts.push(byte(diag.INET_DIAG_SKV6ONLY, option(socket, inet.IPPROTO_IPV6, inet.IPV6_V6ONLY)));
  }
  if (who === 'all') parts.push(attribute(diag.INET_DIAG_MARK, intBytes(storedOption(socket, SO_MARK))));
  if (asks(diag.INET_DIAG_TCLASS))
    parts.push(attribute(diag.INET_DIAG_CLASS_ID, intBytes(storedOption(socket, SO_PRIORITY))));
  parts.push(attribute(diag.INET_DIAG_SOCKOPT, Uint8Array.of(optionBits(socket), 0)));
  if (asks(diag.INET_DIAG_MEMINFO)) parts.push(attribute(diag.INET_DIAG_MEMINFO, shortMemory(socket)));
  if (asks(diag.INET_DIAG_SKMEMINFO)) parts.push(attribute(diag.INET_DIAG_SKMEMINFO, memoryInfo(socket)));
  if (socket.kind.protocol !== inet.IPPROTO_TCP) return parts;
  for (const [type, name] of [
    [diag.INET_DIAG_INFO, inet.TCP_INFO],
    [diag.INET_DIAG_CONG, inet.TCP_CONGESTION],
  ] as const) {
    const value = asks(type) ? socket.protocol.getOption(inet.IPPROTO_TCP, name) : undefined;
    if (value instanceof Uint8Array)
      parts.push(attribute(type, type === diag.INET_DIAG_CONG ? text(untilZero(stringFromBytes(value))) : value));
  }
  return parts;
}

function optionBits(socket: Socket): number {
  const isOn = (name: number): boolean => option(socket, inet.IPPROTO_IP, name) !== 0;
  const isTcp = socket.kind.protocol === inet.IPPROTO_TCP;
  return (
    (isOn(inet.IP_RECVERR) ? diag.INET_DIAG_SOCKOPT_RECVERR : 0) |
    (isTcp ? diag.INET_DIAG_SOCKOPT_IS_ICSK : 0) |
    (isOn(inet.IP_FREEBIND) ? diag.INET_DIAG_SOCKOPT_FREEBIND : 0) |
    (isOn(inet.IP_MULTICAST_LOOP) ? diag.INET_DIAG_SOCKOPT_MC_LOOP : 0) |
    (!isTcp && isOn(inet.IP_MULTICAST_ALL) ? diag.INET_DIAG_SOCKOPT_MC_ALL : 0)
  );
}

function option({ protocol }: Socket, level: number, name: number): number {
  const value = protocol.getOption(level, name);
  return value instanceof Uint8Array && value.length >= 4 ? intAt(value, 0) : 0;
}

/** Of the socket level, as a number. */
export function storedOption({ options, kind }: Socket, name: number): number {
  const value = options.get(name, kind);
  return value instanceof Uint8Array ? intAt(value, 0) : 0;
}

/** struct inet_diag_meminfo: received, queued to send, forward, sent. */
function shortMemory({ protocol }: Socket): Uint8Array {
  const sent = Math.max(0, protocol.queuedBytes('out'));
  return intBytes(Math.max(0, protocol.queuedBytes('in')), sent, 0, sent);
}
