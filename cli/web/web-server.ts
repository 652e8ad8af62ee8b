/**
 * The web terminal's server: the page and its files over HTTP, one WebSocket per open page. Who may come in is decided in access.ts and
 * web-address.ts; what a page may ask in web-client.ts.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { cookieOf, WebAccess } from './access.ts';
import type { Assets } from './assets.ts';
import { CLOSED_POLICY, commonHeaders, pagePolicy } from './headers.ts';
import { KEY_PREFIX, MESSAGE_LIMIT, SUBPROTOCOL } from './messages.ts';
import { closedPage, enteringPage } from './plain-pages.ts';
import { isOwnHost, isOwnOrigin, isWildcard, urlHost, type WebAddress } from './web-address.ts';

const MOST_CONNECTIONS = 128;
const MOST_PAGES = 32;
const NONCE_BYTES = 16;
const STATUS_TEXT: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

export interface WebServerOptions {
  readonly address: WebAddress;
  readonly assets: Assets;
  /** A page has opened its socket. */
  readonly onPage: (socket: WebSocket) => void;
}

export class WebServer {
  readonly #options: WebServerOptions;
  readonly #server: Server;
  readonly #sockets: WebSocketServer;
  readonly #access = new WebAccess();
  #address: WebAddress;

  private constructor(options: WebServerOptions) {
    this.#options = options;
    this.#address = options.address;
    this.#server = createServer((request, response) => this.#answer(request, response));
    this.#server.maxConnections = MOST_CONNECTIONS;
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: MESSAGE_LIMIT,
      perMessageDeflate: false,
      handleProtocols: (offered) => (offered.has(SUBPROTOCOL) ? SUBPROTOCOL : false),
    });
  }

  /** Rejects when the address can't be had. */
  static open(options: WebServerOptions): Promise<WebServer> {
    const web = new WebServer(options);
    const { host, port } = options.address;
    return new Promise((resolve, reject) => {
      web.#server.once('error', reject);
      web.#server.listen({ host, port }, () => {
        web.#server.off('error', reject);
        // Nothing that goes wrong with a connection is worth ending the machine for.
        web.#server.on('error', () => undefined);
        const { port: given } = web.#server.address() as AddressInfo;
        web.#address = { host, port: given };
        resolve(web);
      });
    });
  }

  /** The link that lets one browser in, once. */
  createLink(): string {
    const { host, port } = this.#address;
    const name = isWildcard(host) ? '127.0.0.1' : urlHost(host);
    return `http://${name}:${port}/?token=${this.#access.createToken()}`;
  }

  close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  get #cookieName(): string {
    return `k42-${this.#address.port}`;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // Nothing that a page sends is read.
    request.resume();
    if (!isOwnHost(request.headers.host, this.#address)) {
      refuse(response, 403, 'This server is not called by that name.');
      return;
    }
    if (request.method !== 'GET') {
      refuse(response, 405, 'There is nothing here but pages to look at.', { Allow: 'GET' });
      return;
    }
    // Not by URL, which would read a host into it, or throw.
    const [path = '/', query = ''] = (request.url ?? '/').split('?', 2);
    const token = new URLSearchParams(query).get('token');
    if (path === '/' && token !== null) this.#letIn(token, response);
    else if (!this.#access.mayLoad(this.#cookie(request)))
      refuse(response, 401, 'Open the link that k42 has printed. It lets one browser in, once.');
    else if (path === '/') this.#sendPage(request, response);
    else this.#sendAsset(path, response);
  }

  /**
   * Not a redirect: a browser that came here from another site would not send the cookie, which is for requests of our own pages only.
   */
  #letIn(token: string, response: ServerResponse): void {
    const session = this.#access.redeem(token);
    if (session === undefined) {
      refuse(response, 403, 'This link has been used, or was never one. A page that is open can make another.');
      return;
    }
    send(response, 200, 'text/html; charset=utf-8', enteringPage(`/#key=${session.key}`), {
      'Content-Security-Policy': CLOSED_POLICY,
      'Set-Cookie': `${this.#cookieName}=${session.cookie}; HttpOnly; SameSite=Strict; Path=/`,
    });
  }

  #sendPage(request: IncomingMessage, response: ServerResponse): void {
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    send(response, 200, 'text/html; charset=utf-8', this.#options.assets.page(nonce), {
      'Content-Security-Policy': pagePolicy(request.headers.host!, nonce),
    });
  }

  #sendAsset(path: string, response: ServerResponse): void {
    const asset = this.#options.assets.find(path);
    if (asset === undefined) refuse(response, 404, 'There is no such page.');
    else send(response, 200, asset.type, asset.bytes, { 'Content-Security-Policy': CLOSED_POLICY });
  }

  #cookie(request: IncomingMessage): string | undefined {
    return cookieOf(request.headers.cookie, this.#cookieName);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const refusal = this.#refusalOf(request);
    if (refusal !== undefined) {
      socket.end(`HTTP/1.1 ${refusal} ${STATUS_TEXT[refusal]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (page) => this.#options.onPage(page));
  }

  /** The status that refuses a socket; undefined when it may be opened. */
  #refusalOf({ headers, url }: IncomingMessage): number | undefined {
    if (!isOwnHost(headers.host, this.#address) || !isOwnOrigin(headers.origin, headers.host)) return 403;
    if (url !== '/socket') return 404;
    const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (!offered.includes(SUBPROTOCOL)) return 400;
    const key = offered.find((name) => name.startsWith(KEY_PREFIX))?.slice(KEY_PREFIX.length);
    if (!this.#access.mayConnect(cookieOf(headers.cookie, this.#cookieName), key)) return 401;
    return this.#sockets.clients.size >= MOST_PAGES ? 503 : undefined;
  }
}

function refuse(response: ServerResponse, status: number, reason: string, headers: object = {}): void {
  send(response, status, 'text/html; charset=utf-8', closedPage(reason), {
    'Content-Security-Policy': CLOSED_POLICY,
    ...headers,
  });
}

function send(response: ServerResponse, status: number, type: string, body: string | Buffer, headers: object): void {
  response.writeHead(status, {
    ...commonHeaders,
    ...headers,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
}
