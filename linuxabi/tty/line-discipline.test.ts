import { describe, expect, it } from 'vitest';
import { Status } from '../../kernel/status.ts';
import * as abi from '../abi/termios.ts';
import { LineDiscipline } from './line-discipline.ts';
import type { Termios } from './termios.ts';

class Typist {
  echoed = '';
  readonly signals: string[] = [];
  readonly line = new LineDiscipline({
    echo: (bytes) => void (this.echoed += String.fromCharCode(...bytes)),
    signal: (character) => void this.signals.push(character),
    readable: () => undefined,
    flow: () => undefined,
    flushed: () => undefined,
  });

  type(text: string): number {
    return this.line.receive(Uint8Array.from(text, (c) => c.charCodeAt(0)));
  }

  read(length = 4096): string | number {
    const into = new Uint8Array(length);
    const count = this.line.read(into);
    return count < 0 ? count : String.fromCharCode(...into.subarray(0, count));
  }

  modes(change: (termios: Termios) => void): void {
    const next = this.line.termios.copy();
    change(next);
    this.line.setTermios(next);
  }
}

describe('canonical mode', () => {
  it('gives nothing before the end of the line, then one line a read', () => {
    const tty = new Typist();
    tty.type('ab');
    expect(tty.read()).toBe(Status.WouldBlock);
    tty.type('c\rdef\n');
    expect(tty.read()).toBe('abc\n');
    expect(tty.read(2)).toBe('de');
    expect(tty.read()).toBe('f\n');
    expect(tty.read()).toBe(Status.WouldBlock);
    expect(tty.echoed).toBe('abc\r\ndef\r\n');
  });

  it('erases characters, words and lines, on the line and on the screen', () => {
    const tty = new Typist();
    tty.type('ax\x7fb');
    expect(tty.echoed).toBe('ax\b \bb');
    tty.type(' foo bar\x17');
    expect(tty.echoed.endsWith('bar\b \b\b \b\b \b')).toBe(true);
    tty.type('\n');
    expect(tty.read()).toBe('ab foo \n');
    tty.type('gone\x15kept\n');
    expect(tty.read()).toBe('kept\n');
  });

  it('erases a whole UTF-8 character and one column with IUTF8', () => {
    const tty = new Typist();
    tty.modes((t) => void (t.iflag |= abi.IUTF8));
    tty.type('a\xc3\xa9\x7f\n');
    expect(tty.read()).toBe('a\n');
    expect(tty.echoed).toBe('a\xc3\xa9\b \b\r\n');
  });

  it('erases a tab back to where it began', () => {
    const tty = new Typist();
    tty.type('ab\t\x7f');
    expect(tty.echoed).toBe('ab\t' + '\b'.repeat(6));
  });

  it('shows control characters as ^X and erases both columns', () => {
    const tty = new Typist();
    tty.type('\x01\x7f');
    expect(tty.echoed).toBe('^A\b \b\b \b');
  });

  it('takes ^D as end of file at the start of a line and as a flush inside one', () => {
    const tty = new Typist();
    tty.type('\x04');
    expect(tty.read()).toBe('');
    tty.type('ab\x04');
    expect(tty.read()).toBe('ab');
    expect(tty.read()).toBe(Status.WouldBlock);
  });

  it('takes the character after ^V as it is', () => {
    const tty = new Typist();
    tty.type('\x16\x03\n');
    expect(tty.signals).toEqual([]);
    expect(tty.read()).toBe('\x03\n');
  });

  it('drops what does not fit an unfinished line, and still ends it', () => {
    const tty = new Typist();
    expect(tty.type('x'.repeat(5000))).toBe(5000);
    tty.type('\n');
    const line = tty.read(8192);
    expect(typeof line === 'string' && line.length).toBe(4096);
    expect(typeof line === 'string' && line.endsWith('x\n')).toBe(true);
  });

  it('stops taking input while complete lines fill the buffer', () => {
    const tty = new Typist();
    const offered = 'line\n'.repeat(2000);
    const taken = tty.type(offered);
    expect(taken).toBeLessThan(offered.length);
    expect(tty.read()).toBe('line\n');
    expect(tty.type(offered.slice(taken))).toBeGreaterThan(0);
  });
});

describe('signals', () => {
  it('sends the signal characters, echoes them and flushes input', () => {
    const tty = new Typist();
    tty.type('half a line');
    tty.type('\x03');
    tty.type('\x1a\x1c');
    expect(tty.signals).toEqual(['interrupt', 'suspend', 'quit']);
    expect(tty.echoed).toBe('half a line^C^Z^\\');
    tty.type('x\n');
    expect(tty.read()).toBe('x\n');
  });

  it('takes back what was typed together with one, and its echo', () => {
    const tty = new Typist();
    tty.type('gone\x03kept\n');
    expect(tty.echoed).toBe('^Ckept\r\n');
    expect(tty.read()).toBe('kept\n');
  });

  it('passes them through without ISIG', () => {
    const tty = new Typist();
    tty.modes((t) => void (t.lflag &= ~(abi.ISIG | abi.ICANON)));
    tty.type('\x03\x1a');
    expect(tty.signals).toEqual([]);
    expect(tty.read()).toBe('\x03\x1a');
  });
});

describe('raw mode', () => {
  it('keeps type-ahead when a program switches modes', () => {
    const tty = new Typist();
    tty.type('typed ahead');
    expect(tty.read()).toBe(Status.WouldBlock);
    tty.modes((t) => void (t.lflag &= ~abi.ICANON));
    expect(tty.read(5)).toBe('typed');
    tty.modes((t) => void (t.lflag |= abi.ICANON));
    expect(tty.read()).toBe(' ahead');
  });

  it('keeps CR when ICRNL is off', () => {
    const tty = new Typist();
    tty.modes((t) => {
      t.lflag &= ~abi.ICANON;
      t.iflag &= ~abi.ICRNL;
    });
    tty.type('a\r');
    expect(tty.read()).toBe('a\r');
  });
});
