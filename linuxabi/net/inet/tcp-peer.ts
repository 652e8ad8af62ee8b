/** The other end of a TCP connection, as this end sees it: a socket of the same machine, or the host (host-end.ts). */
export interface TcpPeer {
  /** Bytes it would take now. */
  room(): number;
  /** Takes what fits; the count. `urgent`: the last byte is urgent data. */
  deliver(bytes: Uint8Array, urgency: 'normal' | 'urgent'): number;
  /** Bytes it has been given and not yet passed on (SIOCOUTQ). */
  pendingBytes(): number;
  /** No more bytes will come. */
  finish(): void;
  /** The connection is gone, now. */
  reset(): void;
  /** There is room again at the end that calls. */
  roomMade(): void;
}
