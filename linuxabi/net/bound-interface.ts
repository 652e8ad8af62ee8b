/** The interface that a socket is bound to, by name or by number. Source: socket(7), SO_BINDTODEVICE; net/core/sock.c, sock_setbindtodevice. */
import { bytesFromString, stringFromBytes, untilZero } from '../../kernel/byte-string.ts';
import { CAP_NET_RAW } from '../abi/capability.ts';
import { EINVAL, ENODEV, EPERM } from '../abi/errno.ts';
import { IFNAMSIZ } from '../abi/netdevice.ts';
import { SO_BINDTODEVICE } from '../abi/socket.ts';
import { capable } from '../process/credentials.ts';
import type { Credentials } from '../process/credentials.ts';
import type { Socket } from './socket.ts';
import { intAt, intBytes } from './socket-options.ts';

/** Name (empty when there is none) or number (0). */
export function boundInterface({ network, interfaceIndex }: Socket, option: number): Uint8Array {
  if (option !== SO_BINDTODEVICE) return intBytes(interfaceIndex);
  const bound = network.inet.interfaces.find(({ index }) => index === interfaceIndex);
  return bytesFromString(bound === undefined ? '' : `${bound.name}\0`);
}

export function bindToInterface(socket: Socket, option: number, bytes: Uint8Array, credentials: Credentials): number {
  const index = option === SO_BINDTODEVICE ? indexOf(socket, bytes) : bytes.length < 4 ? -EINVAL : intAt(bytes, 0);
  if (index < 0) return option === SO_BINDTODEVICE ? index : -EINVAL;
  if (socket.interfaceIndex !== 0 && !capable(credentials, CAP_NET_RAW)) return -EPERM;
  socket.interfaceIndex = index;
  return 0;
}

/** An empty name: none. */
function indexOf({ network }: Socket, bytes: Uint8Array): number {
  const name = untilZero(stringFromBytes(bytes.subarray(0, IFNAMSIZ - 1)));
  if (name === '') return 0;
  return network.inet.interfaces.find((each) => each.name === name)?.index ?? -ENODEV;
}
