/** Arguments of the socket calls: addresses, messages, options. Source: socket(2), socket(7), ip(7), unix(7). */
import * as s from './show.ts';
import type { CallView, Show } from './show.ts';

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const domains = { AF_UNSPEC: 0, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET: 17, AF_VSOCK: 40 };
const types = {
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_RDM: 4,
  SOCK_SEQPACKET: 5,
  SOCK_DCCP: 6,
  SOCK_PACKET: 10,
};
const TYPE_MASK = 0xf;
const typeFlags = { SOCK_CLOEXEC: 0o2000000, SOCK_NONBLOCK: 0o4000 };
const ipProtocols = {
  IPPROTO_IP: 0,
  IPPROTO_ICMP: 1,
  IPPROTO_TCP: 6,
  IPPROTO_UDP: 17,
  IPPROTO_IPV6: 41,
  IPPROTO_ICMPV6: 58,
  IPPROTO_RAW: 255,
};

export const socketDomain = s.choice(domains, 'AF_???');
export const socketType = s.entry((call, index) => {
  const value = call.int(index);
  const flags = s.flagsOf(value & ~TYPE_MASK, typeFlags, '');
  const known = s.nameOf(value & TYPE_MASK, types);
  return known === undefined ? `${s.hexOf(value)} /* SOCK_??? */` : [known, flags].filter(Boolean).join('|');
});
export const socketProtocol = s.entry((call, index) => {
  const domain = call.int(0);
  const protocol = call.int(index);
  if (domain === AF_INET || domain === AF_INET6) return s.choiceOf(protocol, ipProtocols, 'IPPROTO_???');
  if (domain === AF_NETLINK) return s.choiceOf(protocol, { NETLINK_ROUTE: 0 }, 'NETLINK_???');
  return String(protocol);
});
export const acceptFlags = s.flags(typeFlags);

// --- addresses --------------------------------------------------------------------------------------------------------
const FAMILY_BYTES = 2;
const ADDRESS_BYTES_MAX = 128;

function addressText(call: CallView, address: number, length: number): string {
  if (address === 0) return 'NULL';
  const view = length < FAMILY_BYTES ? undefined : call.bytes(address, Math.min(length, ADDRESS_BYTES_MAX));
  if (view === undefined) return s.hexOf(address);
  const family = view.getUint16(0, true);
  const name = s.choiceOf(family, domains, 'AF_???');
  return `{sa_family=${name}${rest(view, family)}}`;
}

function rest(view: DataView, family: number): string {
  const { byteLength } = view;
  if (byteLength <= FAMILY_BYTES) return '';
  if (family === AF_UNIX) return unixPath(new Uint8Array(view.buffer).subarray(FAMILY_BYTES));
  const port = (): number => view.getUint16(2);
  if (family === AF_INET && byteLength >= 16) {
    const dotted = [4, 5, 6, 7].map((at) => view.getUint8(at)).join('.');
    return `, sin_port=htons(${port()}), sin_addr=inet_addr("${dotted}")`;
  }
  if (family === AF_INET6 && byteLength >= 28) {
    const flow = `sin6_flowinfo=htonl(${view.getUint32(4)})`;
    const scope = `sin6_scope_id=${s.u32(view, 24)}`;
    return `, sin6_port=htons(${port()}), ${flow}, inet_pton(AF_INET6, "${inet6Text(view)}", &sin6_addr), ${scope}`;
  }
  return `, sa_data=${s.quote(new Uint8Array(view.buffer).subarray(FAMILY_BYTES))}`;
}

/** A path ends at its zero byte; a name that begins with one is abstract and has none. */
function unixPath(bytes: Uint8Array): string {
  if (bytes[0] === 0) return `, sun_path=@${s.quote(bytes.subarray(1))}`;
  const end = bytes.indexOf(0);
  return `, sun_path=${s.quote(end < 0 ? bytes : bytes.subarray(0, end))}`;
}

/** The longest run of zero groups is left out. Source: RFC 5952. */
function inet6Text(view: DataView): string {
  const groups = Array.from({ length: 8 }, (_, i) => view.getUint16(8 + 2 * i).toString(16));
  const runs = groups.join(':').match(/\b0(?::0)+\b/g) ?? [];
  const longest = runs.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? groups.join(':') : groups.join(':').replace(longest, ':').replace(/:{3,}/, '::');
}

