/**
 * Sockets: families, types, options, message flags and the structures of socket(2), socket(7), unix(7), cmsg(3).
 * Source: include/linux/socket.h, include/uapi/asm-generic/socket.h, include/uapi/asm-generic/sockios.h, net/unix.
 */
export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const AF_MAX = 46;
export const familyNames = { AF_UNSPEC, AF_UNIX, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET } as const;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_RDM = 4;
export const SOCK_SEQPACKET = 5;
export const SOCK_MAX = 11;
export const SOCK_TYPE_MASK = 0xf;
export const SOCK_CLOEXEC = 0o2000000;
export const SOCK_NONBLOCK = 0o4000;
export const typeNames = { SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET } as const;
export const typeFlagNames = { SOCK_CLOEXEC, SOCK_NONBLOCK } as const;

export const SHUT_RD = 0;
export const SHUT_WR = 1;
export const SHUT_RDWR = 2;
export const shutdownNames = { SHUT_RD, SHUT_WR, SHUT_RDWR } as const;

// --- message flags -------------------------------------------------------------------------------------------------------
export const MSG_OOB = 0x1;
export const MSG_PEEK = 0x2;
export const MSG_DONTROUTE = 0x4;
export const MSG_CTRUNC = 0x8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_CONFIRM = 0x800;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;
export const MSG_WAITFORONE = 0x10000;
export const MSG_FASTOPEN = 0x20000000;
export const MSG_CMSG_CLOEXEC = 0x40000000;
export const messageFlagNames = {
  MSG_OOB,
  MSG_PEEK,
  MSG_DONTROUTE,
  MSG_CTRUNC,
  MSG_TRUNC,
  MSG_DONTWAIT,
  MSG_EOR,
  MSG_WAITALL,
  MSG_CONFIRM,
  MSG_ERRQUEUE,
  MSG_NOSIGNAL,
  MSG_MORE,
  MSG_WAITFORONE,
  MSG_FASTOPEN,
  MSG_CMSG_CLOEXEC,
} as const;

