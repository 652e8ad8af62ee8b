/** socket(2) and its family: there are no sockets yet. Descriptors are told apart as Linux does, so that programs that only ask go on. */
import { EAFNOSUPPORT, EBADF, ENOTSOCK } from '../abi/errno.ts';
import { fd, int, refused, syscall } from '../syscall.ts';
import type { SyscallDefinition } from '../syscall.ts';

const onSocket: readonly (readonly [number: number, name: string])[] = [
  [42, 'connect'],
  [43, 'accept'],
  [44, 'sendto'],
  [45, 'recvfrom'],
  [46, 'sendmsg'],
  [47, 'recvmsg'],
  [48, 'shutdown'],
  [49, 'bind'],
  [50, 'listen'],
  [51, 'getsockname'],
  [52, 'getpeername'],
  [54, 'setsockopt'],
  [55, 'getsockopt'],
  [288, 'accept4'],
  [299, 'recvmmsg'],
  [307, 'sendmmsg'],
];

export const socketSyscalls: readonly SyscallDefinition[] = [
  syscall(
    41,
    'socket',
    [int('domain'), int('type'), int('protocol')],
    () => -EAFNOSUPPORT,
    refused('no address families'),
  ),
  syscall(
    53,
    'socketpair',
    [int('domain'), int('type'), int('protocol')],
    () => -EAFNOSUPPORT,
    refused('no address families'),
  ),
  ...onSocket.map(([number, name]) =>
    syscall(
      number,
      name,
      [fd('sockfd')],
      (thread, descriptor) => (thread.process.files.get(descriptor) === undefined ? -EBADF : -ENOTSOCK),
      refused('no descriptor is a socket'),
    ),
  ),
];
