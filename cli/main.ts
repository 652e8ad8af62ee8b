/** The command line's entry: finds the command, hands it its words, and turns its outcome into an exit status. */
import { commands, type CommandEntry } from './commands.ts';
import { nearest } from './nearest.ts';
import { OWN_FAILURE, tellFailure } from './failure.ts';
import { HelpRequest, UsageError } from './options.ts';

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
      tellFailure(failure, chosen?.name);
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
