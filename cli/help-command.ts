/** `k42 help` and `k42 version`. */
import { readFileSync } from 'node:fs';
import { commands } from './commands.ts';
import { describeOptions } from './options.ts';
import { runRules } from './run-options.ts';

const EXAMPLES = `  k42                                       an interactive shell
  k42 run busybox sh -c 'echo $((6 * 7))'   one command
  cat data | k42 run sort -n | head         streams are binary-safe
  k42 run -v "$PWD:/work" -w /work make     a host folder inside
  k42 --rootfs ./debian.tar                 another root file system
  k42 ./a.out arg                           a static program of the host`;

/** Of the column of usages; summaries of longer ones go on the next line. */
const WIDTH = 32;

export function showHelp(): number {
  const list = Object.values(commands).map(
    ({ usage, summary }) =>
      `  ${usage.length < WIDTH ? usage.padEnd(WIDTH) : `${usage}\n${' '.repeat(WIDTH + 2)}`}${summary}`,
  );
  process.stdout.write(
    `k42 runs unmodified x86-64 Linux programs.\n\nCommands:\n${list.join('\n')}\n\n` +
      `Options of run and shell:\n${describeOptions(runRules)}\n\nExamples:\n${EXAMPLES}\n\n` +
      `The exit status is the program's own, or 128 + the signal that ended it; 125: k42 itself failed,\n` +
      `126: found but can't be executed, 127: not found.\n`,
  );
  return 0;
}

export function showVersion(): number {
  // Relative to the built file in dist/, and to this one: both are one folder below package.json.
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  process.stdout.write(`k42 ${(JSON.parse(text) as { version: string }).version}\n`);
  return 0;
}