// --- options of the socket level --------------------------------------------------------------------------------------------
export const SOL_SOCKET = 1;
export const SO_DEBUG = 1;
export const SO_REUSEADDR = 2;
export const SO_TYPE = 3;
export const SO_ERROR = 4;
export const SO_DONTROUTE = 5;
export const SO_BROADCAST = 6;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_KEEPALIVE = 9;
export const SO_OOBINLINE = 10;
export const SO_NO_CHECK = 11;
export const SO_PRIORITY = 12;
export const SO_LINGER = 13;
export const SO_BSDCOMPAT = 14;
export const SO_REUSEPORT = 15;
export const SO_PASSCRED = 16;
export const SO_PEERCRED = 17;
export const SO_RCVLOWAT = 18;
export const SO_SNDLOWAT = 19;
export const SO_RCVTIMEO = 20;
export const SO_SNDTIMEO = 21;
export const SO_BINDTODEVICE = 25;
export const SO_PEERNAME = 28;
export const SO_TIMESTAMP = 29;
export const SO_ACCEPTCONN = 30;
export const SO_PEERSEC = 31;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;
export const SO_PASSSEC = 34;
export const SO_TIMESTAMPNS = 35;
export const SO_MARK = 36;
export const SO_PROTOCOL = 38;
export const SO_DOMAIN = 39;
export const SO_RXQ_OVFL = 40;
export const SO_PEEK_OFF = 42;
export const SO_INCOMING_CPU = 49;
export const SO_GET_FILTER = 26;
export const SO_NOFCS = 43;
export const SO_LOCK_FILTER = 44;
export const SO_SELECT_ERR_QUEUE = 45;
export const SO_BUSY_POLL = 46;
export const SO_MAX_PACING_RATE = 47;
export const SO_ZEROCOPY = 60;
export const SO_COOKIE = 57;
export const SO_PEERGROUPS = 59;
export const SO_DETACH_FILTER = 27;
export const SO_TIMESTAMPING = 37;
export const SO_WIFI_STATUS = 41;
export const SO_BPF_EXTENSIONS = 48;
export const SO_ATTACH_BPF = 50;
export const SO_ATTACH_REUSEPORT_CBPF = 51;
export const SO_ATTACH_REUSEPORT_EBPF = 52;
export const SO_CNX_ADVICE = 53;
export const SO_MEMINFO = 55;
export const SO_INCOMING_NAPI_ID = 56;
export const SO_TXTIME = 61;
export const SO_BINDTOIFINDEX = 62;
export const SO_TIMESTAMP_NEW = 63;
export const SO_TIMESTAMPNS_NEW = 64;
export const SO_TIMESTAMPING_NEW = 65;
export const SO_RCVTIMEO_NEW = 66;
export const SO_SNDTIMEO_NEW = 67;
export const SO_DETACH_REUSEPORT_BPF = 68;
export const SO_PREFER_BUSY_POLL = 69;
export const SO_BUSY_POLL_BUDGET = 70;
export const SO_BUF_LOCK = 72;
export const SO_RESERVE_MEM = 73;
export const SO_TXREHASH = 74;
export const SO_RCVMARK = 75;
export const SO_PASSPIDFD = 76;
export const SO_PEERPIDFD = 77;
export const SO_RCVPRIORITY = 82;
export const SO_PASSRIGHTS = 83;
export const socketOptionNames = {
  SO_DEBUG,
  SO_REUSEADDR,
  SO_TYPE,
  SO_ERROR,
  SO_DONTROUTE,
  SO_BROADCAST,
  SO_SNDBUF,
  SO_RCVBUF,
  SO_KEEPALIVE,
  SO_OOBINLINE,
  SO_NO_CHECK,
  SO_PRIORITY,
  SO_LINGER,
  SO_BSDCOMPAT,
  SO_REUSEPORT,
  SO_PASSCRED,
  SO_PEERCRED,
  SO_RCVLOWAT,
  SO_SNDLOWAT,
  SO_RCVTIMEO_OLD: SO_RCVTIMEO,
  SO_SNDTIMEO_OLD: SO_SNDTIMEO,
  SO_BINDTODEVICE,
  SO_PEERNAME,
  SO_TIMESTAMP_OLD: SO_TIMESTAMP,
  SO_ACCEPTCONN,
  SO_PEERSEC,
  SO_SNDBUFFORCE,
  SO_RCVBUFFORCE,
  SO_PASSSEC,
  SO_TIMESTAMPNS_OLD: SO_TIMESTAMPNS,
  SO_MARK,
  SO_PROTOCOL,
  SO_DOMAIN,
  SO_RXQ_OVFL,
  SO_PEEK_OFF,
  SO_INCOMING_CPU,
  SO_COOKIE,
  SO_ATTACH_FILTER: SO_GET_FILTER,
  SO_DETACH_FILTER,
  SO_TIMESTAMPING_OLD: SO_TIMESTAMPING,
  SO_WIFI_STATUS,
  SO_BPF_EXTENSIONS,
  SO_ATTACH_BPF,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_ATTACH_REUSEPORT_EBPF,
  SO_CNX_ADVICE,
  SO_MEMINFO,
  SO_INCOMING_NAPI_ID,
  SO_TXTIME,
  SO_BINDTOIFINDEX,
  SO_TIMESTAMP_NEW,
  SO_TIMESTAMPNS_NEW,
  SO_TIMESTAMPING_NEW,
  SO_RCVTIMEO_NEW,
  SO_SNDTIMEO_NEW,
  SO_DETACH_REUSEPORT_BPF,
  SO_PREFER_BUSY_POLL,
  SO_BUSY_POLL_BUDGET,
  SO_BUF_LOCK,
  SO_RESERVE_MEM,
  SO_TXREHASH,
  SO_RCVMARK,
  SO_PASSPIDFD,
  SO_PEERPIDFD,
  SO_RCVPRIORITY,
  SO_PASSRIGHTS,
  SO_NOFCS,
  SO_LOCK_FILTER,
  SO_SELECT_ERR_QUEUE,
  SO_BUSY_POLL,
  SO_MAX_PACING_RATE,
  SO_ZEROCOPY,
  SO_PEERGROUPS,
} as const;

// --- structures --------------------------------------------------------------------------------------------------------------
/** Room for any address. Source: include/linux/socket.h, struct __kernel_sockaddr_storage. */
export const SOCKADDR_STORAGE_SIZE = 128;
/** struct sockaddr_un: family, then a path of up to 108 bytes. */
export const sockaddr_un = { sun_family: 0, sun_path: 2, size: 110 } as const;
export const msghdr = {
  msg_name: 0,
  msg_namelen: 8,
  msg_iov: 16,
  msg_iovlen: 24,
  msg_control: 32,
  msg_controllen: 40,
  msg_flags: 48,
  size: 56,
} as const;
export const mmsghdr = { msg_hdr: 0, msg_len: 56, size: 64 } as const;
export const cmsghdr = { cmsg_len: 0, cmsg_level: 8, cmsg_type: 12, size: 16 } as const;
export const ucred = { pid: 0, uid: 4, gid: 8, size: 12 } as const;
export const linger = { l_onoff: 0, l_linger: 4, size: 8 } as const;

export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
export const SCM_PIDFD = 4;
export const SCM_TIMESTAMP = SO_TIMESTAMP;
export const SCM_TIMESTAMPNS = SO_TIMESTAMPNS;
/** Most descriptors in one message. Source: include/net/scm.h. */
export const SCM_MAX_FD = 253;
/** Most messages in one recvmmsg or sendmmsg. Source: include/uapi/linux/uio.h, UIO_MAXIOV. */
export const UIO_MAXIOV = 1024;

// --- ioctl ----------------------------------------------------------------------------------------------------------------------
export const SIOCOUTQ = 0x5411;
export const SIOCATMARK = 0x8905;
