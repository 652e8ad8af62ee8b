/** The text of the help, laid out for the width of who reads it. */
import { commands } from '../commands.ts';
import type { OptionRule } from '../options.ts';
import { styled } from '../style.ts';
import { commandHelp, helpSections, type Example } from './command-help.ts';

const DEFAULT_WIDTH = 100;
const LEAST_WIDTH = 60;
const MOST_WIDTH = 120;
/** Of the column of options; the help of longer ones goes on the next line. */
const OPTION_WIDTH = 30;

const EXAMPLES: readonly Example[] = [
  ['k42', 'an interactive shell'],
  ["k42 run sh -c 'echo $((6 * 7))'", 'one command'],
  ['k42 run -v "$PWD:/work" -w /work make', 'a host folder inside'],
  ['k42 --rootfs ./debian.tar', 'another root file system'],
  ['k42 ./a.out arg', 'a program of this host'],
  ['k42 serve -d && k42 attach', 'a machine that stays'],
];

export function overview(stream: NodeJS.WriteStream): string {
  const width = widthOf(stream);
  const longest = Math.max(...Object.keys(commandHelp).map((name) => name.length));
  const sections = helpSections.map(
    (section) =>
      `${styled(stream, 'bold', `${section.title}:`)}\n` +
      Object.keys(section.commands)
        .map((name) => row(`  ${name}`, longest + 4, commands[name]!.summary, width))
        .join('\n'),
  );
  return [
    'k42 runs unmodified x86-64 Linux programs.',
    `${styled(stream, 'bold', 'Usage:')} k42 [COMMAND] [OPTIONS] [WORD…]`,
    ...sections,
    `${styled(stream, 'bold', 'Examples:')}\n${exampleLines(EXAMPLES)}`,
    'k42 COMMAND --help tells more of each.\n',
  ].join('\n\n');
}

/** The name is that of a command. */
export async function commandText(name: string, stream: NodeJS.WriteStream): Promise<string> {
  const width = widthOf(stream);
  const { summary, usage } = commands[name]!;
  const { about, groups, examples } = commandHelp[name]!;
  const options = (await groups()).map(
    ({ title, rules }) => `${styled(stream, 'bold', `${title}:`)}\n${describeOptions(rules, width)}`,
  );
  return [
    `${styled(stream, 'bold', 'Usage:')} ${usage}`,
    wrap(sentence(summary), width).join('\n'),
    ...(about === '' ? [] : [wrap(about, width).join('\n')]),
    ...options,
    `${styled(stream, 'bold', 'Examples:')}\n${exampleLines(examples)}\n`,
  ].join('\n\n');
}

function describeOptions(rules: readonly OptionRule[], width: number): string {
  return rules
    .map((rule) => {
      const short = rule.short === undefined ? '    ' : `-${rule.short}, `;
      const value = rule.value === undefined ? '' : rule.implied === undefined ? ` ${rule.value}` : `[=${rule.value}]`;
      return row(`  ${short}--${rule.long}${value}`, OPTION_WIDTH, rule.help, width);
    })
    .join('\n');
}

function exampleLines(examples: readonly Example[]): string {
  const longest = Math.max(...examples.map(([line]) => line.length));
  return examples.map(([line, meaning]) => `  ${line.padEnd(longest + 2)}${meaning}`.trimEnd()).join('\n');
}

/** Two columns; the right one wraps below itself. */
function row(left: string, indent: number, right: string, width: number): string {
  const lines = wrap(right, Math.max(20, width - indent));
  const first = left.length < indent - 1 ? left.padEnd(indent) : `${left}\n${' '.repeat(indent)}`;
  return first + lines.join(`\n${' '.repeat(indent)}`);
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

function widthOf(stream: NodeJS.WriteStream): number {
  return Math.min(MOST_WIDTH, Math.max(LEAST_WIDTH, stream.columns ?? DEFAULT_WIDTH));
}
