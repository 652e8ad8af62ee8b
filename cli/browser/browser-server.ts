/** Serves the page that runs a machine in the browser: its files, the interpreter and a root, and nothing else. */
import { randomBytes } from 'node:crypto';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pipeline } from 'node:stream';
import { commonHeaders } from '../web/headers.ts';
import { isOwnHost, isWildcard, urlHost, type WebAddress } from '../web/web-address.ts';

export interface BrowserServerOptions {
  readonly address: WebAddress;
  /** Folder of the build. */
  readonly build: string;
  /** A tar archive; of a compressed one, the browser makes a plain one. */
  readonly root: string;
}

const NONCE_MARK = '%NONCE%';
const NONCE_BYTES = 16;
const types: Readonly<Record<string, string>> = {
  '/page.js': 'text/javascript; charset=utf-8',
  '/page.css': 'text/css; charset=utf-8',
  '/worker.js': 'text/javascript; charset=utf-8',
  '/icon.svg': 'image/svg+xml',
};

/** Only our own files; WebAssembly may be compiled, which the machine does all the time. */
const policy = (nonce: string): string =>
  [
    "default-src 'none'",
    "script-src 'self' 'wasm-unsafe-eval'",
    "worker-src 'self'",
    "connect-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

interface Served {
  readonly path: string;
  readonly type: string;
  readonly encoding?: string;
}

export class BrowserServer {
  readonly #page: string;
  readonly #files: ReadonlyMap<string, Served>;
  readonly #server: Server;
  #address: WebAddress;

  private constructor({ address, build, root }: BrowserServerOptions) {
    this.#address = address;
    const folder = join(build, 'browser');
    this.#page = readFileSync(join(folder, 'index.html'), 'utf8');
    const compressed = /\.(gz|tgz)$/.test(root);
    this.#files = new Map<string, Served>([
      ...Object.entries(types).map(([name, type]) => [name, { path: join(folder, name), type }] as const),
      ['/interpreter.wasm', { path: join(build, 'interpreter-x86-64-v2.wasm'), type: 'application/wasm' }],
      ['/root.tar', { path: root, type: 'application/x-tar', ...(compressed && { encoding: 'gzip' }) }],
    ]);
    this.#server = createServer((request, response) => this.#answer(request, response));
  }

  /** Rejects when the address can't be had, or the build has no page. */
  static open(options: BrowserServerOptions): Promise<BrowserServer> {
    const made = new BrowserServer(options);
    const server = made.#server;
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: options.address.host, port: options.address.port }, () => {
        server.off('error', reject);
        made.#address = { host: options.address.host, port: (server.address() as AddressInfo).port };
        resolve(made);
      });
    });
  }

  /** `localhost` where that leads here: browsers give shared memory to such a page without https. */
  get url(): string {
    const { host, port } = this.#address;
    return `http://${isWildcard(host) ? 'localhost' : urlHost(host)}:${port}/`;
  }

  close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    return closed;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    request.resume();
    const [path = '/'] = (request.url ?? '/').split('?', 1);
    if (!isOwnHost(request.headers.host, this.#address))
      send(response, 403, 'This server is not called by that name.\n');
    else if (request.method !== 'GET') send(response, 405, 'There is nothing here but files to get.\n');
    else if (path === '/') this.#sendPage(response);
    else this.#sendFile(path, response);
  }

  #sendPage(response: ServerResponse): void {
    const nonce = randomBytes(NONCE_BYTES).toString('base64');
    send(response, 200, this.#page.replaceAll(NONCE_MARK, nonce), {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy(nonce),
    });
  }

  #sendFile(name: string, response: ServerResponse): void {
    const file = this.#files.get(name);
    const size = file && statSync(file.path, { throwIfNoEntry: false })?.size;
    if (file === undefined || size === undefined) {
      send(response, 404, 'There is no such file.\n');
      return;
    }
    response.writeHead(200, {
      ...commonHeaders,
      // A worker has a policy of its own.
      'Content-Security-Policy': policy(''),
      'Content-Type': file.type,
      'Content-Length': size,
      ...(file.encoding !== undefined && { 'Content-Encoding': file.encoding }),
    });
    // Either's end ends the other: a browser that went away wants no more, and a file that can't be read is cut off.
    pipeline(createReadStream(file.path), response, () => undefined);
  }
}

function send(response: ServerResponse, status: number, body: string, headers: object = {}): void {
  response.writeHead(status, {
    ...commonHeaders,
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}
