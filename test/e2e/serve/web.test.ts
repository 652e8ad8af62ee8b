/** `k42 serve --web` from outside: the printed link lets one in, once, and the page is there. */
import { afterAll, expect, it } from 'vitest';
import { Room } from './room.ts';

const PATIENCE_MS = 60_000;
const room = new Room();
afterAll(() => room.close());

it('prints a link that lets one browser in, once', { timeout: PATIENCE_MS }, async () => {
  const server = room.start(['serve', '--name', 'seen', '--web']);
  let said = '';
  const link = await new Promise<string>((resolve, reject) => {
    server.stderr!.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const found = /http:\S+/.exec(said);
      if (found !== null && said.includes('machine seen runs')) resolve(found[0]);
    });
    server.once('exit', () => reject(new Error(said)));
  });
  const first = await fetch(link);
  expect(first.status).toBe(200);
  const cookie = first.headers.get('set-cookie')!;
  expect(cookie).toMatch(/HttpOnly/);
  expect((await fetch(link)).status).toBe(403);
  const page = await fetch(new URL('/', link), { headers: { cookie: cookie.split(';')[0]! } });
  expect(page.status).toBe(200);
  expect(await page.text()).toContain('<script');
  expect((await room.k42(['stop', 'seen'])).status).toBe(0);
  await expect(fetch(link)).rejects.toThrow('fetch failed');
});

it('says what is no address', async () => {
  const { status, stderr } = await room.k42(['serve', '--web=nowhere:80']);
  expect([status, stderr]).toEqual([125, expect.stringContaining("'nowhere' is no address of this host")]);
});
