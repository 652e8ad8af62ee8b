/** A headless Chromium for tests of pages: the system's (Debian: chromium), driven by playwright-core. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';
import { isHostStuck } from '../../cli/conformance/host-process.ts';
import { requirement } from './requirements.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
/** Tests run as root in containers, where the sandbox can't be and /dev/shm is small. Nothing of the browser's own goes over the network. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const LAUNCH_TIMEOUT_MS = 120_000;

function find(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const found = NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find((path) => existsSync(path));
  if (found === undefined) throw new Error('chromium not found');
  return found;
}

/** Whether tests of pages can run; says why not. */
export async function hasChromium(): Promise<boolean> {
  if (await isHostStuck()) {
    process.stderr.write("skipped: tests that need chromium (the host's kernel is stuck, it would never start)\n");
    return false;
  }
  return requirement('chromium', find);
}

/** Throws when there is none on the PATH. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: find(), args: ARGUMENTS, timeout: LAUNCH_TIMEOUT_MS });
}
