/** Waiting for what a page will come to show. */
import { expect } from 'vitest';
import { PATIENCE_MS } from './web-machine.ts';

/** Looks until it is as expected. */
export function eventually(look: () => Promise<unknown>): ReturnType<typeof expect.poll> {
  return expect.poll(look, { timeout: PATIENCE_MS, interval: 50 });
}
