import { describe, expect, it } from 'vitest';
import { cookieOf, WebAccess } from './access.ts';

describe('a token', () => {
  it('lets one browser in, once', () => {
    const access = new WebAccess();
    const token = access.createToken();
    const session = access.redeem(token)!;
    expect(access.mayLoad(session.cookie)).toBe(true);
    expect(access.mayConnect(session.cookie, session.key)).toBe(true);
    expect(access.redeem(token)).toBeUndefined();
  });

  it('can not be guessed, and no two are alike', () => {
    const access = new WebAccess();
    const tokens = new Set(Array.from({ length: 10 }, () => access.createToken()));
    expect(tokens.size).toBe(10);
    for (const token of tokens) expect(token).toMatch(/^[\w-]{43}$/);
    for (const wrong of ['', 'x', [...tokens][0]!.slice(1)]) expect(access.redeem(wrong)).toBeUndefined();
  });

  it('that nobody followed goes when there are too many', () => {
    const access = new WebAccess();
    const first = access.createToken();
    const others = Array.from({ length: 16 }, () => access.createToken());
    expect(access.redeem(first)).toBeUndefined();
    expect(access.redeem(others[0]!)).toBeDefined();
  });
});

it('a socket wants cookie and key of one browser', () => {
  const access = new WebAccess();
  const one = access.redeem(access.createToken())!;
  const other = access.redeem(access.createToken())!;
  expect(access.mayConnect(one.cookie, other.key)).toBe(false);
  expect(access.mayConnect(one.cookie, undefined)).toBe(false);
  expect(access.mayConnect(undefined, one.key)).toBe(false);
  expect(access.mayConnect(one.key, one.cookie)).toBe(false);
  expect(access.mayLoad(undefined)).toBe(false);
  expect(access.mayLoad(one.key)).toBe(false);
});

it('finds a cookie among others', () => {
  expect(cookieOf('a=1; k42-80=x=y; b=2', 'k42-80')).toBe('x=y');
  expect(cookieOf('xk42-80=1;k42-80=2', 'k42-80')).toBe('2');
  expect(cookieOf('k42-8=1', 'k42-80')).toBeUndefined();
  expect(cookieOf(undefined, 'k42-80')).toBeUndefined();
  expect(cookieOf('nonsense; =;;', 'k42-80')).toBeUndefined();
});
