/** What a program finds in its environment: -e, --env-file, and what permission flags pass on. Later ones win, as with Docker. */
import { readFileSync } from 'node:fs';
import { UsageError, type OptionRule, type ParsedOptions } from './options.ts';
import { whyNot } from './refusal.ts';
import { allowedVariables, mayPass } from './permission-options.ts';

export const environmentRules: readonly OptionRule[] = [
  {
    long: 'env',
    short: 'e',
    value: 'K=V',
    repeatable: true,
    help: 'set an environment variable (K alone: as k42 has it)',
  },
  {
    long: 'env-file',
    value: 'FILE',
    repeatable: true,
    completes: 'path',
    help: 'lines of K=V, or K alone; # begins a comment',
  },
];

export function environmentOf(parsed: ParsedOptions): Record<string, string> {
  const environment = allowedVariables(parsed, process.env);
  const set = (setting: string, where: string): void => {
    const equals = setting.indexOf('=');
    if (equals === 0) throw new UsageError(`${where}: no name before '='`);
    if (equals > 0) environment[setting.slice(0, equals)] = setting.slice(equals + 1);
    else if (process.env[setting] !== undefined && mayPass(parsed, setting))
      environment[setting] = process.env[setting];
  };
  for (const file of parsed.values('env-file')) {
    for (const [index, line] of linesOf(file).entries()) {
      if (line.trim() !== '' && !line.startsWith('#')) set(line, `--env-file ${file}, line ${index + 1}`);
    }
  }
  for (const setting of parsed.values('env')) set(setting, `-e ${setting}`);
  return environment;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split(/\r?\n/);
  } catch (failure) {
    throw new UsageError(`--env-file ${file}: ${whyNot(failure)}`, { cause: failure });
  }
}
