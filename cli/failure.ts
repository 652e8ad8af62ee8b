/** A command that failed: what whoever called it is told. */
import { UsageError } from './options.ts';
import { whyNot } from './refusal.ts';
import { CLEAR_LINE, styled } from './style.ts';

/** Status for k42's own failures, as Docker and coreutils' env, timeout and nice use it. */
export const OWN_FAILURE = 125;

/** `command`: the name of the one that failed, once that is known. */
export function tellFailure(failure: unknown, command: string | undefined): void {
  // It may have stopped in the middle of a progress bar.
  if (process.stderr.isTTY) process.stderr.write(CLEAR_LINE);
  process.stderr.write(`${styled(process.stderr, 'red', 'k42:')} ${describe(failure, command)}\n`);
}

function describe(failure: unknown, command: string | undefined): string {
  if (failure instanceof UsageError)
    return `${failure.message}\nTry 'k42 ${command === undefined ? 'help' : `${command} --help`}'.`;
  if (!(failure instanceof Error)) return String(failure);
  if (process.env['K42_DEBUG'] !== undefined) return failure.stack ?? failure.message;
  const { code, path } = failure as NodeJS.ErrnoException;
  return code === undefined || path === undefined ? failure.message : `${path}: ${whyNot(failure)}`;
}
