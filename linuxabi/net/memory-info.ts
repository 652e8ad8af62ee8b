/** What a socket's queues hold, as SK_MEMINFO tells. Source: include/uapi/linux/sock_diag.h, net/core/sock.c, sk_get_meminfo. */
import type { Socket } from './socket.ts';
import { intBytes } from './socket-options.ts';

export function memoryInfo({ options, protocol }: Socket): Uint8Array {
  const received = Math.max(0, protocol.queuedBytes('in'));
  const sent = Math.max(0, protocol.queuedBytes('out'));
  const { receiveBufferBytes, sendBufferBytes } = options;
  // rmem, rcvbuf, wmem, sndbuf, forward, queued, options, backlog, drops
  return intBytes(received, receiveBufferBytes, sent, sendBufferBytes, 0, sent, 0, 0, 0);
}
