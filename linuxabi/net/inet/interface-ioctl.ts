/** ioctl requests about network interfaces. What they would change is fixed here. Source: netdevice(7); net/core/dev_ioctl.c, net/ipv4/devinet.c. */
import type { GuestAddress } from '../../../cpu/address.ts';
import { guestAddress } from '../../../cpu/address.ts';
import { bytesFromString, stringFromBytes } from '../../../kernel/byte-string.ts';
import { EFAULT, ENODEV, ENOTTY, EPERM } from '../../abi/errno.ts';
import * as netdevice from '../../abi/netdevice.ts';
import { AF_INET } from '../../abi/socket.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Socket } from '../socket.ts';
import { broadcastOf, netmaskOf, sockaddrOf } from './address.ts';
import type { IpAddress } from './address.ts';
import type { NetworkInterface } from './inet-stack.ts';

const { ifreq, ifconf } = netdevice;

export function interfaceIoctl(thread: LinuxThread, socket: Socket, request: number, argument: GuestAddress): number {
  const { interfaces } = socket.network.inet;
  if (request === netdevice.SIOCGIFCONF)
    return socket.kind.family === AF_INET ? listInterfaces(thread, interfaces, argument) : -ENOTTY;
  if (netdevice.changes.has(request)) return -EPERM;
  const read = request === netdevice.SIOCGIFNAME ? nameOf : readers.get(request);
  if (read === undefined) return -ENOTTY;
  const bytes = new Uint8Array(ifreq.size);
  if (thread.memory.read(argument, bytes) < bytes.length) return -EFAULT;
  const found = findInterface(interfaces, bytes, request);
  if (found === undefined) return -ENODEV;
  const result = read(found, bytes);
  if (result < 0) return result;
  return thread.memory.write(argument, bytes) === bytes.length ? 0 : -EFAULT;
}

function findInterface(
  interfaces: readonly NetworkInterface[],
  bytes: Uint8Array,
  request: number,
): NetworkInterface | undefined {
  if (request === netdevice.SIOCGIFNAME) {
    const index = new DataView(bytes.buffer).getInt32(ifreq.ifr_data, true);
    return interfaces.find((candidate) => candidate.index === index);
  }
  const end = bytes.subarray(0, netdevice.IFNAMSIZ).indexOf(0);
  const wanted = stringFromBytes(bytes.subarray(0, end < 0 ? netdevice.IFNAMSIZ - 1 : end));
  return interfaces.find(({ name }) => name === wanted);
}

type Reader = (from: NetworkInterface, into: Uint8Array) => number;

const number = (value: (from: NetworkInterface) => number): Reader => {
  return (from, into) => {
    new DataView(into.buffer).setInt32(ifreq.ifr_data, value(from), true);
    return 0;
  };
};

const address = (value: (from: NetworkInterface) => IpAddress): Reader => {
  return (from, into) => {
    into.set(sockaddrOf({ address: value(from), port: 0 }, AF_INET), ifreq.ifr_data);
    return 0;
  };
};

const readers: ReadonlyMap<number, Reader> = new Map([
  [
    netdevice.SIOCGIFFLAGS,
    (from: NetworkInterface, into: Uint8Array) => {
      new DataView(into.buffer).setInt16(ifreq.ifr_data, netdevice.interfaceFlags[from.kind], true);
      return 0;
    },
  ],
  [netdevice.SIOCGIFADDR, address(({ address4 }) => address4)],
  [netdevice.SIOCGIFDSTADDR, address(({ address4 }) => address4)],
  [netdevice.SIOCGIFNETMASK, address(({ prefix4 }) => netmaskOf(prefix4))],
  [
    netdevice.SIOCGIFBRDADDR,
    address((from) => (from.kind === 'loopback' ? '\0\0\0\0' : broadcastOf(from.address4, from.prefix4))),
  ],
  [netdevice.SIOCGIFMETRIC, number(() => 0)],
  [netdevice.SIOCGIFMTU, number(({ mtu }) => mtu)],
  [netdevice.SIOCGIFINDEX, number(({ index }) => index)],
  [netdevice.SIOCGIFTXQLEN, number(() => netdevice.TX_QUEUE_LENGTH)],
  [
    netdevice.SIOCGIFHWADDR,
    (from: NetworkInterface, into: Uint8Array) => {
      new DataView(into.buffer).setUint16(ifreq.ifr_data, netdevice.hardwareTypes[from.kind], true);
      into.set(from.hardwareAddress, ifreq.ifr_data + 2);
      return 0;
    },
  ],
]);

function nameOf(from: NetworkInterface, into: Uint8Array): number {
  into.fill(0, 0, netdevice.IFNAMSIZ);
  into.set(bytesFromString(from.name));
  return 0;
}

/** Names and addresses, as many as fit; without a buffer only the size that they take. */
function listInterfaces(thread: LinuxThread, interfaces: readonly NetworkInterface[], argument: GuestAddress): number {
  const { memory } = thread;
  const room = memory.readU32(argument) | 0;
  const buffer =
    memory.readU32(guestAddress(argument + ifconf.ifc_buf)) +
    memory.readU32(guestAddress(argument + ifconf.ifc_buf + 4)) * 2 ** 32;
  const count =
    buffer === 0 ? interfaces.length : Math.min(interfaces.length, Math.max(0, Math.floor(room / ifreq.size)));
  if (buffer !== 0) {
    for (const [index, each] of interfaces.slice(0, count).entries()) {
      const bytes = new Uint8Array(ifreq.size);
      nameOf(each, bytes);
      bytes.set(sockaddrOf({ address: each.address4, port: 0 }, AF_INET), ifreq.ifr_data);
      if (memory.write(guestAddress(buffer + index * ifreq.size), bytes) < bytes.length) return -EFAULT;
    }
  }
  memory.writeU32(argument, count * ifreq.size);
  return 0;
}
