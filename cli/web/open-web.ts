/** `k42 serve --web`: the web terminal of a served machine. Loaded only when it is asked for. */
import { fileURLToPath } from 'node:url';
import type { ServedMachine } from '../serve/served-machine.ts';
import { Assets } from './assets.ts';
import { PageMethods } from './page-methods.ts';
import { isLoopback, type WebAddress } from './web-address.ts';
import { WebClient } from './web-client.ts';
import { WebServer } from './web-server.ts';

/** The built page, beside the built program. */
const builtPage = (): string => fileURLToPath(new URL('./web/', import.meta.url));

export class WebTerminal {
  readonly #server: WebServer;
  readonly #isOpenToOthers: boolean;

  constructor(server: WebServer, { host }: WebAddress) {
    this.#server = server;
    this.#isOpenToOthers = !isLoopback(host);
  }

  /** Lines for who has started it: how to get in, with a link. */
  invitation(): string[] {
    const lines = [`web terminal, for one browser: ${this.#server.createLink()}`];
    if (this.#isOpenToOthers) lines.push('it can be reached from other hosts, and nothing on the way is encrypted');
    return lines;
  }

  close(): Promise<void> {
    return this.#server.close();
  }
}

/** `assets`: the folder of the built page. Rejects when the address can't be had. */
export async function openWeb(served: ServedMachine, address: WebAddress, assets = builtPage()): Promise<WebTerminal> {
  const methods: PageMethods = new PageMethods(served, () => server.createLink());
  const server = await WebServer.open({
    address,
    assets: new Assets(assets),
    onPage: (socket) => methods.join(new WebClient(socket, methods.find)),
  });
  return new WebTerminal(server, address);
}
