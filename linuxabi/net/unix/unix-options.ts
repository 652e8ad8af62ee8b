/** Options and small answers that all Unix sockets have in common. */
import { ENOPROTOOPT, EOPNOTSUPP } from '../../abi/errno.ts';
import { SO_PASSCRED, SO_PASSPIDFD, SO_PEERCRED, SOL_SOCKET } from '../../abi/socket.ts';
import { credentialsOfThread } from '../message.ts';
import type { Outgoing, PeerCredentials } from '../message.ts';
import type { Socket } from '../socket.ts';
import { intBytes } from '../socket-options.ts';

export function credentialBytes({ pid, uid, gid }: PeerCredentials): Uint8Array {
  return intBytes(pid, uid, gid);
}

export function unixOption(level: number, option: number, peer: PeerCredentials): Uint8Array | number {
  if (level !== SOL_SOCKET) return -EOPNOTSUPP;
  return option === SO_PEERCRED ? credentialBytes(peer) : -ENOPROTOOPT;
}

/** It wants to know who sends. Source: net/unix/af_unix.c, unix_may_passcred. */
export function tellsSender({ options }: Socket): boolean {
  return options.has(SO_PASSCRED) || options.has(SO_PASSPIDFD);
}

/** Credentials that go with a message: those given, else the sender's when either side wants them. Source: maybe_add_creds. */
export function credentialsToSend(message: Outgoing, from: Socket, to: Socket): PeerCredentials | undefined {
  const given = message.ancillary?.credentials;
  if (given !== undefined) return given;
  return tellsSender(from) || tellsSender(to) ? credentialsOfThread(message.thread) : undefined;
}
