import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../options.ts';
import { isOwnHost, isOwnOrigin, parseWebAddress } from './web-address.ts';

describe('where to listen', () => {
  it.each([
    ['', '127.0.0.1', 0],
    ['8042', '127.0.0.1', 8042],
    [':8042', '127.0.0.1', 8042],
    ['127.0.0.1', '127.0.0.1', 0],
    ['0.0.0.0:80', '0.0.0.0', 80],
    ['localhost:1', 'localhost', 1],
    ['[::1]:8042', '::1', 8042],
    ['[::1]', '::1', 0],
  ])('%s', (text, host, port) => expect(parseWebAddress(text)).toEqual({ host, port }));

  it.each(['70000', 'example.org:80', '127.0.0.1:70000', '1.2.3.4:x', '::1:80', '[::1]x', '300.1.1.1:2'])(
    'not %s',
    (text) => expect(() => parseWebAddress(text)).toThrow(UsageError),
  );
});

describe('the name a request uses', () => {
  const loopback = { host: '127.0.0.1', port: 8042 };

  it('is one that only leads here', () => {
    for (const name of ['127.0.0.1:8042', 'localhost:8042', 'LOCALHOST:8042', '[::1]:8042', '127.0.0.2:8042'])
      expect(isOwnHost(name, loopback), name).toBe(true);
    expect(isOwnHost('localhost', { host: '127.0.0.1', port: 80 })).toBe(true);
    expect(isOwnHost('10.1.2.3:8042', { host: '10.1.2.3', port: 8042 })).toBe(true);
  });

  it('is not one that somebody made to lead here', () => {
    const strange = [
      'evil.example:8042',
      '127.0.0.1.evil.example:8042',
      '127.evil.example:8042',
      '10.0.0.1:8042',
      '127.0.0.1:80',
      '127.0.0.1',
      ':8042',
      '',
    ];
    for (const name of [...strange, undefined]) expect(isOwnHost(name, loopback), name).toBe(false);
  });

  it('on all addresses: any address, or the host’s name', () => {
    const all = { host: '0.0.0.0', port: 8042 };
    for (const name of ['192.168.1.5:8042', 'localhost:8042', `${hostname()}:8042`, '[fe80::1]:8042'])
      expect(isOwnHost(name, all), name).toBe(true);
    expect(isOwnHost('evil.example:8042', all)).toBe(false);
  });
});

it('sockets come from our own page', () => {
  expect(isOwnOrigin('http://127.0.0.1:8042', '127.0.0.1:8042')).toBe(true);
  expect(isOwnOrigin('HTTP://LOCALHOST:8042', 'localhost:8042')).toBe(true);
  const strange = [
    'http://127.0.0.1:8043',
    'https://127.0.0.1:8042',
    'http://localhost:8042',
    'http://evil.example',
    'null',
    '',
  ];
  for (const origin of [...strange, undefined]) expect(isOwnOrigin(origin, '127.0.0.1:8042'), origin).toBe(false);
});
