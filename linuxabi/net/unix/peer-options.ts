/** Options that tell who connected, beyond struct ucred: its groups, and a descriptor for its process. Source: unix(7); net/core/sock.c. */
import type { GuestAddress } from '../../../cpu/address.ts';
import { EINVAL, ENODATA, ENOTCONN, ERANGE } from '../../abi/errno.ts';
import { SO_PEERGROUPS, SO_PEERNAME, SO_PEERPIDFD, SOL_SOCKET } from '../../abi/socket.ts';
import { installPidfd } from '../../pidfd/pidfd.ts';
import type { LinuxThread } from '../../process/thread.ts';
import { NO_CREDENTIALS } from '../message.ts';
import type { PeerCredentials } from '../message.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';

const GROUP_SIZE = 4;

/** The option's bytes, −errno, or undefined when it is none of these. `room` is what the program has, its place `lengthAt`. */
export function peerOption(
  thread: LinuxThread,
  socket: Socket,
  what: { readonly level: number; readonly option: number; readonly room: number; readonly lengthAt: GuestAddress },
): Uint8Array | number | undefined {
  const { level, option, room, lengthAt } = what;
  if (level !== SOL_SOCKET) return undefined;
  if (option === SO_PEERNAME) return nameFor(socket, room);
  if (option !== SO_PEERGROUPS && option !== SO_PEERPIDFD) return undefined;
  const { process, groups } = socket.protocol.peer?.() ?? NO_CREDENTIALS;
  if (process === undefined) return -ENODATA;
  if (option === SO_PEERGROUPS) {
    const size = groups.length * GROUP_SIZE;
    if (room >= size) return intBytes(...groups);
    // How much it would be.
    thread.memory.writeU32(lengthAt, size);
    return -ERANGE;
  }
  const descriptor = installPidfd(thread, process, 0);
  return descriptor < 0 ? descriptor : intBytes(descriptor);
}

/** Whoever asks for more than there is gets nothing. Source: net/core/sock.c, SO_PEERNAME. */
function nameFor({ protocol }: Socket, room: number): Uint8Array | number {
  const name = protocol.peerName();
  if (typeof name === 'number') return -ENOTCONN;
  return name.length < room ? -EINVAL : name;
}

/** Bytes of SCM_PIDFD: a descriptor of the sender, or −errno in its place. */
export function senderDescriptor(thread: LinuxThread, { process }: PeerCredentials): Uint8Array | undefined {
  return process === undefined ? undefined : intBytes(installPidfd(thread, process, 0));
}
