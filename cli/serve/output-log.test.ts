import { describe, expect, it } from 'vitest';
import { OutputLog } from './output-log.ts';

const read = (log: OutputLog, position = log.begin): string => Buffer.from(log.read(position, 1e9)).toString();

describe('the log of a terminal', () => {
  it('gives back what was appended, from any position', () => {
    const log = new OutputLog();
    log.append(Buffer.from('one '));
    log.append(Buffer.alloc(20_000, 'x'));
    log.append(Buffer.from(' two'));
    expect(log.end).toBe(20_008);
    expect(read(log)).toBe(`one ${'x'.repeat(20_000)} two`);
    expect(read(log, 20_004)).toBe(' two');
    expect(Buffer.from(log.read(2, 3)).toString()).toBe('e x');
    expect(read(log, log.end)).toBe('');
  });

  it('keeps the newest of much', () => {
    const log = new OutputLog();
    let expected = '';
    for (let i = 0; i < 30_000; i++) {
      const line = `line ${i} ${'.'.repeat(i % 150)}\n`;
      log.append(Buffer.from(line));
      expected += line;
    }
    expect(log.begin).toBeGreaterThan(0);
    expect(log.end - log.begin).toBeGreaterThan(1_000_000);
    expect(log.end - log.begin).toBeLessThanOrEqual(1024 * 1024);
    expect(read(log)).toBe(expected.slice(log.begin));
  });

  it('finds the last lines', () => {
    const log = new OutputLog();
    log.append(Buffer.from('a\nb\nc\n'));
    expect(read(log, log.startOfLastLines(2))).toBe('b\nc\n');
    expect(read(log, log.startOfLastLines(9))).toBe('a\nb\nc\n');
    expect(read(log, log.startOfLastLines(0))).toBe('');
    log.append(Buffer.from('unfinished'));
    expect(read(log, log.startOfLastLines(2))).toBe('c\nunfinished');
  });

  it('tells its readers', () => {
    const log = new OutputLog();
    let heard = 0;
    log.listeners.add(() => heard++);
    log.append(Buffer.from('x'));
    log.finish();
    expect([heard, log.ended]).toEqual([2, true]);
  });
});
