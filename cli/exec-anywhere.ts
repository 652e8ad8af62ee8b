/** `k42 exec`: in a served machine, or a program of the host in a machine of its own. */
import { parseOptions } from './options.ts';
import { exec } from './serve/exec-command.ts';

export async function execAnywhere(words: readonly string[]): Promise<number> {
  const answer = await exec(words);
  if (typeof answer === 'number') return answer;
  if (answer.refusal !== undefined && !(await isOfHost(words))) throw answer.refusal;
  return (await import('./run-command.ts')).execHostProgram(words);
}

/** Options of a run are for programs of the host. */
async function isOfHost(words: readonly string[]): Promise<boolean> {
  const { runRules } = await import('./run-options.ts');
  return parseOptions(runRules, words).rest[0]?.includes('/') === true;
}
