/** The command line's entry: finds the command, hands it its words, and turns its outcome into an exit status. */
import { commands, type CommandEntry } from './commands.ts';
import { nearest } from './nearest.ts';
import { HelpRequest, UsageError } from './options.ts';
import { whyNot } from './refusal.ts';
import { styled } from './style.ts';

/** Status for k42's own failures, as Docker and coreutils' env, timeout and nice use it. */
const OWN_FAILURE = 125;

/** `keepCode` keeps the code that this run has compiled for the next one. */
export async function main(words: readonly string[], keepCode: () => void): Promise<void> {
  let chosen: ChosenCommand | undefined;
  try {
    chosen = choose(words);
    process.exitCode = await chosen.command.run(chosen.rest);
    // After what else is kept when the process ends.
    if (chosen.command.runsGuest) process.once('exit', keepCode);
  } catch (failure) {
    if (failure instanceof HelpRequest) process.exitCode = await commands['help']!.run([chosen!.name]);
    else {
      process.exitCode = OWN_FAILURE;
      process.stderr.write(`${styled(process.stderr, 'red', 'k42:')} ${describe(failure, chosen?.name)}\n`);
    }
  }
  // Host streams a guest never read to the end must not keep the process alive.
  process.exit();
}

interface ChosenCommand {
  readonly name: string;
  readonly command: CommandEntry;
  readonly rest: readonly string[];
}

function choose(words: readonly string[]): ChosenCommand {
  const named = (name: string, rest: readonly string[]): ChosenCommand => ({ name, command: commands[name]!, rest });
  const [first] = words;
  if (first === undefined) return named('shell', []);
  if (first === '--help' || first === '-h') return named('help', []);
  if (first === '--version') return named('version', []);
  if (Object.hasOwn(commands, first)) return named(first, words.slice(1));
  if (first.includes('/')) return named('exec', words);
  if (first.startsWith('-')) return named('shell', words);
  const near = nearest(first, Object.keys(commands));
  const guess = near === undefined ? `'k42 run ${first}' runs a program of that name` : `did you mean 'k42 ${near}'?`;
  throw new UsageError(`unknown command '${first}'; ${guess}`);
}

function describe(failure: unknown, command: string | undefined): string {
  if (failure instanceof UsageError)
    return `${failure.message}\nTry 'k42 ${command === undefined ? 'help' : `${command} --help`}'.`;
  if (!(failure instanceof Error)) return String(failure);
  if (process.env['K42_DEBUG'] !== undefined) return failure.stack ?? failure.message;
  const { code, path } = failure as NodeJS.ErrnoException;
  return code === undefined || path === undefined ? failure.message : `${path}: ${whyNot(failure)}`;
}
