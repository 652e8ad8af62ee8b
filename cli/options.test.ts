import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError, type OptionRule } from './options.ts';

const rules: OptionRule[] = [
  { long: 'interactive', short: 'i', help: '' },
  { long: 'tty', short: 't', help: '' },
  { long: 'env', short: 'e', value: 'K=V', repeatable: true, help: '' },
  { long: 'workdir', short: 'w', value: 'DIR', help: '' },
];

describe('command-line options', () => {
  it('joins short switches and stops at the program', () => {
    const parsed = parseOptions(rules, ['-it', '-e', 'A=1', '-eB=2', '--env=C=3', 'ls', '-l', '--workdir']);
    expect(parsed.has('interactive') && parsed.has('tty')).toBe(true);
    expect(parsed.values('env')).toEqual(['A=1', 'B=2', 'C=3']);
    expect(parsed.rest).toEqual(['ls', '-l', '--workdir']);
  });

  it('takes a word behind an option that needs none, when it looks like its value', () => {
    const web: OptionRule[] = [{ long: 'web', value: 'PORT', implied: '', expected: /^\d+$/, help: '' }, ...rules];
    const both = parseOptions(web, ['--web', '8042', '-i', 'ls']);
    expect([both.value('web'), both.has('interactive'), both.rest]).toEqual(['8042', true, ['ls']]);
    const none = parseOptions(web, ['--web', 'ls', '8042']);
    expect([none.value('web'), none.rest]).toEqual(['', ['ls', '8042']]);
    expect(parseOptions(web, ['--web=7', '8']).rest).toEqual(['8']);
    expect(parseOptions(web, ['--web']).value('web')).toBe('');
  });

  it('ends at --', () => {
    expect(parseOptions(rules, ['-i', '--', '-t']).rest).toEqual(['-t']);
  });

  it.each([
    [['--nope'], 'unknown option --nope'],
    [['-x'], 'unknown option -x'],
    [['-w'], 'option -w needs a value: -w DIR'],
    [['--tty=1'], 'option --tty takes no value'],
    [['-w', 'a', '-w', 'b'], 'option -w given twice'],
  ])('refuses %j', (words, message) => {
    expect(() => parseOptions(rules, words)).toThrow(new UsageError(message));
  });
});
