/** Options of the IP, IPv6 and TCP levels that are remembered and told again. Source: ip(7), ipv6(7), tcp(7). */
import * as inet from '../../abi/inet.ts';
import { EINVAL, ENODEV, ENOPROTOOPT } from '../../abi/errno.ts';
import { intAt, intBytes } from '../socket-options.ts';
import type { Tunables } from '../socket-options.ts';

interface OptionRule {
  readonly level: number;
  readonly option: number;
  readonly initial: number;
  readonly least: number;
  readonly most: number;
  /** The tunable that says what holds while a socket has no value of its own. */
  readonly tunable?: string;
}

const HOPS = 64;
const rule = (level: number, option: number, initial: number, least: number, most: number): OptionRule => ({
  level,
  option,
  initial,
  least,
  most,
});
const tuned = (tunable: string, made: OptionRule): OptionRule => ({ ...made, tunable });
/** Any value; other than 0 means on. */
const flag = (level: number, option: number, initial = 0): OptionRule =>
  rule(level, option, initial, -Infinity, Infinity);

const { IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPPROTO_UDPLITE } = inet;
const rules: readonly OptionRule[] = [
  rule(IPPROTO_IP, inet.IP_TOS, 0, 0, 255),
  tuned('net/ipv4/ip_default_ttl', rule(IPPROTO_IP, inet.IP_TTL, HOPS, -1, 255)),
  flag(IPPROTO_IP, inet.IP_RECVOPTS),
  flag(IPPROTO_IP, inet.IP_RETOPTS),
  flag(IPPROTO_IP, inet.IP_PKTINFO),
  rule(IPPROTO_IP, inet.IP_MTU_DISCOVER, 1, 0, 5),
  flag(IPPROTO_IP, inet.IP_RECVERR),
  flag(IPPROTO_IP, inet.IP_RECVTTL),
  flag(IPPROTO_IP, inet.IP_RECVTOS),
  flag(IPPROTO_IP, inet.IP_FREEBIND),
  flag(IPPROTO_IP, inet.IP_BIND_ADDRESS_NO_PORT),
  rule(IPPROTO_IP, inet.IP_MULTICAST_TTL, 1, -1, 255),
  flag(IPPROTO_IP, inet.IP_MULTICAST_LOOP, 1),
  flag(IPPROTO_IP, inet.IP_MULTICAST_ALL, 1),
  rule(IPPROTO_IPV6, inet.IPV6_UNICAST_HOPS, HOPS, -1, 255),
  rule(IPPROTO_IPV6, inet.IPV6_MULTICAST_HOPS, 1, -1, 255),
  flag(IPPROTO_IPV6, inet.IPV6_MULTICAST_LOOP, 1),
  rule(IPPROTO_IPV6, inet.IPV6_MTU_DISCOVER, 1, 0, 5),
  flag(IPPROTO_IPV6, inet.IPV6_RECVERR),
  flag(IPPROTO_IPV6, inet.IPV6_V6ONLY),
  flag(IPPROTO_IPV6, inet.IPV6_RECVPKTINFO),
  flag(IPPROTO_IPV6, inet.IPV6_RECVHOPLIMIT),
  flag(IPPROTO_IPV6, inet.IPV6_RECVTCLASS),
  rule(IPPROTO_IPV6, inet.IPV6_TCLASS, 0, -1, 255),
  rule(IPPROTO_UDPLITE, inet.UDPLITE_SEND_CSCOV, 0, 0, 0xffff),
  rule(IPPROTO_UDPLITE, inet.UDPLITE_RECV_CSCOV, 0, 0, 0xffff),
  flag(IPPROTO_TCP, inet.TCP_NODELAY),
  rule(IPPROTO_TCP, inet.TCP_MAXSEG, 536, 88, 32_767),
  flag(IPPROTO_TCP, inet.TCP_CORK),
  tuned('net/ipv4/tcp_keepalive_time', rule(IPPROTO_TCP, inet.TCP_KEEPIDLE, 7200, 1, 32_767)),
  tuned('net/ipv4/tcp_keepalive_intvl', rule(IPPROTO_TCP, inet.TCP_KEEPINTVL, 75, 1, 32_767)),
  tuned('net/ipv4/tcp_keepalive_probes', rule(IPPROTO_TCP, inet.TCP_KEEPCNT, 9, 1, 127)),
  rule(IPPROTO_TCP, inet.TCP_SYNCNT, 6, 1, 127),
  rule(IPPROTO_TCP, inet.TCP_LINGER2, 60, -Infinity, Infinity),
  rule(IPPROTO_TCP, inet.TCP_DEFER_ACCEPT, 0, -Infinity, Infinity),
  rule(IPPROTO_TCP, inet.TCP_WINDOW_CLAMP, 0, 0, Infinity),
  flag(IPPROTO_TCP, inet.TCP_QUICKACK, 1),
  rule(IPPROTO_TCP, inet.TCP_USER_TIMEOUT, 0, 0, Infinity),
  rule(IPPROTO_TCP, inet.TCP_FASTOPEN, 0, 0, Infinity),
  rule(IPPROTO_TCP, inet.TCP_NOTSENT_LOWAT, 0, -Infinity, Infinity),
];

