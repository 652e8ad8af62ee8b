/** `k42 serve --web`: the web terminal of a served machine. Loaded only when it is asked for. */
import type { ServedMachine } from '../serve/served-machine.ts';
import { Assets } from './assets.ts';
import { PageMethods } from './page-methods.ts';
import type { WebAddress } from './web-address.ts';
import { WebClient } from './web-client.ts';
import { WebServer } from './web-server.ts';

export interface WebTerminal {
  /** A link that lets one browser in, once. */
  createLink(): string;
  close(): Promise<void>;
}

/** `assets`: the folder of the built page. Rejects when the address can't be had. */
export async function openWeb(served: ServedMachine, address: WebAddress, assets: string): Promise<WebTerminal> {
  const methods = new PageMethods(served, () => server.createLink());
  const server = await WebServer.open({
    address,
    assets: new Assets(assets),
    onPage: (socket) => methods.join(new WebClient(socket, methods.find)),
  });
  return server;
}
