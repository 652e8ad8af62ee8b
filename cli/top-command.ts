/** `k42 top`: the tasks of a running machine, with what each uses; refreshed at a terminal, one table after the other with -b. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chooseMachine } from './control/client.ts';
import type { TaskRow, TaskTable } from './control/protocol.ts';
import { machineRules } from './inspect-command.ts';
import { parseOptions, UsageError, type OptionRule, type ParsedOptions } from './options.ts';
import { renderTable } from './table.ts';

export const topRules: readonly OptionRule[] = [
  ...machineRules,
  { long: 'batch', short: 'b', help: 'tables one after the other, for pipes' },
  { long: 'iterations', short: 'n', value: 'N', help: 'end after N tables' },
  { long: 'delay', short: 'd', value: 'SECONDS', help: 'time between two tables (default 2)' },
];
/** For the first table: what happens in a short while. */
const FIRST_SPAN_MS = 200;
const NS_PER_SECOND = 1e9;
const NS_PER_CENTISECOND = 1e7;
const CLEAR = '\x1b[H\x1b[2J';

export async function top(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(topRules, words);
  if (parsed.rest.length > 0) throw new UsageError(`k42 top takes no '${parsed.rest[0]}'`);
  const count = number(parsed, 'iterations', Infinity);
  const delayMs = number(parsed, 'delay', 2) * 1000;
  const client = await chooseMachine(parsed.value('machine'));
  let before = await client.call('tasks', {});
  for (let shown = 0; shown < count; shown++) {
    await sleep(shown === 0 ? FIRST_SPAN_MS : delayMs);
    const now = await client.call('tasks', {});
    const usages = usagesOf(before, now);
    if (parsed.has('json')) process.stdout.write(`${JSON.stringify(usages)}\n`);
    else show(usages, now, parsed);
    before = now;
  }
  client.close();
  return 0;
}

function number(parsed: ParsedOptions, name: string, otherwise: number): number {
  const text = parsed.value(name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!(value > 0)) throw new UsageError(`--${name} takes a positive number, not '${text}'`);
  return value;
}

export interface Usage extends TaskRow {
  /** Of one processor, since the table before. */
  readonly cpuPercent: number;
  readonly syscallsPerSecond: number;
}

/** Busiest first. A task that was not there before counts from its beginning. */
export function usagesOf(before: TaskTable, now: TaskTable): Usage[] {
  const spanNs = Math.max(1, now.nowNs - before.nowNs);
  const earlier = new Map(before.tasks.map((task) => [task.tid, task]));
  return now.tasks
    .map((task): Usage => {
      const old = earlier.get(task.tid);
      const usedNs = task.userNs + task.systemNs - (old === undefined ? 0 : old.userNs + old.systemNs);
      return {
        ...task,
        cpuPercent: (100 * Math.max(0, usedNs)) / spanNs,
        syscallsPerSecond: (Math.max(0, task.syscalls - (old?.syscalls ?? 0)) * NS_PER_SECOND) / spanNs,
      };
    })
    .toSorted((a, b) => b.cpuPercent - a.cpuPercent || a.tid - b.tid);
}

function show(usages: readonly Usage[], { nowNs, objects }: TaskTable, parsed: ParsedOptions): void {
  const columns = [
    { title: 'PID', align: 'right' },
    { title: 'TID', align: 'right' },
    { title: 'UID', align: 'right' },
    { title: 'S', align: 'left' },
    { title: 'BAND', align: 'left' },
    { title: 'SHARE', align: 'right' },
    { title: 'NI', align: 'right' },
    { title: '%CPU', align: 'right' },
    { title: 'TIME+', align: 'right' },
    { title: 'RES KiB', align: 'right' },
    { title: 'CALLS/s', align: 'right' },
    { title: 'WAITS IN', align: 'left' },
    { title: 'COMMAND', align: 'left' },
  ] as const;
  const rows = usages.map((task) => [
    String(task.pid),
    String(task.tid),
    String(task.uid),
    task.state,
    task.band,
    String(Math.round(task.weight)),
    String(task.nice),
    task.cpuPercent.toFixed(1),
    timeText(task.userNs + task.systemNs),
    String(task.residentKiB),
    task.syscallsPerSecond.toFixed(0),
    task.waitsIn ?? '-',
    task.name,
  ]);
  const running = usages.filter(({ state }) => state === 'R').length;
  const head = `k42 up ${(nowNs / NS_PER_SECOND).toFixed(0)} s, ${usages.length} tasks, ${running} running, ${objects} objects`;
  const text = [head, '', ...renderTable(columns, rows)].join('\n');
  process.stdout.write(parsed.has('batch') || !process.stdout.isTTY ? `${text}\n\n` : `${CLEAR}${text}\n`);
}

/** Minutes, seconds and hundredths, as top(1) has them. */
function timeText(ns: number): string {
  const hundredths = Math.floor(ns / NS_PER_CENTISECOND);
  const seconds = Math.floor(hundredths / 100) % 60;
  return `${Math.floor(hundredths / 6000)}:${String(seconds).padStart(2, '0')}.${String(hundredths % 100).padStart(2, '0')}`;
}
