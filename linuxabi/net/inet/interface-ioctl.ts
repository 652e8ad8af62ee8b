/** ioctl requests about network interfaces. Source: netdevice(7). */
import type { GuestAddress } from '../../../cpu/address.ts';
import { ENOTTY } from '../../abi/errno.ts';
import type { LinuxThread } from '../../process/thread.ts';
import type { Socket } from '../socket.ts';

export function interfaceIoctl(
  _thread: LinuxThread,
  _socket: Socket,
  _request: number,
  _argument: GuestAddress,
): number {
  return -ENOTTY;
}
