/** What may stand where the cursor is on a command line of k42. */
import { commands } from '../commands.ts';
import { namedPlaces } from '../control/places.ts';
import type { OptionRule } from '../options.ts';
import { commandHelp, type CommandHelp, type Operand } from './command-help.ts';

export interface Candidate {
  readonly word: string;
  /** What it means; empty when the word says it. */
  readonly help: string;
}

export interface Completion {
  readonly candidates: readonly Candidate[];
  /** Whether names of the host's files may stand there too. */
  readonly takesPath: boolean;
}

const NOTHING: Completion = { candidates: [], takesPath: false };
const PATHS: Completion = { candidates: [], takesPath: true };

/** `words`: those after `k42`, up to and with the one at the cursor, which may be empty. */
export async function complete(words: readonly string[]): Promise<Completion> {
  const current = words.at(-1) ?? '';
  const [first = ''] = words;
  if (words.length <= 1 && !first.startsWith('-')) {
    if (first.includes('/')) return PATHS;
    return matching(
      current,
      Object.keys(commandHelp).map((name) => ({ word: name, help: commands[name]!.summary })),
    );
  }
  const isNamed = Object.hasOwn(commandHelp, first);
  if (!isNamed && !first.startsWith('-')) return PATHS;
  const help = commandHelp[isNamed ? first : 'shell']!;
  return await completeFor(help, isNamed ? words.slice(1) : words);
}

async function completeFor(help: CommandHelp, words: readonly string[]): Promise<Completion> {
  const rules = (await help.groups()).flatMap((group) => group.rules);
  const current = words.at(-1) ?? '';
  const place = placeOf(rules, words.slice(0, -1));
  if (place.value !== undefined) return valueCompletion(place.value, current, '');
  if (place.options === 'over' || !current.startsWith('-'))
    return await operandCompletion(help, place.operands, current);
  const joined = /^--([^=]+)=(.*)$/.exec(current);
  if (joined !== null) {
    const rule = rules.find(({ long }) => long === joined[1]);
    return rule === undefined ? NOTHING : valueCompletion(rule, joined[2]!, `--${rule.long}=`);
  }
  return matching(current, [
    ...rules.map((rule) => ({ word: `--${rule.long}`, help: rule.help })),
    { word: '--help', help: 'what this command does' },
  ]);
}

/** What the words before the cursor leave to say. */
interface Place {
  /** The option whose value it is. */
  readonly value?: OptionRule;
  readonly options: 'possible' | 'over';
  /** So many came before. */
  readonly operands: number;
}

function placeOf(rules: readonly OptionRule[], words: readonly string[]): Place {
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    if (word === '--') return { options: 'over', operands: words.length - at - 1 };
    if (!word.startsWith('-') || word === '-') return { options: 'over', operands: words.length - at };
    const rule = valueRule(rules, word);
    if (rule === undefined) continue;
    // bash splits --option=value into three words.
    if (words[at + 1] === '=') at++;
    else if (rule.implied !== undefined) continue;
    if (at + 1 >= words.length) return { value: rule, options: 'possible', operands: 0 };
    at++;
  }
  return { options: 'possible', operands: 0 };
}

/** The option whose value is the next word. */
function valueRule(rules: readonly OptionRule[], word: string): OptionRule | undefined {
  const rule = word.startsWith('--')
    ? rules.find(({ long }) => word === `--${long}`)
    : rules.find(({ short }) => short === word.at(-1) && word.length > 1);
  return rule?.value === undefined ? undefined : rule;
}

function valueCompletion({ completes }: OptionRule, current: string, before: string): Completion {
  if (completes === undefined) return NOTHING;
  if (completes === 'path') return PATHS;
  const { candidates } = matching(
    current,
    completes.map((word) => ({ word, help: '' })),
  );
  return { candidates: candidates.map(({ word, help }) => ({ word: before + word, help })), takesPath: false };
}

async function operandCompletion(help: CommandHelp, index: number, current: string): Promise<Completion> {
  const operand = help.operands[Math.min(index, help.operands.length - 1)];
  if (operand === undefined || operand === 'free') return NOTHING;
  if (operand === 'path') return PATHS;
  const words = await wordsOf(operand);
  return {
    ...matching(
      current,
      words.map((word) => ({ word, help: '' })),
    ),
    takesPath: operand === 'machine-path',
  };
}

async function wordsOf(operand: Exclude<Operand, 'free' | 'path'>): Promise<readonly string[]> {
  if (typeof operand !== 'string') return operand;
  if (operand === 'command') return Object.keys(commandHelp);
  if (operand === 'family') {
    const { conformanceFolder, families } = await import('../conformance/program.ts');
    return families(conformanceFolder());
  }
  const names = namedPlaces().map(({ id }) => id);
  return operand === 'machine' ? names : names.map((name) => `${name}:`);
}

function matching(current: string, candidates: readonly Candidate[]): Completion {
  return { candidates: candidates.filter(({ word }) => word.startsWith(current)), takesPath: false };
}
