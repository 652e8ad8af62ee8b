/** `k42 inspect`, `k42 swap` and `k42 upgrade`: looking into a running machine, and replacing what lives in it. */
import { resolve } from 'node:path';
import { chooseMachine, runningMachines } from './control/client.ts';
import type { Inspection } from './control/protocol.ts';
import { parseOptions, UsageError, type OptionRule, type ParsedOptions } from './options.ts';
import { renderTable } from './table.ts';

const FAILED = 1;

export const machineRules: readonly OptionRule[] = [
  {
    long: 'machine',
    short: 'm',
    value: 'ID',
    help: 'which running machine (k42 inspect --list); not needed for the only one',
  },
  { long: 'json', help: 'as JSON' },
];
export const inspectRules: readonly OptionRule[] = [
  ...machineRules,
  { long: 'list', short: 'l', help: 'only the machines that run' },
  { long: 'types', help: 'only the implementations: version, how many live, how many were made' },
  { long: 'type', value: 'TYPE', help: 'only objects of this type' },
  { long: 'process', value: 'PID', help: 'only what this process of the machine holds, and what that refers to' },
];

export async function inspect(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(inspectRules, words);
  if (parsed.rest.length > 0) throw new UsageError(`k42 inspect takes no '${parsed.rest[0]}'`);
  if (parsed.has('list')) return await listMachines(parsed);
  const client = await chooseMachine(parsed.value('machine'));
  const found = select(await client.call('inspect', {}), parsed);
  client.close();
  if (parsed.has('json')) print(JSON.stringify(parsed.has('types') ? found.types : found, undefined, 2));
  else if (parsed.has('types')) printTypes(found);
  else printObjects(found);
  return 0;
}

async function listMachines(parsed: ParsedOptions): Promise<number> {
  const machines = await runningMachines();
  if (parsed.has('json')) {
    print(JSON.stringify(machines, undefined, 2));
    return 0;
  }
  const rows = machines.map(({ id, hostname, upSeconds, command }) => [
    id,
    hostname,
    `${upSeconds.toFixed(0)} s`,
    `k42 ${command.join(' ')}`,
  ]);
  const columns = [
    { title: 'MACHINE', align: 'right' },
    { title: 'HOSTNAME', align: 'left' },
    { title: 'UP', align: 'right' },
    { title: 'COMMAND', align: 'left' },
  ] as const;
  for (const line of renderTable(columns, rows)) print(line);
  return 0;
}

/** What the options leave. */
function select(all: Inspection, parsed: ParsedOptions): Inspection {
  const type = parsed.value('type');
  const pid = parsed.value('process');
  const holders =
    pid === undefined ? all.holders : all.holders.filter(({ name }) => name.startsWith(`process ${pid} `));
  if (pid !== undefined && holders.length === 0) throw new UsageError(`there is no process ${pid} in the machine`);
  const reached =
    pid === undefined
      ? undefined
      : reachedFrom(
          holders.flatMap(({ objects }) => objects),
          all,
        );
  const objects = all.objects.filter(
    (object) => (type === undefined || object.type === type) && (reached === undefined || reached.has(object.id)),
  );
  const types = type === undefined ? all.types : all.types.filter((row) => row.type === type);
  return { objects, holders, types };
}

function reachedFrom(start: readonly number[], { objects }: Inspection): ReadonlySet<number> {
  const references = new Map(objects.map((object) => [object.id, object.references]));
  const reached = new Set<number>();
  const left = [...start];
  for (let id = left.pop(); id !== undefined; id = left.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    left.push(...(references.get(id) ?? []));
  }
  return reached;
}

function printTypes({ types }: Inspection): void {
  const columns = [
    { title: 'TYPE', align: 'left' },
    { title: 'IMPLEMENTATION', align: 'left' },
    { title: 'VERSION', align: 'right' },
    { title: 'LIVE', align: 'right' },
    { title: 'MADE', align: 'right' },
  ] as const;
  const rows = types.map((row) => [
    row.type,
    row.implementation,
    String(row.version),
    String(row.live),
    String(row.created),
  ]);
  for (const line of renderTable(columns, rows)) print(line);
}

function printObjects({ objects, holders }: Inspection): void {
  const holdersOf = new Map<number, string[]>();
  for (const { name, objects: held } of holders) {
    for (const id of held) holdersOf.set(id, [...(holdersOf.get(id) ?? []), name]);
  }
  const columns = [
    { title: 'OBJECT', align: 'right' },
    { title: 'TYPE', align: 'left' },
    { title: 'IMPLEMENTATION', align: 'left' },
    { title: 'VERSION', align: 'right' },
    { title: 'HOLDERS', align: 'right' },
    { title: 'REFERS TO', align: 'left' },
    { title: 'MAY BECOME', align: 'left' },
    { title: 'HELD BY', align: 'left' },
  ] as const;
  const rows = objects.map((object) => [
    String(object.id),
    object.type,
    object.implementation,
    String(object.version),
    String(object.holders),
    object.references.join(' ') || '-',
    object.alternatives.join(' ') || '-',
    holdersOf.get(object.id)?.join(', ') ?? '-',
  ]);
  for (const line of renderTable(columns, rows)) print(line);
}

export async function swap(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(machineRules, words);
  const [object = '', implementation, ...rest] = parsed.rest;
  if (!/^\d+$/.test(object) || implementation === undefined || rest.length > 0)
    throw new UsageError('usage: k42 swap OBJECT IMPLEMENTATION (k42 inspect shows both)');
  const client = await chooseMachine(parsed.value('machine'));
  const result = await client.call('swap', { object: Number(object), implementation });
  client.close();
  const text =
    result.outcome === 'complete'
      ? `object ${object} is ${implementation} now, after ${result.microseconds.toFixed(0)} µs`
      : `object ${object} stays as it was: ${result.reason}`;
  print(parsed.has('json') ? JSON.stringify(result) : text);
  return result.outcome === 'complete' ? 0 : FAILED;
}

export async function upgrade(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(machineRules, words);
  const [type, module, ...rest] = parsed.rest;
  if (type === undefined || module === undefined || rest.length > 0)
    throw new UsageError('usage: k42 upgrade TYPE MODULE (a JavaScript or TypeScript file)');
  const client = await chooseMachine(parsed.value('machine'));
  const result = await client.call('upgrade', { type, module: resolve(module) });
  client.close();
  const text =
    result.outcome === 'complete'
      ? `${type} is upgraded: ${result.instances} objects replaced`
      : `${type} stays as it was: ${result.reason}`;
  print(parsed.has('json') ? JSON.stringify(result) : text);
  return result.outcome === 'complete' ? 0 : FAILED;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
