/** Datagrams between a UDP socket and the host's network; questions to the machine's own name server are answered here. */
import { ECONNREFUSED } from '../../abi/errno.ts';
import { ipText, isIpv4, parseIp, unmapped } from '../inet/address.ts';
import type { Endpoint, IpAddress } from '../inet/address.ts';
import { NAME_SERVER } from '../inet/inet-stack.ts';
import type { UdpSocket } from '../inet/udp-socket.ts';
import { answerQuestion } from './name-server.ts';
import type { HostDatagrams, HostNetwork } from './host-network.ts';

const NAME_PORT = 53;

function isQuestion({ address, port }: Endpoint): boolean {
  return address === NAME_SERVER && port === NAME_PORT;
}

export class HostPackets {
  readonly #host: HostNetwork;

  constructor(host: HostNetwork) {
    this.#host = host;
  }

  allows(to: Endpoint): boolean {
    return isQuestion(to) || this.#host.allows(ipText(to.address), to.port);
  }

  open(socket: UdpSocket, address: IpAddress): HostDatagrams {
    return this.#host.openDatagrams(isIpv4(address) ? 4 : 6, {
      received: (bytes, from, port) => {
        const sender = parseIp(from);
        if (sender !== undefined)
          socket.deliver(bytes, { address: unmapped(sender), port }, socket.binding.local.address);
      },
      refused: () => {
        if (socket.binding.remote !== undefined) socket.socket.fail(ECONNREFUSED);
      },
    });
  }

  send(datagrams: HostDatagrams, bytes: Uint8Array, to: Endpoint, from: UdpSocket): void {
    if (!isQuestion(to)) {
      datagrams.send(bytes.slice(), ipText(to.address), to.port);
      return;
    }
    answerQuestion(this.#host, bytes.slice(), (answer) => from.deliver(answer, to, from.binding.local.address));
  }
}
