/** A served machine with its page, for tests in a browser. */
import type { BrowserContext, Page } from 'playwright-core';
import { hasChromium } from '../../support/chromium.ts';
import { ensureDefaultRoot } from '../../support/default-root.ts';
import { PageTerminal } from '../../support/page-terminal.ts';
import { requirement } from '../../support/requirements.ts';
import { Room } from '../serve/room.ts';

/** For every state that is waited for, on a machine that is busy with other tests. */
export const PATIENCE_MS = 90_000;
export const TEST_MS = 2 * PATIENCE_MS;

/** Whether such tests can run; says why not. */
export async function canServePages(): Promise<boolean> {
  return (await requirement('the default root', ensureDefaultRoot)) && (await hasChromium());
}

export class WebMachine {
  readonly room = new Room();
  /** What browsers have complained of. */
  readonly complaints: string[] = [];
  /** As it was printed. */
  link = '';

  async start(): Promise<void> {
    const server = this.room.start(['serve', '--web']);
    this.link = await new Promise((resolve, reject) => {
      let said = '';
      server.stderr!.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /http:\S+(?=\s)/.exec(said);
        if (found !== null) resolve(found[0]);
      });
      server.once('exit', () => reject(new Error(`k42 serve has ended: ${said}`)));
    });
  }

  get origin(): string {
    return new URL(this.link).origin;
  }

  /** A page whose terminal waits for a command. */
  async enter(context: BrowserContext, link = this.link): Promise<Page> {
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('pageerror', ({ message }) => this.complaints.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.complaints.push(message.text());
    });
    await page.goto(link);
    await isConnected(page);
    await terminalOf(page).prompts();
    return page;
  }

  close(): Promise<void> {
    return this.room.close();
  }
}

/** The one that is in front. */
export function terminalOf(page: Page): PageTerminal {
  return new PageTerminal(page, '.screen.current');
}

export function isConnected(page: Page): Promise<void> {
  return page.locator('.state[data-state="open"]').waitFor();
}
