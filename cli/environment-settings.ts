/** What `-e` says of the environment, in Docker's words. A module of its own: `k42 exec` starts without the options of a run. */
import { UsageError } from './options.ts';

/** `K=V`, or `K` alone for the value it has here. */
export function environmentOf(settings: readonly string[]): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const setting of settings) {
    const equals = setting.indexOf('=');
    if (equals === 0) throw new UsageError(`-e ${setting}: no name before '='`);
    if (equals > 0) environment[setting.slice(0, equals)] = setting.slice(equals + 1);
    else if (process.env[setting] !== undefined) environment[setting] = process.env[setting];
  }
  return environment;
}
