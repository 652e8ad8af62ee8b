/** The server from outside, without a machine: who is let in, and what browsers are told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Assets } from './assets.ts';
import { KEY_PREFIX, SUBPROTOCOL } from './messages.ts';
import { WebServer } from './web-server.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Admission {
  readonly cookie: string;
  readonly key: string;
}

let folder: string;
let server: WebServer;
let sockets: WebSocket[];
let origin: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k42-web-'));
  for (const name of ['app.js', 'app.css', 'icon.svg']) writeFileSync(join(folder, name), `the ${name}`);
  writeFileSync(join(folder, 'index.html'), '<meta content="%NONCE%">');
});
afterAll(() => rmSync(folder, { recursive: true }));

beforeEach(async () => {
  sockets = [];
  server = await WebServer.open({
    address: { host: '127.0.0.1', port: 0 },
    assets: new Assets(folder),
    onPage: (socket) => void sockets.push(socket),
  });
  origin = new URL(server.createLink()).origin;
});
afterEach(() => server.close());

function ask(url: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { headers, method, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => (body += text));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

/** A request that no client would make. */
function raw(target: string, cookie: string): Promise<string> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  socket.end(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\nConnection: close\r\n\r\n`);
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

async function enter(): Promise<Admission> {
  const { headers, body } = await ask(server.createLink());
  return { cookie: headers['set-cookie']![0]!.split(';')[0]!, key: /#key=([\w-]+)/.exec(body)![1]! };
}

/** The status that refused it, or 101. */
function knock(
  { cookie, key }: Admission,
  headers: Record<string, string> = {},
  path = '/socket',
  protocols: readonly string[] = [SUBPROTOCOL, KEY_PREFIX + key],
): Promise<number> {
  const url = `${origin.replace('http', 'ws')}${path}`;
  const socket = new WebSocket(url, [...protocols], { headers: { Origin: origin, Cookie: cookie, ...headers } });
  return new Promise((resolve) => {
    socket.on('open', () => {
      expect(socket.protocol).toBe(SUBPROTOCOL);
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, { statusCode = 0 }) => {
      socket.terminate();
      resolve(statusCode);
    });
    socket.on('error', () => undefined);
  });
}

describe('pages', () => {
  it('are for who has followed the link', async () => {
    expect(await ask(`${origin}/`)).toMatchObject({ status: 401 });
    expect(await ask(`${origin}/app.js`)).toMatchObject({ status: 401 });
    const { cookie } = await enter();
    expect(await ask(`${origin}/app.js`, { cookie })).toMatchObject({ status: 200, body: 'the app.js' });
    expect(await ask(`${origin}/`, { cookie })).toMatchObject({ status: 200 });
    expect(await ask(`${origin}/`, { cookie: `${cookie}x` })).toMatchObject({ status: 401 });
  });

  it('a link works once', async () => {
    const link = server.createLink();
    const first = await ask(link);
    expect(first.status).toBe(200);
    expect(first.headers['set-cookie']![0]).toMatch(/^k42-\d+=[\w-]{43}; HttpOnly; SameSite=Strict; Path=\/$/);
    const second = await ask(link);
    expect(second.status).toBe(403);
    expect(second.headers['set-cookie']).toBeUndefined();
    expect(second.body).not.toContain('#key=');
    expect(await ask(`${origin}/?token=wrong`)).toMatchObject({ status: 403 });
  });

  it('are served by their own names only', async () => {
    const link = server.createLink();
    expect(await ask(link, { host: `evil.example:${new URL(origin).port}` })).toMatchObject({ status: 403 });
    // Nor is the token used up by that.
    expect(await ask(link)).toMatchObject({ status: 200 });
  });

  it('are a handful of files, to be read only', async () => {
    const { cookie } = await enter();
    for (const path of ['/k42.cjs', '/../k42.cjs', '/%2e%2e/k42.cjs', '/app.js/', '/socket', '//evil.example'])
      expect(await ask(`${origin}${path}`, { cookie }), path).toMatchObject({ status: 404 });
    for (const target of ['http://[', '*', '/?', '?token', '/\\evil.example'])
      expect((await raw(target, cookie)).slice(0, 12), target).toMatch(/^HTTP\/1.1 (200|400|403|404)$/);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD'])
      expect(await ask(`${origin}/`, { cookie }, method), method).toMatchObject({ status: 405 });
  });

  it('carry what keeps a browser from being misled', async () => {
    const { cookie } = await enter();
    const page = await ask(`${origin}/`, { cookie });
    const policy = String(page.headers['content-security-policy']);
    expect(policy).not.toContain('unsafe');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    const nonce = /'nonce-([^']+)'/.exec(policy)![1];
    expect(page.body).toBe(`<meta content="${nonce}">`);
    expect((await ask(`${origin}/`, { cookie })).body).not.toBe(page.body);
    const answers = [
      page,
      await ask(`${origin}/`),
      await ask(`${origin}/app.js`, { cookie }),
      await ask(server.createLink()),
    ];
    for (const { headers } of answers)
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
      });
  });
});

describe('sockets', () => {
  it('are for our own page', async () => {
    const admission = await enter();
    expect(await knock(admission)).toBe(101);
    expect(sockets).toHaveLength(1);
    for (const strange of ['http://evil.example', 'null', origin.replace('127.0.0.1', 'localhost'), `${origin}0`])
      expect(await knock(admission, { Origin: strange }), strange).toBe(403);
    expect(await knock(admission, { Host: `evil.example:${new URL(origin).port}` })).toBe(403);
    expect(sockets).toHaveLength(1);
  });

  it('want the cookie and the key', async () => {
    const admission = await enter();
    const other = await enter();
    expect(await knock({ ...admission, key: other.key })).toBe(401);
    expect(await knock({ ...admission, cookie: '' })).toBe(401);
    expect(await knock(admission, {}, '/socket', [SUBPROTOCOL])).toBe(401);
    expect(await knock(admission, {}, '/socket', [KEY_PREFIX + admission.key])).toBe(400);
    expect(await knock(admission, {}, '/')).toBe(404);
    expect(sockets).toHaveLength(0);
  });
});
