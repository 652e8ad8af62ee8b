/** `k42 browser`: the machine in a page of a real Chromium, used as a person would. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasChromium, launchChromium } from '../support/chromium.ts';
import { ensureDefaultRoot } from '../support/default-root.ts';

const k42 = join(import.meta.dirname, '../../cli/k42.cjs');
/** For every state that is waited for. */
const PATIENCE_MS = 120_000;

let server: ChildProcess;
let url: string;

beforeAll(async () => {
  await ensureDefaultRoot();
  server = spawn(process.execPath, [k42, 'browser'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [printed] = (await once(server.stdout!, 'data')) as [Buffer];
  url = printed.toString().trim();
}, PATIENCE_MS);
afterAll(async () => {
  server.kill('SIGINT');
  if (server.exitCode === null) await once(server, 'exit');
  expect(server.exitCode).toBe(0);
});

async function get(path: string, headers: Record<string, string> = {}) {
  const sent = request(new URL(path, url), { headers });
  sent.end();
  const [response] = await once(sent, 'response');
  return { status: response.statusCode as number, headers: response.headers, body: await text(response) };
}

describe('the server', () => {
  it('has the page’s files and nothing else, under its own name only', async () => {
    const page = await get('/');
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    for (const path of ['/page.js', '/worker.js', '/page.css', '/icon.svg', '/interpreter.wasm', '/root.tar'])
      expect([path, (await get(path)).status]).toEqual([path, 200]);
    for (const path of ['/index.html', '/../k42.cjs', '/%2e%2e/k42.cjs', '/k42.cjs'])
      expect((await get(path)).status).toBe(404);
    expect((await get('/', { Host: 'elsewhere.example' })).status).toBe(403);
  });
});

describe.runIf(await hasChromium())('the page', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
    page.on('pageerror', (failure) => complaints.push(String(failure)));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(url);
    await state('running');
  }, PATIENCE_MS);
  afterAll(async () => {
    await browser.close();
    expect(complaints).toEqual([]);
  });

  const state = (wanted: string) => page.locator(`#status[data-state=${wanted}]`).waitFor({ timeout: PATIENCE_MS });

  /** Waits until the screen shows it as a line of its own. */
  const shows = (line: string) =>
    page.waitForFunction(
      (wanted) => {
        const rows = document.querySelector<HTMLElement>('.xterm-rows')?.innerText ?? '';
        return rows.split('\n').some((row) => row.trim() === wanted);
      },
      line,
      { timeout: PATIENCE_MS },
    );

  const types = (keys: string) => page.keyboard.type(keys);

  it('runs a command that is typed, and a pipeline', { timeout: PATIENCE_MS }, async () => {
    await types('uname -sm\n');
    await shows('Linux x86_64');
    await types('printf "pear\\napple\\n" | sort | tr a-z A-Z | tee /tmp/sorted | head -n 1; wc -l < /tmp/sorted\n');
    await shows('APPLE');
    await shows('2');
    await types('busybox | head -n 1 | cut -d" " -f1\n');
    await shows('BusyBox');
  });

  it('translates hot code, forks often, and keeps up with much output', { timeout: PATIENCE_MS }, async () => {
    await types('i=0; while [ $i -lt 6000 ]; do i=$((i + 1)); done; echo "counted $i"\n');
    await shows('counted 6000');
    await types('for i in $(seq 40); do (exit $((i % 7))); s=$s$?; done; echo "forked ${#s}"\n');
    await shows('forked 40');
    await types('seq 10000; echo "seen all"\n');
    await shows('10000');
    await shows('seen all');
  });

  it('has a terminal: keys that are signals, and the window’s size', { timeout: PATIENCE_MS }, async () => {
    await types('sleep 1000\n');
    await page.keyboard.press('Control+c');
    await types('echo "status $?"; trap "stty size" WINCH; tty\n');
    await shows('status 130');
    await shows('/dev/pts/0');
    const before = await page.evaluate(() => document.querySelectorAll('.xterm-rows > div').length);
    await page.setViewportSize({ width: 800, height: 400 });
    await page.waitForFunction((rows) => document.querySelectorAll('.xterm-rows > div').length < rows, before, {
      timeout: PATIENCE_MS,
    });
    await types('clear; stty size | sed "s/^/rows /; s/ [0-9]*$//"\n');
    const after = await page.evaluate(() => document.querySelectorAll('.xterm-rows > div').length);
    await shows(`rows ${after}`);
  });

  it('says when the shell has ended, and starts another at Enter', { timeout: PATIENCE_MS }, async () => {
    await types('clear; exit 3\n');
    await state('over');
    expect(await page.locator('#status').innerText()).toContain('status 3');
    await types('\n');
    await state('running');
    await types('echo "again $((40 + 2))"\n');
    await shows('again 42');
  });
});