/** An address given; its length in the next argument. */
export const addressIn = (lengthAt: number): Show =>
  s.entry((call, index) => addressText(call, call.address(index), call.int(lengthAt)));

/** An address filled in; where its length is, in the next argument. */
export const addressOut = (lengthAt: number): Show =>
  s.exit((call, index) => {
    const length = call.failed ? undefined : call.bytes(call.address(lengthAt), 4);
    if (length === undefined) return s.pointerOf(call.address(index));
    return addressText(call, call.address(index), s.i32(length, 0));
  });

/** What was given is read when the call is made, what came back when it has ended. */
export const lengthBeforeAndAfter: Show = {
  at: 'exit',
  text(call, index) {
    const before = call.remembered(index);
    const view = call.bytes(call.address(index), 4);
    if (view === undefined || before === undefined) return s.pointerOf(call.address(index));
    const after = s.i32(view, 0);
    return after === before || call.failed ? `[${before}]` : `[${before} => ${after}]`;
  },
  remember: (call, index) => {
    const view = call.bytes(call.address(index), 4);
    return view === undefined ? undefined : s.i32(view, 0);
  },
};

// --- messages ---------------------------------------------------------------------------------------------------------
const messageFlagNames = {
  MSG_OOB: 1,
  MSG_PEEK: 2,
  MSG_DONTROUTE: 4,
  MSG_CTRUNC: 8,
  MSG_PROBE: 0x10,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_EOR: 0x80,
  MSG_WAITALL: 0x100,
  MSG_FIN: 0x200,
  MSG_SYN: 0x400,
  MSG_CONFIRM: 0x800,
  MSG_RST: 0x1000,
  MSG_ERRQUEUE: 0x2000,
  MSG_NOSIGNAL: 0x4000,
  MSG_MORE: 0x8000,
  MSG_WAITFORONE: 0x10000,
  MSG_CMSG_CLOEXEC: 0x40000000,
};
export const messageFlags = s.flags(messageFlagNames);

/** Offsets of struct msghdr and struct cmsghdr. */
const Message = { name: 0, namelen: 8, iov: 16, iovlen: 24, control: 32, controllen: 40, flags: 48, size: 56 } as const;
const Control = { len: 0, level: 8, type: 12, data: 16 } as const;
const VECTORS_SHOWN = 32;
const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
const SCM_CREDENTIALS = 2;

/** `bytes`: how much of the buffers is meaningful. */
function messageText(call: CallView, address: number, bytes: number): string {
  const view = call.bytes(address, Message.size);
  if (view === undefined) return s.pointerOf(address);
  let left = bytes;
  const count = s.u64(view, Message.iovlen);
  const vectors: string[] = [];
  for (let i = 0; i < Math.min(count, VECTORS_SHOWN); i++) {
    const vector = call.bytes(s.u64(view, Message.iov) + 16 * i, 16);
    if (vector === undefined) break;
    const length = Math.min(left, s.u64(vector, 8));
    left -= length;
    vectors.push(`{iov_base=${s.bytesAt(call, s.u64(vector, 0), length)}, iov_len=${s.u64(vector, 8)}}`);
  }
  const nameLength = s.i32(view, Message.namelen);
  const controlLength = s.u64(view, Message.controllen);
  const control =
    controlLength === 0 ? '' : `msg_control=${controlText(call, s.u64(view, Message.control), controlLength)}, `;
  return [
    `{msg_name=${addressText(call, s.u64(view, Message.name), nameLength)}, msg_namelen=${nameLength}`,
    `msg_iov=[${vectors.join(', ')}], msg_iovlen=${count}`,
    `${control}msg_controllen=${controlLength}, msg_flags=${s.flagsOf(s.i32(view, Message.flags), messageFlagNames)}}`,
  ].join(', ');
}

function controlText(call: CallView, address: number, length: number): string {
  const parts: string[] = [];
  for (let at = 0; at + Control.data <= length;) {
    const head = call.bytes(address + at, Control.data);
    if (head === undefined) return s.hexOf(address);
    const size = s.u64(head, Control.len);
    const level = s.i32(head, Control.level);
    const type = s.i32(head, Control.type);
    const names = { SCM_RIGHTS, SCM_CREDENTIALS };
    const kind = level === SOL_SOCKET ? s.choiceOf(type, names, 'SCM_???') : s.hexOf(type);
    const body = call.bytes(address + at + Control.data, Math.max(0, Math.min(size, length - at) - Control.data));
    const data = body === undefined || level !== SOL_SOCKET ? '' : `, cmsg_data=${rightsText(body, type)}`;
    parts.push(`{cmsg_len=${size}, cmsg_level=${s.choiceOf(level, levels, 'SOL_??')}, cmsg_type=${kind}${data}}`);
    if (size < Control.data) break;
    at += Math.ceil(size / 8) * 8;
  }
  return `[${parts.join(', ')}]`;
}

