/** The command line's entry: finds the command, hands it its words, and turns its outcome into an exit status. */
import { commands, type CommandEntry } from './commands.ts';
import { UsageError } from './options.ts';

/** Status for k42's own failures, as Docker and coreutils' env, timeout and nice use it. */
const OWN_FAILURE = 125;

/** `keepCode` keeps the code that this run has compiled for the next one. */
export async function main(words: readonly string[], keepCode: () => void): Promise<void> {
  try {
    const { command, rest } = choose(words);
    process.exitCode = await command.run(rest);
    if (command.runsGuest) keepCode();
  } catch (failure) {
    process.exitCode = OWN_FAILURE;
    process.stderr.write(`k42: ${describe(failure)}\n`);
  }
  // Host streams a guest never read to the end must not keep the process alive.
  process.exit();
}

function choose(words: readonly string[]): { command: CommandEntry; rest: readonly string[] } {
  const [first] = words;
  if (first === undefined) return { command: commands['shell']!, rest: [] };
  if (first === '--help' || first === '-h') return { command: commands['help']!, rest: [] };
  if (first === '--version') return { command: commands['version']!, rest: [] };
  const command = commands[first];
  if (command !== undefined) return { command, rest: words.slice(1) };
  if (first.includes('/')) return { command: commands['exec']!, rest: words };
  if (first.startsWith('-')) return { command: commands['shell']!, rest: words };
  throw new UsageError(`unknown command '${first}'; see 'k42 help', and 'k42 run ${first}' to run a program`);
}

function describe(failure: unknown): string {
  if (failure instanceof UsageError) return `${failure.message}\nTry 'k42 help'.`;
  if (!(failure instanceof Error)) return String(failure);
  return process.env['K42_DEBUG'] === undefined ? failure.message : (failure.stack ?? failure.message);
}
