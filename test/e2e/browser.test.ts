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
import { PageTerminal } from '../support/page-terminal.ts';
import { requirement } from '../support/requirements.ts';

const k42 = join(import.meta.dirname, '../../cli/k42.cjs');
/** For every state that is waited for. */
const PATIENCE_MS = 180_000;
const isRootThere = await requirement('the default root', ensureDefaultRoot);
const isBrowserThere = isRootThere && (await hasChromium());

describe.runIf(isRootThere)('k42 browser', () => {
  let server: ChildProcess;
  let url: string;

  beforeAll(async () => {
    server = spawn(process.execPath, [k42, 'browser'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = (await once(server.stdout!, 'data')) as [Buffer];
    url = printed.toString().trim();
  }, PATIENCE_MS);
  afterAll(async () => {
    const exited = once(server, 'exit');
    server.kill('SIGINT');
    await exited;
    expect(server.exitCode).toBe(0);
  });

  async function get(path: string, headers: Record<string, string> = {}) {
    const sent = request(new URL(path, url), { headers });
    sent.end();
    const [response] = await once(sent, 'response');
    return { status: response.statusCode as number, headers: response.headers, body: await text(response) };
  }

  describe('its server', () => {
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

  describe.runIf(isBrowserThere)('its page', () => {
    let browser: Browser;
    let page: Page;
    let terminal: PageTerminal;
    const complaints: string[] = [];

    beforeAll(async () => {
      browser = await launchChromium();
      page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
      page.setDefaultTimeout(PATIENCE_MS);
      page.on('pageerror', (failure) => complaints.push(String(failure)));
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      terminal = new PageTerminal(page, '#screen');
      await page.goto(url);
      await isIn('running');
    }, PATIENCE_MS);
    afterAll(async () => {
      await browser?.close();
      expect(complaints).toEqual([]);
    });

    const isIn = (state: string): Promise<void> => page.locator(`#status[data-state=${state}]`).waitFor();

    it('runs a command that is typed, and a pipeline', { timeout: PATIENCE_MS }, async () => {
      await terminal.runs('uname -sm');
      await terminal.shows('Linux x86_64');
      await terminal.runs(
        'printf "pear\\napple\\n" | sort | tr a-z A-Z | tee /tmp/sorted | head -n 1; wc -l < /tmp/sorted',
      );
      await terminal.shows('APPLE');
      await terminal.shows('2');
      await terminal.runs('busybox | head -n 1 | cut -d" " -f1');
      await terminal.shows('BusyBox');
    });

    it('translates hot code, forks often, and keeps up with much output', { timeout: PATIENCE_MS }, async () => {
      await terminal.runs('i=0; while [ $i -lt 2000 ]; do i=$((i + 1)); done; echo "counted $i"');
      await terminal.shows('counted 2000');
      await terminal.runs('for i in $(seq 12); do (exit $((i % 7))); s=$s$?; done; echo "forked ${#s}"');
      await terminal.shows('forked 12');
      await terminal.runs('seq 3000; echo "seen all"');
      await terminal.shows(/^3000\nseen all$/m);
    });

    it('has no more tasks than its browser has room for', { timeout: PATIENCE_MS }, async () => {
      await terminal.runs('cat /sys/fs/cgroup/pids.max');
      await terminal.shows('64');
    });

    it('has a terminal: keys that are signals, and the window’s size', { timeout: PATIENCE_MS }, async () => {
      await terminal.runs('tty; sh -c "echo sleeping; exec sleep 1000"');
      await terminal.shows(/^\/dev\/pts\/0\nsleeping$/m);
      await page.keyboard.press('Control+c');
      await terminal.prompts();
      await terminal.types('echo "status $?"\n');
      await terminal.shows('status 130');
      const rowCount = (): Promise<number> => page.locator('.xterm-rows > div').count();
      const before = await rowCount();
      await page.setViewportSize({ width: 800, height: 400 });
      await page.waitForFunction((rows) => document.querySelectorAll('.xterm-rows > div').length < rows, before);
      await terminal.runs('stty size | sed "s/^/rows /; s/ [0-9]*$//"');
      await terminal.shows(`rows ${await rowCount()}`);
    });

    it('says when the shell has ended, and starts another at Enter', { timeout: PATIENCE_MS }, async () => {
      await terminal.runs('exit 3');
      await isIn('over');
      expect(await page.locator('#status').innerText()).toContain('status 3');
      await terminal.types('\n');
      await isIn('running');
      await terminal.runs('echo "again $((40 + 2))"');
      await terminal.shows('again 42');
    });
  });
});
