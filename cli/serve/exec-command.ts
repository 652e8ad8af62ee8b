/** `k42 exec` and `k42 attach`: programs of a served machine at this process's terminal or streams. */
import type { StartParams } from '../control/protocol.ts';
import { environmentOf, environmentRules } from '../environment-options.ts';
import { note } from '../note.ts';
import { parseOptions, UsageError, type OptionRule, type ParsedOptions } from '../options.ts';
import { DEFAULT_DETACH_KEYS, DetachKeys } from './detach-keys.ts';
import { findMachine, openMachineStream, type NamedMachine } from './find-machine.ts';
import type { TerminalOutcome, TerminalRequest } from './terminal-client.ts';

const detachRule: OptionRule = {
  long: 'detach-keys',
  value: 'KEYS',
  help: `keys that leave the program to itself (default ${DEFAULT_DETACH_KEYS}; empty: none)`,
};

export const execRules: readonly OptionRule[] = [
  { long: 'interactive', short: 'i', help: 'standard input goes to the program' },
  { long: 'tty', short: 't', help: 'give the program a terminal, which stays when this one is lost (k42 attach)' },
  { long: 'detach', short: 'd', help: 'on a terminal in the background: prints its number' },
  ...environmentRules,
  { long: 'workdir', short: 'w', value: 'DIR', help: 'working directory' },
  { long: 'user', short: 'u', value: 'UID[:GID]', help: 'user and group ids, or names of the machine' },
  detachRule,
];

export const attachRules: readonly OptionRule[] = [{ long: 'no-stdin', help: 'only look' }, detachRule];

/** What is meant may be a program of the host: an operand has a slash, or the words are none of this command's (`refusal` says why). */
export interface MaybeOfHost {
  readonly refusal: unknown;
}

export async function exec(words: readonly string[]): Promise<number | MaybeOfHost> {
  let parsed: ParsedOptions;
  try {
    parsed = parseOptions(execRules, words);
  } catch (refusal) {
    return { refusal };
  }
  const [name, ...argv] = parsed.rest;
  if (name?.includes('/') === true) return { refusal: undefined };
  if (name === undefined || argv.length === 0)
    throw new UsageError('usage: k42 exec [-it] NAME PROG [ARG…], or k42 exec ./PROG [ARG…] for a program of the host');
  return await execInMachine(findMachine(name), argv, parsed);
}

async function execInMachine(machine: NamedMachine, argv: readonly string[], parsed: ParsedOptions): Promise<number> {
  const params = {
    argv,
    environment: environmentOf(parsed),
    workdir: parsed.value('workdir'),
    user: parsed.value('user'),
  };
  if (parsed.has('detach')) return await startInBackground(machine, params);
  if (parsed.has('tty')) return await onTerminal(machine, 'exec', { ...params, streams: 'terminal' }, parsed);
  const { joinStreams } = await import('./stream-client.ts');
  const stream = await openMachineStream(machine, 'exec', params);
  return await joinStreams(stream, parsed.has('interactive') ? 'stdin' : 'none');
}

export async function attach(words: readonly string[]): Promise<number> {
  const parsed = parseOptions(attachRules, words);
  const [name, terminal, ...rest] = parsed.rest;
  if (rest.length > 0 || (terminal !== undefined && !/^\d+$/.test(terminal)))
    throw new UsageError('usage: k42 attach [NAME] [TERMINAL] (k42 ps NAME shows the terminals)');
  const params = terminal === undefined ? {} : { terminal: Number(terminal) };
  return await onTerminal(findMachine(name), 'attach', params, parsed);
}

async function onTerminal(
  machine: NamedMachine,
  method: string,
  params: object,
  parsed: ParsedOptions,
): Promise<number> {
  const { enterRaw, showTerminal, terminalParams } = await import('./terminal-client.ts');
  const input = takesInput(method, parsed) ? 'keys' : 'none';
  const request: TerminalRequest = {
    detachKeys: new DetachKeys(parsed.value('detach-keys') ?? DEFAULT_DETACH_KEYS),
    input,
  };
  if (method === 'exec' && input === 'keys' && !process.stdin.isTTY)
    throw new UsageError('-it needs a terminal on standard input; leave -t out for pipes');
  const raw = enterRaw(input);
  let outcome: TerminalOutcome;
  try {
    const stream = await openMachineStream(machine, method, { ...terminalParams(), ...params });
    await raw?.ready;
    outcome = await showTerminal(stream, request);
  } finally {
    await raw?.ready;
    raw?.guard.leaveRaw();
  }
  if (outcome.remark !== undefined) note(outcome.remark(machine.name));
  return outcome.status;
}

function takesInput(method: string, parsed: ParsedOptions): boolean {
  return method === 'exec' ? parsed.has('interactive') : !parsed.has('no-stdin');
}

async function startInBackground(machine: NamedMachine, params: StartParams): Promise<number> {
  const { callMachine } = await import('./machine-call.ts');
  const { id } = await callMachine(machine, 'start', { ...params, term: process.env['TERM'] });
  process.stdout.write(`${id}\n`);
  return 0;
}
