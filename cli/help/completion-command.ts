/** `k42 completion SHELL` prints the script that a shell reads; the script asks `k42 completion complete WORD…` what fits. */
import { suggestion } from '../nearest.ts';
import { parseOptions, UsageError } from '../options.ts';
import { complete } from './complete.ts';
import { completionScripts } from './completion-scripts.ts';

/** First line of an answer, where file names may stand too. */
const PATHS = 'paths';
const WORDS = 'words';

export async function completion(words: readonly string[]): Promise<number> {
  if (words[0] === 'complete') {
    const { candidates, takesPath } = await complete(words.slice(1));
    const lines = candidates.map(({ word, help }) => (help === '' ? word : `${word}\t${help}`));
    process.stdout.write(`${[takesPath ? PATHS : WORDS, ...lines].join('\n')}\n`);
    return 0;
  }
  const [shell = '', ...more] = parseOptions([], words).rest;
  const script = Object.hasOwn(completionScripts, shell) ? completionScripts[shell] : undefined;
  if (script === undefined || more.length > 0) {
    throw new UsageError(
      `k42 completion takes bash, zsh or fish${shell === '' ? '' : `, not '${[shell, ...more].join(' ')}'`}` +
        suggestion(shell, Object.keys(completionScripts)),
    );
  }
  process.stdout.write(script);
  return 0;
}
