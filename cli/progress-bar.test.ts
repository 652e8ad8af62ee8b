import { describe, expect, it } from 'vitest';
import { progressBar } from './progress-bar.ts';

function screen(isTTY: boolean): { readonly stream: NodeJS.WriteStream; readonly written: string[] } {
  const written: string[] = [];
  const stream = { isTTY, columns: 40, write: (text: string) => written.push(text) > 0 };
  return { stream: stream as unknown as NodeJS.WriteStream, written };
}

describe('a progress bar', () => {
  it('is drawn on one line of a terminal, and gone at the end', () => {
    const { stream, written } = screen(true);
    const progress = progressBar(stream);
    progress('unpacking an archive with a long name', 1, 4);
    progress('unpacking', 4, 4);
    expect(written).toEqual(['\r\x1b[K[######..................] 25 % unpacki', '\r\x1b[K']);
  });

  it('says nothing of work that is over at once', () => {
    const { stream, written } = screen(true);
    progressBar(stream)('unpacking', 4, 4);
    expect(written).toEqual([]);
  });

  it('is not there for files and pipes', () => {
    const { stream, written } = screen(false);
    progressBar(stream)('unpacking', 1, 4);
    expect(written).toEqual([]);
  });
});
