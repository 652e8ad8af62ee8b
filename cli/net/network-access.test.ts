import { describe, expect, it } from 'vitest';
import { NetworkAccess } from './network-access.ts';
import { parseNetwork } from './network-request.ts';

const access = (...rules: string[]): NetworkAccess => new NetworkAccess(parseNetwork([], rules)!.access);

describe('access to the network', () => {
  it('is denied by --deny-net whatever is allowed', () => {
    const { access, denied } = parseNetwork([], ['*'], ['192.0.2.1', 'bad.test:25', 'no.test', '[2001:DB8::1]'])!;
    const rules = new NetworkAccess(access, denied);
    expect(rules.allows('192.0.2.1', 80)).toBe(false);
    expect(rules.allows('192.0.2.2', 80)).toBe(true);
    expect(rules.allows('2001:db8::1', 80)).toBe(false);
    expect(rules.deniedNames).toEqual(['bad.test', 'no.test']);
    expect(rules.allowsName('no.test')).toBe(false);
    expect(rules.allowsName('bad.test')).toBe(true);
    rules.learn('bad.test', '192.0.2.7');
    expect(rules.allows('192.0.2.7', 25)).toBe(false);
    expect(rules.allows('192.0.2.7', 80)).toBe(true);
  });

  it('is denied where no rule says otherwise', () => {
    expect(new NetworkAccess([]).allows('192.0.2.1', 80)).toBe(false);
    expect(access('192.0.2.1:80').allows('192.0.2.1', 81)).toBe(false);
    expect(access('192.0.2.1').allows('192.0.2.2', 80)).toBe(false);
  });

  it('is given to an address, a port of it, or one port of all', () => {
    expect(access('192.0.2.1').allows('192.0.2.1', 7)).toBe(true);
    expect(access('192.0.2.9,192.0.2.1:80').allows('192.0.2.1', 80)).toBe(true);
    expect(access('*:443').allows('192.0.2.1', 443)).toBe(true);
    expect(access('*:443').allows('192.0.2.1', 80)).toBe(false);
  });

  it('follows an allowed name to its addresses, and no other name', () => {
    const rules = access('Example.test:80');
    expect(rules.allowsName('example.TEST')).toBe(true);
    expect(rules.allowsName('other.test')).toBe(false);
    expect(rules.allows('192.0.2.1', 80)).toBe(false);
    rules.learn('example.test', '192.0.2.1');
    expect(rules.allows('192.0.2.1', 80)).toBe(true);
    expect(rules.allows('192.0.2.1', 22)).toBe(false);
  });
});

describe('published ports', () => {
  it('are of 127.0.0.1 unless an address is named', () => {
    expect(parseNetwork(['8080:80', '0.0.0.0:0:22/tcp', '[::1]:1:2'], [])!.published).toEqual([
      { hostAddress: '127.0.0.1', hostPort: 8080, guestPort: 80 },
      { hostAddress: '0.0.0.0', hostPort: 0, guestPort: 22 },
      { hostAddress: '::1', hostPort: 1, guestPort: 2 },
    ]);
  });

  it('are none without being asked for', () => expect(parseNetwork([], [])).toBeUndefined());
});
