/** Directions of a socket that are shut down. Source: include/net/sock.h, RCV_SHUTDOWN, SEND_SHUTDOWN. */
import { SHUT_RD, SHUT_WR } from '../abi/socket.ts';

export const Shut = { Receive: 1, Send: 2, Both: 3 } as const;

/** The bits that shutdown(2) asks for. */
export function shutBits(how: number): number {
  return how === SHUT_RD ? Shut.Receive : how === SHUT_WR ? Shut.Send : Shut.Both;
}
