/** Pictures of the web terminal: a machine in use, seen by Chromium, drawn as SVG. */
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../support/chromium.ts';
import { terminalOf, WebMachine } from '../e2e/web/web-machine.ts';
import { drawPage } from './page-svg.ts';

const SIZE = { width: 1200, height: 700 };
/** How long the scheduler's plot has been drawn when it is shown. */
const PLOT_MS = 45_000;
/** Two colours of the plot, and calls to look at. */
const BUSY = '(while :; do :; done) & (while :; do cat /etc/passwd; done) > /dev/null & sleep 5000 | cat &';

interface Shot {
  readonly name: string;
  readonly scheme: 'light' | 'dark';
  stage(page: Page): Promise<void>;
}

const shots: readonly Shot[] = [
  {
    name: 'web-processes',
    scheme: 'light',
    stage: async (page) => {
      await page.getByRole('row', { name: /^sleep/ }).click();
      await page.getByRole('region', { name: 'The process' }).getByRole('row', { name: /pipe:/ }).waitFor();
    },
  },
  {
    name: 'web-objects',
    scheme: 'dark',
    stage: async (page) => {
      await page.getByRole('tab', { name: 'Objects' }).click();
      await page.getByLabel('Type of the objects').selectOption('stream');
      await page.getByRole('row', { name: /stream ring/ }).click();
      await page.getByRole('button', { name: 'Swap to packet' }).waitFor();
    },
  },
  {
    name: 'web-calls',
    scheme: 'light',
    stage: async (page) => {
      await page.getByRole('tab', { name: 'Calls' }).click();
      const panel = page.getByRole('tabpanel', { name: 'Calls' });
      await panel.getByLabel('Calls', { exact: true }).fill('%file,%process');
      await panel.getByRole('button', { name: 'Watch' }).click();
      await panel.getByRole('listitem').nth(60).waitFor();
      await panel.getByRole('button', { name: 'Stop' }).click();
    },
  },
  {
    name: 'web-scheduler',
    scheme: 'dark',
    stage: async (page) => {
      await page.getByRole('tab', { name: 'Scheduler' }).click();
      await page.waitForTimeout(PLOT_MS);
    },
  },
];

/** Of those whose name begins with `start`, by the name of the file. */
export async function* webPictures(start: string): AsyncGenerator<readonly [name: string, picture: string]> {
  const wanted = shots.filter(({ name }) => name.startsWith(start));
  if (wanted.length === 0) return;
  const machine = new WebMachine();
  const browser = await launchChromium();
  try {
    await machine.start();
    const page = await enter(browser, machine);
    for (const { name, scheme, stage } of wanted) {
      await page.emulateMedia({ colorScheme: scheme });
      await stage(page);
      yield [name, await page.evaluate(drawPage)];
      // The picture has changed the page.
      await page.reload();
      await terminalOf(page).prompts();
    }
  } finally {
    await browser.close();
    await machine.close();
  }
}

async function enter(browser: Browser, machine: WebMachine): Promise<Page> {
  const page = await machine.enter(await browser.newContext({ viewport: SIZE }));
  const terminal = terminalOf(page);
  await terminal.runs(BUSY);
  await page.getByRole('row', { name: /^sleep/ }).waitFor();
  await terminal.runs('uname -srm; ls --color=always /');
  await terminal.shows(/usr/);
  await terminal.prompts();
  return page;
}
