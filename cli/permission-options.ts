/**
 * Deno's permission flags. For a guest they mean: which places of the host it sees, at the same paths as there, and which it may change; which
 * variables of the host's environment it gets. (For the network: net/network-request.ts.) What is not allowed is not there; a denial wins over
 * what is allowed, by these flags or by -v and --mount.
 */
import { resolve } from 'node:path';
import type { Volume } from './mount-options.ts';
import type { OptionRule, ParsedOptions } from './options.ts';

const paths = { value: 'PATH,…', repeatable: true, completes: 'path' } as const;

export const permissionRules: readonly OptionRule[] = [
  {
    ...paths,
    long: 'allow-read',
    implied: '.',
    help: 'show these places of the host at their own paths, read-only; alone: the current folder',
  },
  { ...paths, long: 'allow-write', implied: '.', help: 'the same, to be changed too' },
  { ...paths, long: 'deny-read', help: 'hide these, whatever shows them' },
  { ...paths, long: 'deny-write', help: 'these can’t be changed, whatever shows them' },
  {
    long: 'allow-env',
    value: 'NAME,…',
    implied: '*',
    repeatable: true,
    help: 'pass on these variables of k42’s environment; alone: all of them',
  },
  { long: 'deny-env', value: 'NAME,…', repeatable: true, help: 'and these never' },
];

/** Host paths, absolute. */
export interface Denials {
  readonly read: readonly string[];
  readonly write: readonly string[];
}

export function denialsOf(parsed: ParsedOptions): Denials {
  return { read: pathsOf(parsed, 'deny-read'), write: pathsOf(parsed, 'deny-write') };
}

/** What may be written may be read too; the inner of two places comes later and is seen. */
export function allowedPlaces(parsed: ParsedOptions): Volume[] {
  const written = new Set(pathsOf(parsed, 'allow-write'));
  const all = [...new Set([...pathsOf(parsed, 'allow-read'), ...written])];
  return all.map((path) => ({
    source: path,
    target: path,
    access: written.has(path) ? 'read-write' : 'read-only',
  }));
}

/** The variables of the host's environment that are passed on. */
export function allowedVariables(parsed: ParsedOptions, environment: NodeJS.ProcessEnv): Record<string, string> {
  const names = namesOf(parsed, 'allow-env');
  const all = names.includes('*') ? Object.keys(environment) : names;
  const passed: Record<string, string> = {};
  for (const name of all) {
    const value = environment[name];
    if (value !== undefined && mayPass(parsed, name)) passed[name] = value;
  }
  return passed;
}

export function mayPass(parsed: ParsedOptions, name: string): boolean {
  return !namesOf(parsed, 'deny-env').includes(name);
}

const namesOf = (parsed: ParsedOptions, option: string): string[] =>
  parsed.values(option).flatMap((list) => list.split(',').filter((name) => name !== ''));

const pathsOf = (parsed: ParsedOptions, option: string): string[] =>
  namesOf(parsed, option).map((path) => resolve(path));
