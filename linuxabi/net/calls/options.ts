/** getsockopt and setsockopt. Source: net/core/sock.c. */
import { guestAddress } from '../../../cpu/address.ts';
import type { GuestAddress } from '../../../cpu/address.ts';
import { EINVAL } from '../../abi/errno.ts';
import { socketOptionNames, SOL_SOCKET } from '../../abi/socket.ts';
import { readBytes, writeBytes } from '../../guest-string.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { choice, fd, int, pointer, syscall } from '../../syscall.ts';
import { peerOption } from '../unix/peer-options.ts';
import { socketAt } from './creation.ts';

/** Longest option that is read; more is cut off. */
const OPTION_LIMIT = 256;

function getsockopt(
  thread: LinuxThread,
  fdNumber: number,
  level: number,
  option: number,
  value: GuestAddress,
  lengthAt: GuestAddress,
): number {
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const room = thread.memory.readI32(lengthAt);
  if (room < 0) return -EINVAL;
  const bytes =
    peerOption(thread, open.socket, { level, option, room, lengthAt }) ?? open.socket.getOption(level, option);
  if (typeof bytes === 'number') return bytes;
  const told = bytes.subarray(0, room);
  writeBytes(thread.memory, guestAddress(value), told);
  thread.memory.writeU32(lengthAt, told.length);
  return 0;
}

function setsockopt(
  thread: LinuxThread,
  fdNumber: number,
  level: number,
  option: number,
  value: GuestAddress,
  length: number,
): number {
  if (length < 0) return -EINVAL;
  const open = socketAt(thread, fdNumber);
  if (typeof open === 'number') return open;
  const bytes = readBytes(thread.memory, value, Math.min(length, OPTION_LIMIT));
  return open.socket.setOption(level, option, bytes, thread);
}

const what = [fd('sockfd'), choice('level', { SOL_SOCKET }), choice('optname', socketOptionNames)] as const;

export const optionCalls = [
  syscall(54, 'setsockopt', [...what, pointer('optval'), int('optlen')], setsockopt),
  syscall(55, 'getsockopt', [...what, pointer('optval'), pointer('optlen')], getsockopt),
];
