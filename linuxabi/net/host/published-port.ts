/** Connections that come from the host to a port of the machine. */
import { GATEWAY } from '../inet/inet-stack.ts';
import type { Connector } from '../inet/tcp-listener.ts';
import { TcpSocket } from '../inet/tcp-socket.ts';
import type { Network } from '../network.ts';
import type { HostStream, HostStreamEvents } from './host-network.ts';

export interface Arrival {
  readonly guestPort: number;
  /** Port of the client, for getpeername. */
  readonly fromPort: number;
}

/** Hands a paused connection to whoever listens, once there is room in the backlog; resets it when nobody does. */
export function arriveFromHost(
  { inet }: Network,
  stream: HostStream,
  { guestPort, fromPort }: Arrival,
  attach: (events: HostStreamEvents) => void,
): void {
  const remote = { address: GATEWAY, port: fromPort };
  const connector: Connector = {
    retry: () => {
      const listener = inet.listenerAt({ address: inet.sourceFor(GATEWAY), port: guestPort });
      if (listener === undefined) stream.destroy();
      else if (listener.hasRoom) attach(TcpSocket.fromHost(listener, stream, remote));
      else listener.waitForRoom(connector);
    },
  };
  connector.retry();
}
