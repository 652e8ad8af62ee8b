/** Network interfaces: ioctl requests, struct ifreq, flags. Source: netdevice(7); include/uapi/linux/sockios.h, if.h, if_arp.h. */
export const SIOCGIFNAME = 0x8910;
export const SIOCGIFCONF = 0x8912;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCSIFFLAGS = 0x8914;
export const SIOCGIFADDR = 0x8915;
export const SIOCSIFADDR = 0x8916;
export const SIOCGIFDSTADDR = 0x8917;
export const SIOCGIFBRDADDR = 0x8919;
export const SIOCGIFNETMASK = 0x891b;
export const SIOCSIFNETMASK = 0x891c;
export const SIOCGIFMETRIC = 0x891d;
export const SIOCGIFMTU = 0x8921;
export const SIOCSIFMTU = 0x8922;
export const SIOCSIFHWADDR = 0x8924;
export const SIOCGIFHWADDR = 0x8927;
export const SIOCGIFINDEX = 0x8933;
export const SIOCGIFTXQLEN = 0x8942;
export const SIOCADDRT = 0x890b;
export const SIOCDELRT = 0x890c;

/** Requests that change something. */
export const changes: ReadonlySet<number> = new Set([
  SIOCSIFFLAGS,
  SIOCSIFADDR,
  SIOCSIFNETMASK,
  SIOCSIFMTU,
  SIOCSIFHWADDR,
  SIOCADDRT,
  SIOCDELRT,
]);

export const IFNAMSIZ = 16;
export const ifreq = { ifr_name: 0, ifr_data: 16, size: 40 } as const;
export const ifconf = { ifc_len: 0, ifc_buf: 8 } as const;

export const IFF_UP = 1;
export const IFF_BROADCAST = 2;
export const IFF_LOOPBACK = 8;
export const IFF_RUNNING = 0x40;
export const IFF_MULTICAST = 0x1000;
export const IFF_LOWER_UP = 0x10000;

export const interfaceFlags = {
  loopback: IFF_UP | IFF_LOOPBACK | IFF_RUNNING,
  ethernet: IFF_UP | IFF_BROADCAST | IFF_RUNNING | IFF_MULTICAST,
} as const;

/** ARPHRD_* */
export const hardwareTypes = { loopback: 772, ethernet: 1 } as const;
/** Packets; what Linux gives to both. */
export const TX_QUEUE_LENGTH = 1000;
