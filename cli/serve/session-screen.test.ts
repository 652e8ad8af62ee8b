/** What a screen draws for a viewer is what it shows itself: checked on a second terminal that shows something else before. */
import { SerializeAddon } from '@xterm/addon-serialize';
import { Terminal } from '@xterm/headless';
import { describe, expect, it } from 'vitest';
import { SessionScreen } from './session-screen.ts';

const size = { columns: 40, rows: 10 };

class Shown {
  readonly terminal = new Terminal({ cols: 40, rows: 10, scrollback: 50, allowProposedApi: true });
  readonly #serializer = new SerializeAddon();

  constructor() {
    this.terminal.loadAddon(this.#serializer);
  }

  async take(bytes: Uint8Array | string): Promise<string> {
    await new Promise<void>((resolve) => this.terminal.write(bytes, resolve));
    return this.#serializer.serialize({ scrollback: 0 });
  }
}

const redraw = (screen: SessionScreen, extent: 'screen' | 'history' = 'screen') =>
  new Promise<Uint8Array>((resolve) => screen.redraw(extent, resolve));

describe('a redraw', () => {
  it.each([
    ['text', 'one\r\ntwo\r\nthree'],
    ['colours that go on', 'plain \x1b[1;31;44mred on blue'],
    ['more lines than rows', Array.from({ length: 30 }, (_, i) => `line ${i}`).join('\r\n')],
    ['the alternate screen', 'below\r\n\x1b[?1049h\x1b[2J\x1b[3;5Habove'],
    ['a cursor somewhere', 'a\r\nb\r\nc\x1b[2;7H'],
    ['wide characters', '漢字 😀\r\nñ'],
    ['bytes of half a character', Buffer.from('€uro').subarray(0, 2)],
  ])('shows %s', async (_, content) => {
    const screen = new SessionScreen(size, 50);
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    screen.feed(bytes);
    const plain = new Shown();
    const expected = await plain.take(bytes);
    const other = new Shown();
    await other.take('\x1b[?1049h\x1b[?25l\x1b[2;4r\x1b(0\x1b[32mqqq\x1b[?1000;1006h\x1b[4h');
    expect(await other.take(await redraw(screen))).toBe(expected);
  });

  it('carries the modes of the program: what comes next looks the same', async () => {
    const screen = new SessionScreen(size, 50);
    const modes = '\x1b[?1000h\x1b[?1006h\x1b[?2004h\x1b[?1h\x1b[2;5r\x1b[4;1H\x1b(0\x1b]2;the title\x07';
    const next = 'qqq\r\nx\r\ny\r\nz\r\n';
    screen.feed(Buffer.from(modes));
    const plain = new Shown();
    await plain.take(modes);
    const other = new Shown();
    let title = '';
    other.terminal.onTitleChange((text) => (title = text));
    await other.take(await redraw(screen));
    expect(screen.title).toBe('the title');
    expect(title).toBe('the title');
    expect(other.terminal.modes).toEqual(plain.terminal.modes);
    expect(await other.take(next)).toBe(await plain.take(next));
  });

  it('has what has been fed and not parsed yet, once', async () => {
    const screen = new SessionScreen(size, 50);
    screen.feed(Buffer.from('first '));
    const drawn = redraw(screen);
    screen.feed(Buffer.from('second '));
    screen.feed(Buffer.from('third'));
    expect(await new Shown().take(await drawn)).toBe('first second third');
  });

  it('has the history when that is asked for', async () => {
    const screen = new SessionScreen(size, 50);
    screen.feed(Buffer.from(Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\r\n')));
    const shown = new Shown();
    await shown.take(await redraw(screen, 'history'));
    expect(shown.terminal.buffer.active.length).toBe(60);
    expect(shown.terminal.buffer.active.getLine(0)!.translateToString(true)).toBe('line 40');
    expect(shown.terminal.buffer.active.getLine(59)!.translateToString(true)).toBe('line 99');
  });

  it('is left by a farewell: an ordinary terminal again', async () => {
    const screen = new SessionScreen(size, 50);
    const shown = new Shown();
    const program = 'before\r\n\x1b[?1049h\x1b[?25l\x1b[?1003;1006;2004h\x1b[?1h\x1b[3;4r\x1b(0full screen';
    // Asked for at once, while the parser is still at it.
    screen.feed(Buffer.from(program));
    const farewell = await new Promise<Uint8Array>((resolve) => screen.farewell(resolve));
    await shown.take(program);
    await shown.take(farewell);
    expect(await shown.take('after q')).toBe('before\r\nafter q');
    expect(shown.terminal.modes).toEqual(new Shown().terminal.modes);
  });
});
