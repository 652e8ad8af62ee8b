/** The inspector beside the terminals of `k42 serve --web`: each panel on a machine that is in use. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import type { PageTerminal } from '../../support/page-terminal.ts';
import { eventually } from './eventually.ts';
import { canServePages, PATIENCE_MS, terminalOf, TEST_MS, WebMachine } from './web-machine.ts';

describe.runIf(await canServePages())('the inspector', { timeout: TEST_MS }, () => {
  const machine = new WebMachine();
  let browser: Browser;
  let page: Page;
  let terminal: PageTerminal;

  beforeAll(async () => {
    browser = await launchChromium();
    await machine.start();
    page = await machine.enter(await browser.newContext({ viewport: { width: 1280, height: 800 } }));
    terminal = terminalOf(page);
    await terminal.runs('sleep 10000 | cat &');
    await terminal.shows(/^\[1\] \d+$/m);
  }, TEST_MS);
  afterAll(async () => {
    await browser?.close();
    await machine.close();
  }, PATIENCE_MS);

  const panel = async (name: string): Promise<void> => {
    await page.getByRole('tab', { name, exact: true }).click();
    await page.getByRole('tabpanel', { name, exact: true }).waitFor();
  };

  it('shows processes as a tree, and what one has', async () => {
    await panel('Processes');
    const rows = page.getByRole('treegrid', { name: 'Processes' }).getByRole('row');
    const row = rows.filter({ hasText: /^sleep/ });
    await row.waitFor();
    expect(await row.getAttribute('aria-level')).toBe('3');
    await eventually(() => row.innerText()).toContain('clock_nanosleep');
    await row.click();
    const detail = page.getByRole('region', { name: 'The process' });
    await detail.getByRole('row', { name: /pipe:\[\d+\]/ }).waitFor();
    await detail.getByRole('tab', { name: /Memory/ }).click();
    await detail.getByRole('row', { name: /\[stack\]/ }).waitFor();
    // Fold and unfold from the keyboard.
    await rows.filter({ hasText: /^bash2/ }).focus();
    await page.keyboard.press('ArrowLeft');
    await row.waitFor({ state: 'detached' });
    await page.keyboard.press('ArrowRight');
    await row.waitFor();
  });

  it('leads from a descriptor to its object, and swaps what is behind it while it is in use', async () => {
    const detail = page.getByRole('region', { name: 'The process' });
    await detail.getByRole('tab', { name: /Descriptors/ }).click();
    await detail
      .getByRole('row', { name: /pipe:/ })
      .getByRole('button', { name: /^#\d+$/ })
      .click();
    const object = page.getByRole('region', { name: 'The object' });
    await object.getByRole('heading', { name: /open-file/ }).waitFor();
    // Of the graph: the stream that the end of the pipe refers to.
    await object.getByRole('button', { name: /^stream #\d+ ring/ }).click();
    await object.getByRole('heading', { name: /stream/ }).waitFor();
    await object.getByRole('button', { name: /cat process \d+/ }).waitFor();
    await object.getByRole('button', { name: 'Swap to packet' }).click();
    await page
      .getByRole('status')
      .filter({ hasText: /is packet now, after \d+ µs/ })
      .waitFor();
    await object.getByText(/^packet, version/).waitFor();
    await object.getByRole('button', { name: 'Swap to ring', exact: true }).waitFor();
  });

  it('shows who waits, and on what', async () => {
    await panel('Waits');
    const waiting = page.getByRole('grid', { name: 'Waiting threads' });
    await waiting.getByRole('row', { name: /cat read\(0, …\)/ }).waitFor();
    await page
      .getByRole('grid', { name: 'Wait queues' })
      .getByRole('row', { name: /open-file pipe 1 cat/ })
      .waitFor();
  });

  it('traces system calls live, those that are asked for', async () => {
    await panel('Calls');
    const calls = page.getByRole('tabpanel', { name: 'Calls' });
    const lines = calls.getByRole('list', { name: 'System calls' }).getByRole('listitem');
    const filter = calls.getByLabel('Calls', { exact: true });
    await filter.fill('nonsense');
    await calls.getByRole('button', { name: 'Watch' }).click();
    await calls.getByRole('alert').filter({ hasText: "invalid system call 'nonsense'" }).waitFor();
    await filter.fill('%file');
    await calls.getByRole('button', { name: 'Watch' }).click();
    await calls.getByRole('button', { name: 'Stop' }).waitFor();
    await terminal.runs('cat /etc/no-such-file');
    const line = lines.filter({ hasText: /"\/etc\/no-such-file".* = -1 ENOENT/ });
    await line.waitFor();
    expect(await line.innerText()).toMatch(/cat \d+/);
    expect(await lines.filter({ hasText: /^[\d.]+\D+ \d+(read|write)\(/ }).count()).toBe(0);
    // Of one process only: the shell's reads, nobody's opens.
    await terminal.prompts();
    await filter.fill('read');
    await calls.getByLabel('PID').fill('2');
    await calls.getByLabel('PID').press('Enter');
    await calls.getByRole('button', { name: 'Clear' }).click();
    await terminal.types('cat /etc/hostname\n');
    const typed = lines.filter({ hasText: /bash 2\s*read\(0, "c", 1\) = 1/ });
    await typed.first().waitFor();
    expect(await lines.filter({ hasText: /cat \d+/ }).count()).toBe(0);
    await calls.getByRole('button', { name: 'Stop' }).click();
  });

  it('plots shares of the processor, and swaps the policy', async () => {
    await terminal.runs('while :; do :; done');
    await panel('Scheduler');
    await page.getByRole('img', { name: /^Shares of the processor: .*bash 2 (?!0 %)\d+ %/ }).waitFor();
    await page.getByRole('button', { name: 'Swap to round-robin' }).click();
    await page.getByText(/^Policy: round-robin/).waitFor();
    await page.getByRole('button', { name: 'Swap to fair' }).click();
    await page.getByText(/^Policy: fair/).waitFor();
    // The terminal answers beside a program that takes all it gets.
    await terminal.focus();
    await page.keyboard.press('Control+C');
    await terminal.runs('echo stopped');
    await terminal.shows('stopped');
  });

  it('draws a timeline, and hands it out for Perfetto', async () => {
    // Programs come and go for as long as it takes.
    await terminal.runs('while cat /etc/hostname; do sleep 0.1; done');
    await panel('Timeline');
    const timeline = page.getByRole('tabpanel', { name: 'Timeline' });
    await timeline.getByLabel('For').selectOption('3000');
    await timeline.getByRole('button', { name: 'Record' }).click();
    await timeline.getByRole('img', { name: /^Timeline of [\d.]+ s: .*bash 2.*cat \d+/ }).waitFor();
    await terminal.focus();
    await page.keyboard.press('Control+C');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      timeline.getByRole('button', { name: 'Save for Perfetto' }).click(),
    ]);
    const saved = JSON.parse(readFileSync(await download.path(), 'utf8')) as { traceEvents: { name: string }[] };
    const names = saved.traceEvents.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['execve', 'processForked']));
  });

  it('has made the browser complain of nothing', () => {
    expect(machine.complaints).toEqual([]);
  });
});
