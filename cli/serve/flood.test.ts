/** A flood that has been thinned leaves the same screen as one that has been parsed whole. */
import { SerializeAddon } from '@xterm/addon-serialize';
import { Terminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { Flood } from './flood.ts';

const SCROLLBACK = 20;
const ROWS = 10;
const size = { cols: 40, rows: ROWS, scrollback: SCROLLBACK, allowProposedApi: true };

async function screenAfter(chunks: readonly Uint8Array[]): Promise<string> {
  const terminal = new Terminal(size);
  const serializer = new SerializeAddon();
  terminal.loadAddon(serializer);
  for (const chunk of chunks) await new Promise<void>((resolve) => terminal.write(chunk, resolve));
  return serializer.serialize();
}

const lines = (count: number, text = 'line'): string =>
  Array.from({ length: count }, (_, i) => `${text} ${i}`.padEnd(i % 60, '.')).join('\r\n') + '\r\n';

/** First what is parsed as it is, then what waits. */
async function thins(before: string, waiting: string): Promise<number> {
  const flood = new Flood(SCROLLBACK);
  const [first, second] = [Buffer.from(before), Buffer.from(waiting)];
  flood.parsed(first);
  const thinned = flood.thin([second.subarray(0, 100), second.subarray(100)], ROWS);
  const length = thinned.reduce((sum, chunk) => sum + chunk.length, 0);
  expect(await screenAfter([first, ...thinned])).toBe(await screenAfter([first, second]));
  return length / second.length;
}

describe('a thinned flood', () => {
  it.each([
    ['plain lines', '', lines(2000)],
    ['coloured before', '\x1b[31m', lines(2000)],
    ['colours at the beginning', 'x', `\x1b[32;1mgreen ${lines(2000)}`],
    ['a title before', '\x1b]0;ti', `tle\x07${lines(2000)}`.repeat(1)],
    ['accents', 'é', lines(2000, 'naïve «ça»')],
    ['wide characters and tabs', '', lines(2000, '\t漢字 😀')],
    ['the alternate screen', '\x1b[?1049h', lines(2000)],
    ['returns and backspaces', '', lines(1000, 'abc\rxy\b\b')],
    ['the graphics set', '\x1b(0', lines(2000)],
    ['a shift', '\x1b)0', `\x0e${lines(2000)}`],
  ])('is most of it left out, and no difference: %s', async (_, before, waiting) => {
    expect(await thins(before, waiting)).toBeLessThan(0.1);
  });

  it.each([
    ['a string that never ends', '\x1b]0;', lines(300)],
    ['a device control string', '', `\x1bPq${lines(300)}\x07${lines(300)}`],
    ['a string begun by a C1 control', '', `\u009d0;${lines(300)}`],
    ['an escape cut off', 'a\x1b', `]0;${lines(300)}`],
    ['too few lines', '', lines(ROWS + SCROLLBACK)],
    ['bare newlines', '', 'stairs\n'.repeat(500)],
    ['colour at the very end', '', `${lines(300)}\x1b[31m`],
  ])('is left alone: %s', async (_, before, waiting) => {
    expect(await thins(before, waiting)).toBe(1);
  });

  it('is no different for mixtures', async () => {
    let seed = 42;
    const random = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
    const parts = [
      '\x1b[1m',
      '\x1b]0;t\x07',
      '\x1b[2J',
      '\x1b7',
      '\x1b8',
      '\x1b[5A',
      '\x0e',
      '\x0f',
      'é',
      '\x1bPx\x1b\\',
      '\x1b',
      '\u009b3C',
    ];
    for (let round = 0; round < 60; round++) {
      const text = (): string =>
        Array.from({ length: random(4) }, () => parts[random(parts.length)]! + lines(random(60), 'mixed')).join('');
      await thins(text(), `x${text()}${lines(random(400))}`.padEnd(101, '\r\n'));
    }
  });
});
