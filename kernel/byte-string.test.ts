/** Strings of bytes: every byte survives, with Node's conversion and with the language's own. */
import { expect, it } from 'vitest';
import { bytesFromString, portableString, stringFromBytes, toByteString, toHostString } from './byte-string.ts';

it.each([0, 1, 64, 65, 256, 4096, 4097, 10_000])('%i bytes there and back', (length) => {
  const whole = Uint8Array.from({ length: length + 3 }, (_, i) => (i * 37) & 0xff);
  // A part of something larger.
  const bytes = whole.subarray(3);
  const text = stringFromBytes(bytes);
  expect(text).toHaveLength(length);
  expect(portableString(bytes)).toBe(text);
  expect(Array.from(bytesFromString(text))).toEqual(Array.from(bytes));
});

it('text of the host is UTF-8 inside', () => {
  expect(toByteString('é✓')).toBe('\u00c3\u00a9\u00e2\u009c\u0093');
  expect(toHostString('\u00c3\u00a9\u00ff')).toBe('é\ufffd');
});
