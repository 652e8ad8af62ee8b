/** Random bytes of the host: different each time, whatever their number, and no descriptor left open. */
import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { hostRandom } from './host-random.ts';

it.each([1, 16, 4096, 4097, 100_000])('fills %i bytes, never the same twice', (length) => {
  const random = hostRandom();
  const taken = Array.from({ length: 20 }, () => {
    const into = new Uint8Array(length);
    random(into);
    return Buffer.from(into);
  });
  // One byte repeats itself now and then.
  if (length >= 16) expect(new Set(taken.map((bytes) => bytes.toString('latin1'))).size).toBe(20);
  expect(Buffer.concat(taken).some((byte) => byte !== 0)).toBe(true);
});

it.runIf(process.platform === 'linux')('holds no descriptor, however many machines ask', () => {
  const devices = (): number => readdirSync('/proc/self/fd').length;
  const before = devices();
  const many = Array.from({ length: 50 }, hostRandom);
  for (const random of many) random(new Uint8Array(16));
  expect(devices()).toBeLessThan(before + 10);
});
