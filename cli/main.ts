/** The command line's entry: finds the command, hands it its words, and turns its outcome into an exit status. */
import { commands } from './commands.ts';
import { UsageError } from './options.ts';

/** Status for k42's own failures, as Docker and coreutils' env, timeout and nice use it. */
const OWN_FAILURE = 125;

export async function main(words: readonly string[]): Promise<void> {
  try {
    process.exitCode = await dispatch(words);
  } catch (failure) {
    process.exitCode = OWN_FAILURE;
    process.stderr.write(`k42: ${describe(failure)}\n`);
  }
  // Host streams a guest never read to the end must not keep the process alive.
  process.exit();
}

async function dispatch(words: readonly string[]): Promise<number> {
  const [first] = words;
  if (first === undefined) return commands['shell']!.run([]);
  if (first === '--help' || first === '-h') return commands['help']!.run([]);
  if (first === '--version') return commands['version']!.run([]);
  const command = commands[first];
  if (command !== undefined) return command.run(words.slice(1));
  if (first.includes('/')) return commands['exec']!.run(words);
  if (first.startsWith('-')) return commands['shell']!.run(words);
  throw new UsageError(`unknown command '${first}'; see 'k42 help', and 'k42 run ${first}' to run a program`);
}

function describe(failure: unknown): string {
  if (failure instanceof UsageError) return `${failure.message}\nTry 'k42 help'.`;
  if (!(failure instanceof Error)) return String(failure);
  return process.env['K42_DEBUG'] === undefined ? failure.message : (failure.stack ?? failure.message);
}
