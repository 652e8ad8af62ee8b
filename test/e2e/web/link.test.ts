/** `k42 serve --web` from outside: the printed link lets one in, once, and the page is there; what can't be served is said. */
import { afterAll, describe, expect, it } from 'vitest';
import { ensureDefaultRoot } from '../../support/default-root.ts';
import { requirement } from '../../support/requirements.ts';
import { Room } from '../serve/room.ts';

const PATIENCE_MS = 120_000;

describe.runIf(await requirement('the default root', ensureDefaultRoot))('the link', { timeout: PATIENCE_MS }, () => {
  const room = new Room();
  afterAll(() => room.close());

  it('lets one browser in, once, also of a machine in the background', async () => {
    const { status, stdout, stderr } = await room.k42(['serve', '-d', '--name', 'seen', '--web', '127.0.0.1:0']);
    expect([status, stdout]).toEqual([0, 'seen\n']);
    const [link = ''] = /http:\/\/127\.0\.0\.1:\d+\/\?token=\S+/.exec(stderr) ?? [];
    const first = await fetch(link);
    expect(first.status).toBe(200);
    const cookie = first.headers.get('set-cookie')!;
    expect(cookie).toMatch(/HttpOnly/);
    expect((await fetch(link)).status).toBe(403);
    const page = await fetch(new URL('/', link), { headers: { cookie: cookie.split(';')[0]! } });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<script');
    const taken = await room.k42(['serve', '--name', 'late', '--web', new URL(link).port]);
    expect([taken.status, taken.stderr]).toEqual([
      125,
      expect.stringMatching(/address already in use 127\.0\.0\.1:\d+/),
    ]);
    expect((await room.k42(['stop', 'seen'])).status).toBe(0);
    await expect(fetch(link)).rejects.toThrow('fetch failed');
  });

  it('is not printed for what is no address', async () => {
    const { status, stderr } = await room.k42(['serve', '--web=nowhere:80']);
    expect([status, stderr]).toEqual([125, expect.stringContaining("'nowhere' is no address of this host")]);
  });
});
