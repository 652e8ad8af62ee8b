/** `k42 version`. */
import { readFileSync } from 'node:fs';
import { parseOptions, UsageError, type OptionRule } from './options.ts';

export const versionRules: readonly OptionRule[] = [{ long: 'json', help: 'as JSON, with those of Node and V8' }];

export function showVersion(words: readonly string[]): number {
  const parsed = parseOptions(versionRules, words);
  if (parsed.rest.length > 0) throw new UsageError(`k42 version takes no '${parsed.rest[0]}'`);
  // Relative to the built file in dist/, and to this one: both are one folder below package.json.
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(text) as { version: string };
  const { node, v8 } = process.versions;
  process.stdout.write(parsed.has('json') ? `${JSON.stringify({ version, node, v8 })}\n` : `k42 ${version}\n`);
  return 0;
}
