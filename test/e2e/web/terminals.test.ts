/** `k42 serve --web` as a person has it: a link, a browser, terminals in tabs. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { WebSocket as HostSocket } from 'ws';
import { KEY_PREFIX, SUBPROTOCOL } from '../../../cli/web/messages.ts';
import { launchChromium } from '../../support/chromium.ts';
import type { PageTerminal } from '../../support/page-terminal.ts';
import { eventually } from './eventually.ts';
import { canServePages, isConnected, PATIENCE_MS, terminalOf, TEST_MS, WebMachine } from './web-machine.ts';

declare global {
  interface Window {
    /** Sockets that the page has opened, for a test to close. */
    k42TestSockets?: WebSocket[];
  }
}

/** Runs in the page, before anything of its own. */
function rememberSockets(): void {
  const sockets: WebSocket[] = [];
  window.k42TestSockets = sockets;
  window.WebSocket = class extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      sockets.push(this);
    }
  };
}

describe.runIf(await canServePages())('terminals in a browser', { timeout: TEST_MS }, () => {
  const machine = new WebMachine();
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let terminal: PageTerminal;

  beforeAll(async () => {
    browser = await launchChromium();
    await machine.start();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: 'light' });
    await context.addInitScript(rememberSockets);
    page = await machine.enter(context);
    terminal = terminalOf(page);
  }, TEST_MS);
  afterAll(async () => {
    await browser?.close();
    await machine.close();
  }, PATIENCE_MS);

  it('have let one browser in, and take the key out of sight', async () => {
    expect(page.url()).toBe(`${machine.origin}/`);
    const stranger = await browser.newContext();
    const second = await stranger.newPage();
    expect((await second.goto(machine.link))!.status()).toBe(403);
    expect((await second.goto(machine.origin))!.status()).toBe(401);
    await stranger.close();
  });

  it('refuse sockets of other pages, though their browser has the cookie', async () => {
    const cookies = await context.cookies();
    const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
    expect(cookies[0]).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const key = await page.evaluate(() => localStorage.getItem('k42-key'));
    const knock = (origin: string): Promise<number> =>
      new Promise((resolve) => {
        const url = `${machine.origin.replace('http', 'ws')}/socket`;
        const headers = { Origin: origin, Cookie: cookie };
        const socket = new HostSocket(url, [SUBPROTOCOL, `${KEY_PREFIX}${key}`], { headers });
        socket.on('open', () => {
          socket.close();
          resolve(101);
        });
        socket.on('unexpected-response', (_request, { statusCode = 0 }) => resolve(statusCode));
        socket.on('error', () => undefined);
      });
    expect(await knock(machine.origin)).toBe(101);
    expect(await knock('http://evil.example')).toBe(403);
  });

  it('show what programs print, in their colours', async () => {
    await terminal.runs('echo $((6*7)); printf "\\e[38;2;1;2;3mexact\\e[0m \\e[31mred\\e[0m\\n"');
    await terminal.shows(/^42\nexact red$/m);
    const colour = page.locator('.screen.current .xterm-rows span', { hasText: /^exact$/ });
    // The policy lets no style attribute in: it has come by another way.
    await eventually(() => colour.first().evaluate((element) => getComputedStyle(element).color)).toBe('rgb(1, 2, 3)');
  });

  it('follow the window’s size', async () => {
    const rows = (): Promise<number> => page.locator('.screen.current .xterm-rows > div').count();
    const tall = await rows();
    await page.setViewportSize({ width: 1280, height: 500 });
    await eventually(rows).toBeLessThan(tall);
    await terminal.runs('stty size | cut -d" " -f1 | sed "s/^/rows /"');
    await terminal.shows(`rows ${await rows()}`);
    await page.setViewportSize({ width: 1280, height: 800 });
    await eventually(rows).toBe(tall);
  });

  it('show their last rows when they come into sight again with less room', async () => {
    const screen = page.locator('.screen.current');
    await terminal.runs('seq 200');
    await terminal.shows('200');
    await terminal.prompts();
    // On a narrow page there is either the inspector or the terminals.
    await page.setViewportSize({ width: 390, height: 600 });
    await screen.waitFor({ state: 'hidden' });
    await page.getByRole('button', { name: 'Inspector' }).click();
    // The shell may have drawn its prompt anew below.
    await eventually(() => screen.locator('.xterm-rows').innerText()).toMatch(/\n200\n(.*\n)?.*#\s*$/);
    await eventually(() => screen.evaluate((element) => element.scrollHeight - element.clientHeight)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.getByRole('button', { name: 'Inspector' }).click();
  });

  it('copy and paste', async () => {
    await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: machine.origin });
    await terminal.runs('echo copied words');
    await terminal.shows('copied words');
    await terminal.prompts();
    const box = (await page.locator('.screen.current .xterm-screen').boundingBox())!;
    await page.mouse.dblclick(box.x + 10, box.y + 4);
    await page.keyboard.press('Control+Shift+C');
    await eventually(() => page.evaluate(() => navigator.clipboard.readText())).toBe('copied');
    await page.evaluate(() => navigator.clipboard.writeText('echo pas""ted'));
    await terminal.focus();
    await page.keyboard.press('Control+Shift+V');
    await terminal.shows(/echo pas""ted$/m);
    await page.keyboard.press('Enter');
    await terminal.shows('pasted');
  });

  it('are opened, renamed and closed from the keyboard alone', async () => {
    const tabs = page.getByRole('tablist', { name: 'Terminals' }).getByRole('tab');
    await terminal.focus();
    await page.keyboard.press('Control+Shift+O');
    await eventually(() => tabs.count()).toBe(2);
    await terminal.runs('tty');
    await terminal.shows('/dev/pts/1');
    // Tab is the terminal's: it completes.
    await terminal.prompts();
    await page.keyboard.type('cd /et');
    await page.keyboard.press('Tab');
    await terminal.shows(/cd \/etc\/$/m);
    await page.keyboard.press('Control+C');
    // Out of the terminal, to the inspector, and back.
    const focused = (): Promise<string> =>
      page.evaluate(() => `${document.activeElement?.getAttribute('role')} ${document.activeElement?.textContent}`);
    await page.keyboard.press('Control+Shift+E');
    await eventually(focused).toMatch(/^tab .*Processes/);
    await page.keyboard.press('ArrowRight');
    await eventually(focused).toMatch(/^tab .*Objects/);
    await page.keyboard.press('Home');
    await page.keyboard.press('Control+Shift+E');
    await eventually(() => page.evaluate(() => document.activeElement?.tagName)).toBe('TEXTAREA');
    await page.keyboard.press('Control+Shift+Y');
    await page.keyboard.type('second one\n');
    await eventually(focused).toBe('tab second one');
    await page.keyboard.press('ArrowLeft');
    await eventually(() => tabs.nth(0).getAttribute('aria-selected')).toBe('true');
    await page.keyboard.press('End');
    await page.keyboard.press('Delete');
    await eventually(() => tabs.count()).toBe(1);
    expect(await tabs.nth(0).getAttribute('aria-selected')).toBe('true');
  });

  it('come back after a lost connection with the same screen', async () => {
    await terminal.runs('echo before; export KEPT=kept');
    await terminal.shows('before');
    await terminal.prompts();
    const before = await terminal.text();
    const connections = (): Promise<number> => page.evaluate(() => window.k42TestSockets!.length);
    const first = await connections();
    await page.evaluate(() => window.k42TestSockets!.at(-1)!.close());
    await eventually(connections).toBeGreaterThan(first);
    await isConnected(page);
    await eventually(() => terminal.text()).toBe(before);
    // What is typed without a connection is not lost either.
    await page.evaluate(() => window.k42TestSockets!.at(-1)!.close());
    await terminal.types('echo still $KEPT\n');
    await terminal.shows('still kept');
  });

  it('are the same for a page that is loaded again', async () => {
    await terminal.runs('echo reloaded');
    await terminal.shows('reloaded');
    await page.reload();
    await isConnected(page);
    await terminal.shows('reloaded');
  });

  it('are light or dark as the system, or as one chooses', async () => {
    const ground = (): Promise<string> =>
      page.locator('.top-bar').evaluate((bar) => getComputedStyle(bar).backgroundColor);
    const light = await ground();
    await page.emulateMedia({ colorScheme: 'dark' });
    await eventually(ground).not.toBe(light);
    const dark = await ground();
    await page.getByRole('button', { name: 'Theme: system' }).click();
    await eventually(ground).toBe(light);
    await page.getByRole('button', { name: 'Theme: light' }).click();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.locator(':root[data-theme="dark"]').waitFor();
    await eventually(ground).toBe(dark);
    const isPainted = (colour: string) => (): Promise<boolean> =>
      page
        .locator('.screen.current .xterm *')
        .evaluateAll((all, wanted) => all.some((one) => getComputedStyle(one).backgroundColor === wanted), colour);
    await eventually(isPainted(dark)).toBe(true);
    expect(await isPainted(light)()).toBe(false);
    await page.getByRole('button', { name: 'Theme: dark' }).click();
  });

  it('are shared with another browser, let in by a link that a page makes', async () => {
    await page.getByRole('button', { name: 'A link for another browser' }).click();
    const field = page.getByLabel('Link', { exact: true });
    await eventually(() => field.inputValue()).toMatch(/^http:/);
    const link = await field.inputValue();
    await page.keyboard.press('Escape');
    const phone = await browser.newContext({ viewport: { width: 390, height: 760 } });
    const other = await machine.enter(phone, link);
    await terminal.runs('echo seen by both');
    await terminalOf(other).shows('seen by both');
    expect(await other.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    await phone.close();
  });

  it('say how their program ended, and close with it', async () => {
    await terminal.runs('exec sh -c "exit 3"');
    await terminal.shows(/ended with status 3/);
    await page.keyboard.press('Enter');
    await page.getByText('No terminal is open.').waitFor();
    await page.getByRole('button', { name: 'New terminal', exact: true }).click();
    await terminal.runs('exit');
    await page.getByText('No terminal is open.').waitFor();
  });

  it('have made the browser complain of nothing', () => {
    // What the lost connection made it say is not the page's.
    expect(machine.complaints.filter((text) => !/WebSocket|ERR_/.test(text))).toEqual([]);
  });
});
