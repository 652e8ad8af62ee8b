/**
 * Options of the socket level that only have to be remembered, as data: what each holds at first, in which form, which sockets have it
 * and who may set it. Source: socket(7); net/core/sock.c, sk_setsockopt and sk_getsockopt.
 */
import { CAP_NET_ADMIN, CAP_NET_RAW } from '../abi/capability.ts';
import * as so from '../abi/socket.ts';
import type { SocketKind } from './socket.ts';

export interface OptionRule {
  /** A flag is kept as 0 or 1; a bit may be given as 0 or 1 only; a number is kept as it is. */
  readonly form: 'flag' | 'bit' | 'number';
  /** Its value before it is set. */
  readonly initial: number;
  /** Other sockets answer −EOPNOTSUPP. */
  readonly has: (kind: SocketKind) => boolean;
  /** Values that may be set; others are −EINVAL. */
  readonly accepts: (value: number) => boolean;
  /** One of these is needed to set it. */
  readonly capabilities: readonly number[];
}

const plain: OptionRule = { form: 'flag', initial: 0, has: () => true, accepts: () => true, capabilities: [] };

export const isInternet = ({ family }: SocketKind): boolean => family === so.AF_INET || family === so.AF_INET6;
const isUnix = ({ family }: SocketKind): boolean => family === so.AF_UNIX;
const tellsSender = ({ family }: SocketKind): boolean => family === so.AF_UNIX || family === so.AF_NETLINK;
const isNotNegative = (value: number): boolean => value >= 0;
const byAdministrator = [CAP_NET_ADMIN];

const BUFFER_LOCKS = 0x3;
const TIMESTAMPING_FLAGS = 0x3ffff;

const flags: readonly number[] = [
  so.SO_DEBUG,
  so.SO_REUSEADDR,
  so.SO_DONTROUTE,
  so.SO_BROADCAST,
  so.SO_KEEPALIVE,
  so.SO_OOBINLINE,
  so.SO_NO_CHECK,
  so.SO_TIMESTAMP,
  so.SO_TIMESTAMPNS,
  so.SO_RXQ_OVFL,
  so.SO_NOFCS,
  so.SO_SELECT_ERR_QUEUE,
  so.SO_WIFI_STATUS,
  so.SO_LOCK_FILTER,
  so.SO_RCVPRIORITY,
  so.SO_TIMESTAMP_NEW,
  so.SO_TIMESTAMPNS_NEW,
];

const others: readonly (readonly [option: number, rule: Partial<OptionRule>])[] = [
  [so.SO_REUSEPORT, {}],
  [so.SO_PASSCRED, { has: tellsSender }],
  [so.SO_PASSSEC, { has: tellsSender }],
  [so.SO_PASSPIDFD, { has: isUnix }],
  [so.SO_PASSRIGHTS, { has: isUnix, initial: 1 }],
  [so.SO_MARK, { form: 'number', capabilities: [CAP_NET_ADMIN, CAP_NET_RAW] }],
  [so.SO_RCVMARK, { capabilities: [CAP_NET_ADMIN, CAP_NET_RAW] }],
  [so.SO_PREFER_BUSY_POLL, { capabilities: byAdministrator }],
  [so.SO_BUSY_POLL, { form: 'number', accepts: isNotNegative, capabilities: byAdministrator }],
  [so.SO_INCOMING_CPU, { form: 'number', initial: -1 }],
  [so.SO_ZEROCOPY, { form: 'bit', has: isInternet }],
  [so.SO_BUF_LOCK, { form: 'number', accepts: (value) => (value & ~BUFFER_LOCKS) === 0 }],
  [so.SO_TXREHASH, { form: 'bit', initial: 1, has: (kind) => isInternet(kind) && kind.type === so.SOCK_STREAM }],
  [so.SO_TIMESTAMPING, { form: 'number', accepts: (value) => (value & ~TIMESTAMPING_FLAGS) === 0 }],
  [so.SO_TIMESTAMPING_NEW, { form: 'number', accepts: (value) => (value & ~TIMESTAMPING_FLAGS) === 0 }],
];

export const optionRules: ReadonlyMap<number, OptionRule> = new Map([
  ...flags.map((option) => [option, plain] as const),
  ...others.map(([option, rule]) => [option, { ...plain, ...rule }] as const),
]);

/** Both forms of a moment can't be told: the one set last counts. Source: net/core/sock.c, sock_set_timestamp. */
export const timestampOptions: readonly number[] = [
  so.SO_TIMESTAMP,
  so.SO_TIMESTAMPNS,
  so.SO_TIMESTAMP_NEW,
  so.SO_TIMESTAMPNS_NEW,
];

/** Only ever read: constant answers, as ints. */
export const constantOptions: ReadonlyMap<number, readonly number[]> = new Map([
  [so.SO_SNDLOWAT, [1]],
  [so.SO_BSDCOMPAT, [0]],
  [so.SO_ACCEPTCONN, [0]],
  // Classic BPF knows no extensions that could be missing.
  [so.SO_BPF_EXTENSIONS, [64]],
  [so.SO_INCOMING_NAPI_ID, [0]],
  [so.SO_RESERVE_MEM, [0]],
  [so.SO_TXTIME, [0, 0]],
  // No filter.
  [so.SO_GET_FILTER, []],
]);
