/**
 * Command-line options as data. Docker's manner: short options may be joined (-it), a value follows or is joined with `=`, and options end at
 * the first word that is not one, so that the guest program's own options are left alone.
 */
import { suggestion } from './nearest.ts';

export interface OptionRule {
  readonly long: string;
  readonly short?: string;
  /** Name of the value in the help; absent for a switch. */
  readonly value?: string;
  /** The value when none is joined with `=`; the next word is not taken for one, unless it looks like `expected`. */
  readonly implied?: string;
  readonly expected?: RegExp;
  readonly repeatable?: true;
  /** For completion in a shell: what the value may be. */
  readonly completes?: 'path' | readonly string[];
  readonly help: string;
}

/** Options that belong together, under a heading in the help. */
export interface OptionGroup {
  readonly title: string;
  readonly rules: readonly OptionRule[];
}

/** What was said can't be done: the message says what, where, and what would do. */
export class UsageError extends Error {
  override name = 'UsageError';
}

/** `--help` among the options: nothing else of the line matters. */
export class HelpRequest extends Error {
  override name = 'HelpRequest';
}

export interface ParsedOptions {
  has(long: string): boolean;
  value(long: string): string | undefined;
  values(long: string): readonly string[];
  /** What follows the options. */
  readonly rest: readonly string[];
}

export function parseOptions(rules: readonly OptionRule[], words: readonly string[]): ParsedOptions {
  const found = new Map<string, string[]>();
  let at = 0;
  const valueFor = (rule: OptionRule, shown: string): string => {
    const next = words[at++];
    if (next === undefined) throw new UsageError(`option ${shown} needs a value: ${shown} ${rule.value}`);
    return next;
  };
  const take = (rule: OptionRule, shown: string, joined: string | undefined): void => {
    if (rule.value === undefined && joined !== undefined) throw new UsageError(`option ${shown} takes no value`);
    const isNext = rule.expected?.test(words[at] ?? '') === true;
    const implied = isNext ? undefined : rule.implied;
    const value = rule.value === undefined ? '' : (joined ?? implied ?? valueFor(rule, shown));
    const before = found.get(rule.long);
    if (before !== undefined && rule.value !== undefined && !rule.repeatable) {
      throw new UsageError(`option ${shown} given twice`);
    }
    found.set(rule.long, [...(before ?? []), value]);
  };

  while (at < words.length) {
    const word = words[at]!;
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    at++;
    if (word.startsWith('--')) takeLong(rules, word, take);
    else takeShort(rules, word, take);
  }
  return {
    has: (long) => found.has(long),
    value: (long) => found.get(long)?.at(-1),
    values: (long) => found.get(long) ?? [],
    rest: words.slice(at),
  };
}

type Take = (rule: OptionRule, shown: string, joined: string | undefined) => void;

function takeLong(rules: readonly OptionRule[], word: string, take: Take): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  const rule = rules.find((candidate) => candidate.long === name);
  if (rule === undefined) {
    if (name === 'help') throw new HelpRequest();
    const known = rules.map(({ long }) => long);
    throw new UsageError(`unknown option --${name}${suggestion(name, known, '--')}`);
  }
  take(rule, `--${name}`, equals < 0 ? undefined : word.slice(equals + 1));
}

function takeShort(rules: readonly OptionRule[], word: string, take: Take): void {
  for (let i = 1; i < word.length; i++) {
    const letter = word[i]!;
    const rule = rules.find((candidate) => candidate.short === letter);
    if (rule === undefined) {
      if (letter === 'h') throw new HelpRequest();
      if (letter === '=' && i > 1) throw new UsageError(`option -${word[i - 1]} takes no value`);
      throw new UsageError(`unknown option -${letter}${i > 1 ? ` in ${word}` : ''}`);
    }
    if (rule.value === undefined) {
      take(rule, `-${letter}`, undefined);
      continue;
    }
    const joined = word.slice(i + 1).replace(/^=/, '');
    take(rule, `-${letter}`, joined === '' ? undefined : joined);
    return;
  }
}
