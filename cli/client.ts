/**
 * The commands for a served machine as a program of their own: it is loaded in a fraction of the time of the whole (main.ts), and somebody waits for a
 * prompt. What it does not know it leaves to the whole.
 */
import { OWN_FAILURE, tellFailure } from './failure.ts';
import { HelpRequest } from './options.ts';
import { attach, exec } from './serve/exec-command.ts';
import { kill, logs, ps, stop } from './serve/machine-commands.ts';

const LEFT = 'left to the whole program';

const commands: Readonly<Record<string, (words: readonly string[]) => Promise<number | typeof LEFT>>> = {
  attach,
  kill,
  logs,
  ps,
  stop,
  exec: async (words) => {
    const answer = await exec(words);
    return typeof answer === 'number' ? answer : LEFT;
  },
};

/** False: nothing has been done, the whole program is needed. `keepCode` keeps the code that this run has compiled for the next one. */
export async function main([name = '', ...words]: readonly string[], keepCode: () => void): Promise<boolean> {
  if (!Object.hasOwn(commands, name)) return false;
  try {
    const status = await commands[name]!(words);
    if (status === LEFT) return false;
    process.exitCode = status;
  } catch (failure) {
    if (failure instanceof HelpRequest) return false;
    process.exitCode = OWN_FAILURE;
    tellFailure(failure, name);
  }
  process.once('exit', keepCode);
  process.exit();
}
