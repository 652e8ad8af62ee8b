/** A headless Chromium for tests of pages: the system's (Debian: chromium), or the one that the environment's CHROMIUM names. */
import { existsSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { requirement } from './requirements.ts';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** No sandbox: tests run as root in containers, and load nothing but our own pages. Nothing of the network's either. */
const OPTIONS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

const find = (): string | undefined => [process.env['CHROMIUM'] ?? '', ...PLACES].find((path) => existsSync(path));

/** Whether tests of pages can run; says why not. */
export function hasChromium(): Promise<boolean> {
  return requirement('chromium', () => {
    if (find() === undefined) throw new Error('chromium not found');
  });
}

export async function launchChromium(): Promise<Browser> {
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: find()!, args: OPTIONS });
}
