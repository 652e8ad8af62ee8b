/** `k42 ps`, `kill`, `logs` and `stop`: looking at served machines and ending what runs there. */
import { runningMachines } from '../control/client.ts';
import { FrameKind } from '../control/frames.ts';
import type { ProcessRow, TerminalFacts } from '../control/protocol.ts';
import { signalNumber, type SignalName } from '../library/signal-name.ts';
import { note } from '../note.ts';
import { parseOptions, UsageError, type OptionRule } from '../options.ts';
import { renderTable, type Column } from '../table.ts';
import { ClientOutput } from './client-output.ts';
import { findMachine, openMachineStream } from './find-machine.ts';
import { callMachine, connectTo } from './machine-call.ts';

export const psRules: readonly OptionRule[] = [{ long: 'json', help: 'as JSON' }];
export const killRules: readonly OptionRule[] = [
  { long: 'signal', short: 's', value: 'SIG', help: 'by name or number (default TERM)' },
];
export const logsRules: readonly OptionRule[] = [
  { long: 'follow', short: 'f', help: 'go on with what is shown from now on, until the program ends' },
  { long: 'tail', short: 'n', value: 'N', help: 'only the last lines' },
];
export const stopRules: readonly OptionRule[] = [
  {
    long: 'time',
    short: 't',
    value: 'SECONDS',
    help: 'how long programs may take to end before they are killed (default 10)',
  },
];

const DEFAULT_GRACE_SECONDS = 10;
/** Beyond the grace, for the machine itself. */
const STOP_ANSWER_MS = 20_000;
const SIGNALS_MOST = 64;

export async function ps(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(psRules, words);
  const [name, ...rest] = parsed.rest;
  if (rest.length > 0) throw new UsageError('usage: k42 ps [NAME] [--json]');
  if (name === undefined) return await listMachines(parsed.has('json') ? 'json' : 'text');
  const machine = findMachine(name);
  const processes = await callMachine(machine, 'processes', {});
  const terminals = await callMachine(machine, 'terminals', {});
  if (parsed.has('json')) print(JSON.stringify({ processes, terminals }, undefined, 2));
  else printProcesses(processes, terminals);
  return 0;
}

async function listMachines(form: 'json' | 'text'): Promise<number> {
  const machines = await runningMachines();
  if (form === 'json') {
    print(JSON.stringify(machines, undefined, 2));
    return 0;
  }
  const columns: readonly Column[] = [
    { title: 'NAME', align: 'left' },
    { title: 'HOST PID', align: 'right' },
    { title: 'UP', align: 'right' },
    { title: 'TERMINALS', align: 'right' },
    { title: 'COMMAND', align: 'left' },
  ];
  const rows = machines.map(({ id, pid, upSeconds, terminals, command }) => [
    id,
    String(pid),
    duration(upSeconds),
    String(terminals ?? '-'),
    `k42 ${command.join(' ')}`,
  ]);
  for (const line of renderTable(columns, rows)) print(line);
  return 0;
}

function printProcesses(processes: readonly ProcessRow[], terminals: readonly TerminalFacts[]): void {
  const columns: readonly Column[] = [
    { title: 'PID', align: 'right' },
    { title: 'PPID', align: 'right' },
    { title: 'UID', align: 'right' },
    { title: 'S', align: 'left' },
    { title: 'TTY', align: 'left' },
    { title: 'TERMINAL', align: 'right' },
    { title: 'CPU', align: 'right' },
    { title: 'MEMORY', align: 'right' },
    { title: 'COMMAND', align: 'left' },
  ];
  const numbers = new Map(terminals.map(({ path, id }) => [path.replace(/^\/dev\//, ''), String(id)]));
  const rows = processes.map((row) => [
    String(row.pid),
    String(row.parentPid),
    String(row.uid),
    row.state,
    row.terminal || '-',
    numbers.get(row.terminal) ?? '-',
    `${row.processorSeconds.toFixed(2)} s`,
    `${row.residentKiB} KiB`,
    row.command.join(' '),
  ]);
  for (const line of renderTable(columns, rows)) print(line);
}

export async function kill(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(killRules, words);
  const [name, ...pids] = parsed.rest;
  if (name === undefined || pids.length === 0 || !pids.every((pid) => /^\d+$/.test(pid)))
    throw new UsageError('usage: k42 kill [-s SIG] NAME PID… (k42 ps NAME shows the numbers)');
  const signal = parseSignal(parsed.value('signal') ?? 'TERM');
  for (const pid of pids) await callMachine(findMachine(name), 'kill', { pid: Number(pid), signal });
  return 0;
}

/** `KILL`, `SIGKILL`, `9`. */
function parseSignal(text: string): number {
  if (/^\d+$/.test(text) && Number(text) <= SIGNALS_MOST) return Number(text);
  const name = text.toUpperCase();
  try {
    return signalNumber((name.startsWith('SIG') ? name : `SIG${name}`) as SignalName);
  } catch {
    throw new UsageError(`-s ${text}: there is no such signal`);
  }
}

export async function logs(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(logsRules, words);
  const [name, terminal, ...rest] = parsed.rest;
  const tail = parsed.value('tail');
  if (rest.length > 0 || [terminal, tail].some((value) => value !== undefined && !/^\d+$/.test(value)))
    throw new UsageError('usage: k42 logs [-f] [--tail N] [NAME] [TERMINAL]');
  const stream = await openMachineStream(findMachine(name), 'logs', {
    ...(terminal !== undefined && { terminal: Number(terminal) }),
    ...(tail !== undefined && { tailLines: Number(tail) }),
    until: parsed.has('follow') ? 'end' : 'now',
  });
  const output = new ClientOutput(process.stdout.fd, stream.frames, 1);
  await new Promise<void>((resolve) => {
    stream.begin({
      frame: (kind, _channel, payload) => {
        if (kind === FrameKind.Data) output.take(payload);
        else if (kind === FrameKind.Failure) note(Buffer.from(payload).toString());
        else if (kind === FrameKind.Ended) resolve();
      },
      closed: resolve,
    });
  });
  await output.drain();
  return 0;
}

/** Returns when the machines are gone. One that can't be stopped keeps none of the others. */
export async function stop(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(stopRules, words);
  if (parsed.rest.length === 0) throw new UsageError('usage: k42 stop [-t SECONDS] NAME…');
  const seconds = Number(parsed.value('time') ?? DEFAULT_GRACE_SECONDS);
  if (!Number.isFinite(seconds) || seconds < 0) throw new UsageError(`-t ${parsed.value('time')}: expected seconds`);
  let failure: unknown;
  for (const name of parsed.rest) {
    try {
      await stopMachine(name, seconds * 1000);
      print(name);
    } catch (error) {
      if (failure !== undefined) note((error as Error).message);
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
  return 0;
}

async function stopMachine(name: string, graceMs: number): Promise<void> {
  const client = await connectTo(findMachine(name));
  await client.call('stop', { graceMs }, graceMs + STOP_ANSWER_MS);
  await client.closed();
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(0)} h`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
