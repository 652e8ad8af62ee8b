import { describe, expect, it } from 'vitest';
import { commands } from '../commands.ts';
import { HelpRequest, parseOptions, type OptionRule } from '../options.ts';
import { commandHelp, type CommandHelp } from './command-help.ts';
import { commandText, overview } from './help-text.ts';

const screen = (columns: number, isTTY: boolean): NodeJS.WriteStream => ({ columns, isTTY }) as NodeJS.WriteStream;
const rulesOf = async ({ groups }: CommandHelp): Promise<OptionRule[]> =>
  (await groups()).flatMap(({ rules }) => [...rules]);

describe('help', () => {
  it('has every command, in the overview too', () => {
    expect(Object.keys(commandHelp).toSorted()).toEqual(Object.keys(commands).toSorted());
    const shown = overview(screen(80, false));
    for (const name of Object.keys(commands)) expect(shown).toContain(`\n  ${name} `);
  });

  it.each(Object.entries(commandHelp))('of %s gives examples with options that there are', async (name, help) => {
    const rules = await rulesOf(help);
    expect(help.examples.length).toBeGreaterThan(0);
    for (const [line] of help.examples) {
      const own = line.split(/\||&&/).find((part) => /(^|\s|\()k42(\s|$)/.test(part)) ?? '';
      const words = own.replace(/^.*?k42\s*/, '').split(/\s+/);
      if (words[0] === name) words.shift();
      expect(() => parseOptions(rules, words)).not.toThrow();
    }
  });

  it.each(Object.keys(commandHelp))('of %s fits the width it is asked for', async (name) => {
    for (const columns of [80, 100]) {
      const text = await commandText(name, screen(columns, false));
      const [, ...afterUsage] = text.slice(0, text.indexOf('Examples:')).split('\n');
      for (const line of afterUsage) expect(line.length).toBeLessThanOrEqual(columns);
    }
  });

  it('names each option once in a command', async () => {
    for (const help of Object.values(commandHelp)) {
      const rules = await rulesOf(help);
      const names = [...rules.map(({ long }) => long), ...rules.flatMap(({ short }) => short ?? [])];
      expect(names).toEqual([...new Set(names)]);
    }
  });

  it('is asked for among the options only', () => {
    expect(() => parseOptions([], ['--help'])).toThrow(HelpRequest);
    expect(() => parseOptions([], ['-h'])).toThrow(HelpRequest);
    expect(parseOptions([], ['ls', '--help']).rest).toEqual(['ls', '--help']);
  });

  it('has headings on a terminal, and none with NO_COLOR', async () => {
    const before = process.env;
    try {
      process.env = { ...before, TERM: 'xterm', NO_COLOR: '' };
      expect(await commandText('ps', screen(80, true))).toContain('\x1b[1mUsage:\x1b[22m');
      expect(await commandText('ps', screen(80, false))).not.toContain('\x1b');
      process.env = { ...before, TERM: 'xterm', NO_COLOR: '1' };
      expect(await commandText('ps', screen(80, true))).not.toContain('\x1b');
      process.env = { ...before, TERM: 'dumb', NO_COLOR: '' };
      expect(await commandText('ps', screen(80, true))).not.toContain('\x1b');
    } finally {
      process.env = before;
    }
  });
});
