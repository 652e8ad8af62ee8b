/** Parameters of a request, checked: what a peer sends is not to be trusted. Each throws what the peer is told. */
import { isRecord } from './protocol.ts';

export type Params = Readonly<Record<string, unknown>>;

export function integer(params: Params, name: string): number {
  const value = params[name];
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw new Error(`\`${name}\` is not an integer`);
  return value;
}

export function optionalInteger(params: Params, name: string): number | undefined {
  return params[name] === undefined ? undefined : integer(params, name);
}

export function text(params: Params, name: string): string {
  const value = params[name];
  if (typeof value !== 'string') throw new Error(`\`${name}\` is not a string`);
  return value;
}

export function optionalText(params: Params, name: string): string | undefined {
  return params[name] === undefined ? undefined : text(params, name);
}

/** One of the words, or the first of them when nothing is said. */
export function choice<const Word extends string>(
  params: Params,
  name: string,
  words: readonly [Word, ...Word[]],
): Word {
  const value = params[name] ?? words[0];
  const word = words.find((known) => known === value);
  if (word === undefined) throw new Error(`\`${name}\` is none of ${words.join(', ')}`);
  return word;
}

export function texts(params: Params, name: string): string[] {
  const value = params[name];
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string'))
    throw new Error(`\`${name}\` is not a list of strings`);
  return value;
}

/** Undefined when it is not there. */
export function optionalRecord(params: Params, name: string): Params | undefined {
  const value = params[name];
  if (value !== undefined && !isRecord(value)) throw new Error(`\`${name}\` is not an object`);
  return value;
}

export function textRecord(params: Params, name: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [key, value] of Object.entries(optionalRecord(params, name) ?? {})) {
    if (typeof value !== 'string') throw new Error(`\`${name}.${key}\` is not a string`);
    found[key] = value;
  }
  return found;
}
