/** The network from outside: published ports, the places that --allow-net opens, names; servers and clients inside. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcessWithoutNullStreams } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../support/default-root.ts';
import { requirement } from '../support/requirements.ts';
import { k42Command } from './person.ts';

const rootReady = await requirement('the default root', ensureDefaultRoot);
const [node, script] = k42Command;
const TIMEOUT_MS = 50_000;

/** Runs a shell script inside while the event loop here goes on: servers of the test answer it. */
async function runInside(
  options: readonly string[],
  words: string,
): Promise<{ status: number | null; output: string }> {
  const child = spawn(node, [script, 'run', ...options, 'sh', '-c', words], { timeout: TIMEOUT_MS });
  let output = '';
  child.stdout.on('data', (bytes: Buffer) => (output += bytes.toString('latin1')));
  child.stderr.on('data', (bytes: Buffer) => (output += bytes.toString('latin1')));
  child.stdin.end();
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { status, output };
}

describe.runIf(rootReady)('inside one machine', () => {
  it('a client finds a server', async () => {
    const { output } = await runInside(
      [],
      'mkdir /w; echo a page >/w/index.html; httpd -h /w -p 8080; wget -qO- http://127.0.0.1:8080/; wget -qO- http://localhost:8080/',
    );
    expect(output).toBe('a page\na page\n');
  });

  it('nc talks to nc', async () => {
    const { output } = await runInside(
      [],
      '(echo from the server | nc -l -p 99) & until echo from the client | nc 127.0.0.1 99 2>/dev/null; do usleep 10000; done; wait',
    );
    expect(output.split('\n').toSorted()).toEqual(['', 'from the client', 'from the server']);
  });

  it('nothing outside can be reached unless it is allowed', async () => {
    const { output } = await runInside([], 'nc 10.0.2.2 80; cat /etc/resolv.conf');
    expect(output).toBe("nc: can't connect to remote host (10.0.2.2): Network is unreachable\n");
  });
});

describe.runIf(rootReady)('a published port', () => {
  let machine: ChildProcessWithoutNullStreams;
  let address: string;

  beforeAll(async () => {
    const words = 'mkdir /w; echo a page >/w/index.html; head -c 3000000 /dev/zero >/w/big; httpd -f -h /w -p 80';
    machine = spawn(node, [script, 'run', '-p', '0:80', 'sh', '-c', words]);
    const note = await new Promise<string>((resolve) =>
      machine.stderr.on('data', (bytes: Buffer) => {
        if (bytes.includes('published at')) resolve(bytes.toString());
      }),
    );
    address = `http://${/127\.0\.0\.1:\d+/.exec(note)![0]}`;
    await untilAnswered(address);
  }, TIMEOUT_MS);

  afterAll(() => machine.kill());

  it('leads to a server inside', async () => {
    expect(await (await fetch(address)).text()).toBe('a page\n');
  });

  it('carries much', async () => {
    expect((await (await fetch(`${address}/big`)).arrayBuffer()).byteLength).toBe(3_000_000);
  });

  it('serves several at once', async () => {
    const pages = await Promise.all(Array.from({ length: 8 }, async () => (await fetch(address)).text()));
    expect(pages).toEqual(Array.from({ length: 8 }, () => 'a page\n'));
  });
});

/** On a busy machine a first answer may take long; then it is asked for again. */
const ANSWER_MS = 10_000;

/** Until somebody listens inside, connections are reset. */
async function untilAnswered(address: string): Promise<void> {
  const deadline = performance.now() + TIMEOUT_MS;
  for (;;) {
    try {
      await fetch(address, { signal: AbortSignal.timeout(ANSWER_MS) });
      return;
    } catch (failure) {
      if (performance.now() > deadline) throw failure;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe.runIf(rootReady)('--allow-net', () => {
  let server: Server;
  let port: number;

  beforeAll(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (bytes: Buffer) => (body += bytes.toString()));
      request.on('end', () => response.end(`${request.method} ${request.url} ${body}\n`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });

  afterAll(() => server.close());

  it('opens one port of this host', async () => {
    const { output } = await runInside(
      [`--allow-net=10.0.2.2:${port}`],
      `wget -qO- http://10.0.2.2:${port}/one; wget -qO- --post-data=body http://10.0.2.2:${port}/two; nc 10.0.2.2 1`,
    );
    expect(output).toBe("GET /one \nPOST /two body\nnc: can't connect to remote host (10.0.2.2): Permission denied\n");
  });

  it('tells a refused connection as such', async () => {
    const { output } = await runInside(['--allow-net=10.0.2.2'], 'nc 10.0.2.2 1');
    expect(output).toBe("nc: can't connect to remote host (10.0.2.2): Connection refused\n");
  });

  it('answers names, those that are allowed', async () => {
    const { output } = await runInside(
      ['--allow-net=localhost'],
      'nslookup -type=a localhost; nslookup -type=a other.test',
    );
    expect(output).toContain('Name:\tlocalhost\nAddress: 127.0.0.1\n');
    expect(output).toContain("** server can't find other.test: NXDOMAIN");
  });
});

describe('options of the network', () => {
  it.each([
    [['-p', '80'], '-p 80: expected [ADDRESS:]HOST:GUEST, ports of TCP'],
    [['-p', '1:0'], '-p 1:0: expected [ADDRESS:]HOST:GUEST, ports of TCP'],
    [['-p', '53:53/udp'], '-p 53:53/udp: expected [ADDRESS:]HOST:GUEST, ports of TCP'],
    [['--allow-net=a:b'], '--allow-net=a:b: expected HOST, HOST:PORT or *'],
    [['--allow-net='], '--allow-net=: expected HOST, HOST:PORT or *'],
  ])('are refused: %j', (words, message) => {
    const { status, stderr } = spawnSync(node, [script, 'run', ...words, 'true']);
    expect(stderr.toString()).toContain(message);
    expect(status).toBe(125);
  });
});
