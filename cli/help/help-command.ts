/** `k42 help [COMMAND]` and `k42 COMMAND --help`. */
import { commands } from '../commands.ts';
import { suggestion } from '../nearest.ts';
import { parseOptions, UsageError, type OptionRule } from '../options.ts';
import { commandHelp } from './command-help.ts';
import { commandText, overview } from './help-text.ts';

export const helpRules: readonly OptionRule[] = [{ long: 'json', help: 'as JSON' }];

/** The option may stand after the command's name as well. */
export async function showHelp(words: readonly string[]): Promise<number> {
  const [first] = words;
  const leads = first !== undefined && !first.startsWith('-');
  const parsed = parseOptions(helpRules, leads ? words.slice(1) : words);
  const [name, ...more] = [...(leads ? [first] : []), ...parsed.rest];
  if (more.length > 0) throw new UsageError(`k42 help takes one command, not '${more[0]}' too`);
  if (name !== undefined && commandHelp[name] === undefined)
    throw new UsageError(`there is no command '${name}'${suggestion(name, Object.keys(commandHelp))}`);
  if (parsed.has('json')) await printJson(name);
  else process.stdout.write(name === undefined ? overview(process.stdout) : await commandText(name, process.stdout));
  return 0;
}

async function printJson(wanted: string | undefined): Promise<void> {
  const described = Object.entries(commands)
    .filter(([name]) => wanted === undefined || name === wanted)
    .map(async ([name, { summary, usage }]) => {
      const { about, groups, examples } = commandHelp[name]!;
      return {
        name,
        summary,
        usage,
        about,
        options: (await groups()).flatMap(({ title, rules }) => rules.map((rule) => ({ group: title, ...rule }))),
        examples: examples.map(([line, meaning]) => ({ line, meaning })),
      };
    });
  const all = await Promise.all(described);
  print(JSON.stringify(wanted === undefined ? all : all[0], undefined, 2));
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