function rightsText(body: DataView, type: number): string {
  const ints = Array.from({ length: body.byteLength >> 2 }, (_, i) => s.i32(body, 4 * i));
  if (type !== SCM_CREDENTIALS) return `[${ints.join(', ')}]`;
  return credentialsText(ints);
}
const credentialsText = ([pid = 0, uid = 0, gid = 0]: readonly number[]): string =>
  `{pid=${pid}, uid=${uid}, gid=${gid}}`;

export const messageIn = s.entry((call, index) => messageText(call, call.address(index), Infinity));
export const messageOut = s.exit((call, index) => {
  if (!call.failed) return messageText(call, call.address(index), call.result!);
  const view = call.bytes(call.address(index), Message.size);
  return view === undefined ? s.pointerOf(call.address(index)) : `{msg_namelen=${s.i32(view, Message.namelen)}}`;
});

// --- options ----------------------------------------------------------------------------------------------------------
const levels = { SOL_IP: 0, SOL_SOCKET, SOL_TCP: 6, SOL_UDP: 17, SOL_IPV6: 41 };
const socketOptions = {
  SO_DEBUG: 1,
  SO_REUSEADDR: 2,
  SO_TYPE: 3,
  SO_ERROR: 4,
  SO_DONTROUTE: 5,
  SO_BROADCAST: 6,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_KEEPALIVE: 9,
  SO_OOBINLINE: 10,
  SO_NO_CHECK: 11,
  SO_PRIORITY: 12,
  SO_LINGER: 13,
  SO_BSDCOMPAT: 14,
  SO_REUSEPORT: 15,
  SO_PASSCRED: 16,
  SO_PEERCRED: 17,
  SO_RCVLOWAT: 18,
  SO_SNDLOWAT: 19,
  SO_RCVTIMEO_OLD: 20,
  SO_SNDTIMEO_OLD: 21,
  SO_ACCEPTCONN: 30,
  SO_PEERSEC: 31,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  SO_PROTOCOL: 38,
  SO_DOMAIN: 39,
};
const optionsOf: Readonly<Record<number, Readonly<Record<string, number>>>> = {
  [levels.SOL_SOCKET]: socketOptions,
  [levels.SOL_TCP]: { TCP_NODELAY: 1, TCP_MAXSEG: 2, TCP_CORK: 3, TCP_KEEPIDLE: 4, TCP_KEEPINTVL: 5, TCP_KEEPCNT: 6 },
  [levels.SOL_IP]: { IP_TOS: 1, IP_TTL: 2, IP_MTU_DISCOVER: 10, IP_RECVERR: 11 },
  [levels.SOL_IPV6]: { IPV6_V6ONLY: 26 },
};

export const optionLevel = s.choice(levels, 'SOL_??');
export const optionName = s.entry((call, index) => {
  const name = call.int(index);
  return s.nameOf(name, optionsOf[call.int(1)] ?? {}) ?? String(name);
});

function optionText(call: CallView, address: number, length: number): string {
  const name = call.int(1) === SOL_SOCKET ? call.int(2) : 0;
  const view = length < 4 ? undefined : call.bytes(address, Math.min(length, ADDRESS_BYTES_MAX));
  if (view === undefined) return s.pointerOf(address);
  if (name === socketOptions.SO_LINGER && length >= 8) return `{l_onoff=${s.i32(view, 0)}, l_linger=${s.i32(view, 4)}}`;
  if (name === socketOptions.SO_PEERCRED && length >= 12)
    return credentialsText([s.i32(view, 0), s.i32(view, 4), s.i32(view, 8)]);
  return length === 4 ? `[${s.i32(view, 0)}]` : s.quote(new Uint8Array(view.buffer));
}
export const optionValue = {
  in: s.entry((call, index) => optionText(call, call.address(index), call.int(4))),
  out: s.exit((call, index) => {
    const length = call.failed ? undefined : call.bytes(call.address(4), 4);
    return length === undefined
      ? s.pointerOf(call.address(index))
      : optionText(call, call.address(index), s.i32(length, 0));
  }),
};