/** Joining groups needs an interface that can; there is none. Source: net/ipv4/igmp.c, ip_mc_join_group. */
const memberships: readonly (readonly [level: number, option: number])[] = [
  [IPPROTO_IP, inet.IP_ADD_MEMBERSHIP],
  [IPPROTO_IP, inet.IP_DROP_MEMBERSHIP],
  [IPPROTO_IPV6, inet.IPV6_ADD_MEMBERSHIP],
  [IPPROTO_IPV6, inet.IPV6_DROP_MEMBERSHIP],
];
const MREQ_SIZE = 8;

export class InetOptions {
  readonly #values = new Map<OptionRule, number>();
  readonly #tunables: Tunables;

  constructor(tunables: Tunables) {
    this.#tunables = tunables;
    this.#values.set(find(IPPROTO_IPV6, inet.IPV6_V6ONLY)!, tunables.setting('net/ipv6/bindv6only'));
  }

  value(level: number, option: number): number {
    const found = find(level, option);
    return found === undefined ? 0 : this.#valueOf(found);
  }

  #valueOf(found: OptionRule): number {
    const { tunable, initial } = found;
    return this.#values.get(found) ?? (tunable === undefined ? initial : this.#tunables.setting(tunable));
  }

  /** Options are whole ints; a single byte may be given and asked for too. Source: ip(7). */
  get(level: number, option: number): Uint8Array | number {
    const found = find(level, option);
    return found === undefined ? -ENOPROTOOPT : intBytes(this.#valueOf(found));
  }

  set(level: number, option: number, bytes: Uint8Array): number {
    if (memberships.some(([itsLevel, itsOption]) => itsLevel === level && itsOption === option))
      return bytes.length < MREQ_SIZE ? -EINVAL : -ENODEV;
    const found = find(level, option);
    if (found === undefined) return -ENOPROTOOPT;
    if (bytes.length < 4 && (bytes.length < 1 || level !== IPPROTO_IP)) return -EINVAL;
    const value = bytes.length >= 4 ? intAt(bytes, 0) : bytes[0]!;
    if (value < found.least || value > found.most) return -EINVAL;
    const isFlag = found.least === -Infinity && found.most === Infinity && found.initial <= 1;
    // −1 brings the initial value back, where there is such a thing.
    if (value === -1 && found.least === -1) this.#values.delete(found);
    else this.#values.set(found, isFlag && value !== 0 ? 1 : value);
    return 0;
  }

  copy(): InetOptions {
    const copy = new InetOptions(this.#tunables);
    for (const [key, value] of this.#values) copy.#values.set(key, value);
    return copy;
  }
}

function find(level: number, option: number): OptionRule | undefined {
  return rules.find((candidate) => candidate.level === level && candidate.option === option);
}
