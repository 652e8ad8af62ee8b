/** Netlink's questions about sockets. Source: sock_diag(7); include/uapi/linux/sock_diag.h, inet_diag.h, unix_diag.h, netlink_diag.h. */
export const NETLINK_SOCK_DIAG = 4;
export const SOCK_DIAG_BY_FAMILY = 20;

/** Ports and addresses in network order. */
const inet_diag_sockid = {
  idiag_sport: 0,
  idiag_dport: 2,
  idiag_src: 4,
  idiag_dst: 20,
  idiag_if: 36,
  idiag_cookie: 40,
  size: 48,
} as const;

export const inet_diag_req_v2 = {
  sdiag_family: 0,
  sdiag_protocol: 1,
  idiag_ext: 2,
  idiag_states: 4,
  id: { ...inet_diag_sockid, at: 8 },
  size: 56,
} as const;
export const INET_DIAG_REQ_BYTECODE = 1;
export const INET_DIAG_NOCOOKIE = 0xffffffff;

export const inet_diag_msg = {
  idiag_family: 0,
  idiag_state: 1,
  id: { ...inet_diag_sockid, at: 4 },
  idiag_rqueue: 56,
  idiag_wqueue: 60,
  idiag_uid: 64,
  idiag_inode: 68,
  size: 72,
} as const;

export const INET_DIAG_MEMINFO = 1;
export const INET_DIAG_INFO = 2;
export const INET_DIAG_CONG = 4;
export const INET_DIAG_TOS = 5;
export const INET_DIAG_TCLASS = 6;
export const INET_DIAG_SKMEMINFO = 7;
export const INET_DIAG_SHUTDOWN = 8;
export const INET_DIAG_SKV6ONLY = 11;
export const INET_DIAG_MARK = 15;
export const INET_DIAG_CLASS_ID = 17;
export const INET_DIAG_SOCKOPT = 22;
/** struct inet_diag_sockopt, its two bytes as one number. */
export const INET_DIAG_SOCKOPT_RECVERR = 0x01;
export const INET_DIAG_SOCKOPT_IS_ICSK = 0x02;
export const INET_DIAG_SOCKOPT_FREEBIND = 0x04;
export const INET_DIAG_SOCKOPT_MC_LOOP = 0x10;
export const INET_DIAG_SOCKOPT_MC_ALL = 0x40;

export const inet_diag_bc_op = { code: 0, yes: 1, no: 2, size: 4 } as const;
export const InetDiagOperation = {
  NOP: 0,
  JMP: 1,
  S_GE: 2,
  S_LE: 3,
  D_GE: 4,
  D_LE: 5,
  AUTO: 6,
  S_COND: 7,
  D_COND: 8,
  DEV_COND: 9,
  MARK_COND: 10,
  S_EQ: 11,
  D_EQ: 12,
} as const;
export const inet_diag_hostcond = { family: 0, prefix_len: 1, port: 4, addr: 8, size: 8 } as const;

export const unix_diag_req = {
  sdiag_family: 0,
  sdiag_protocol: 1,
  udiag_states: 4,
  udiag_ino: 8,
  udiag_show: 12,
  udiag_cookie: 16,
  size: 24,
} as const;
export const UDIAG_SHOW_NAME = 0x01;
export const UDIAG_SHOW_VFS = 0x02;
export const UDIAG_SHOW_PEER = 0x04;
export const UDIAG_SHOW_ICONS = 0x08;
export const UDIAG_SHOW_RQLEN = 0x10;
export const UDIAG_SHOW_MEMINFO = 0x20;
export const UDIAG_SHOW_UID = 0x40;

export const unix_diag_msg = {
  udiag_family: 0,
  udiag_type: 1,
  udiag_state: 2,
  udiag_ino: 4,
  udiag_cookie: 8,
  size: 16,
} as const;
export const UNIX_DIAG_NAME = 0;
export const UNIX_DIAG_VFS = 1;
export const UNIX_DIAG_PEER = 2;
export const UNIX_DIAG_ICONS = 3;
export const UNIX_DIAG_RQLEN = 4;
export const UNIX_DIAG_MEMINFO = 5;
export const UNIX_DIAG_SHUTDOWN = 6;
export const UNIX_DIAG_UID = 7;

export const packet_diag_req = { sdiag_family: 0, sdiag_protocol: 1, size: 20 } as const;

export const netlink_diag_req = {
  sdiag_family: 0,
  sdiag_protocol: 1,
  ndiag_show: 8,
  size: 20,
} as const;
export const NDIAG_PROTO_ALL = 255;
export const NDIAG_SHOW_MEMINFO = 1;
export const NDIAG_SHOW_GROUPS = 2;
export const netlink_diag_msg = {
  ndiag_family: 0,
  ndiag_type: 1,
  ndiag_protocol: 2,
  ndiag_state: 3,
  ndiag_portid: 4,
  ndiag_dst_portid: 8,
  ndiag_dst_group: 12,
  ndiag_ino: 16,
  ndiag_cookie: 20,
  size: 28,
} as const;
export const NETLINK_DIAG_MEMINFO = 0;
export const NETLINK_DIAG_GROUPS = 1;
