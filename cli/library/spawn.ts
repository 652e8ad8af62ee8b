/** Starts a program in a machine, as child_process.spawn starts one on the host. */
import { setTimeout as after } from 'node:timers';
import type { SpawnResult } from '../../linuxabi/process/spawn.ts';
import { startProgram } from '../program.ts';
import { spawnError } from './guest-error.ts';
import { GuestProcess } from './guest-process.ts';
import { openTerminal } from './guest-terminal.ts';
import type { MachineHost } from './machine-host.ts';
import { limitsOf } from './machine-limits.ts';
import type { SpawnOptions } from './spawn-options.ts';
import { openStreams } from './standard-streams.ts';

export function spawn(
  host: MachineHost,
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): GuestProcess {
  host.assertOpen();
  const { defaults, machine } = host;
  const user = { ...defaults.user, uid: options.uid ?? defaults.user.uid, gid: options.gid ?? defaults.user.gid };
  const terminal = options.terminal && openTerminal(host, options.terminal, user.uid);
  const streams = terminal ?? openStreams(host, options.stdio);
  const started = startProgram(machine, {
    name: program,
    argv: [options.argv0 ?? program, ...args],
    environment: options.env ?? defaults.environment,
    cwd: options.cwd ?? defaults.cwd,
    user,
    files: streams.files,
    ...(defaults.limits && { limits: limitsOf(defaults.limits) }),
    ...(terminal && { onSession: (session) => terminal.adopt(session) }),
  });
  const child = new GuestProcess({
    host,
    pid: started.pid,
    program,
    args: [options.argv0 ?? program, ...args],
    streams,
    terminal: terminal?.terminal,
  });
  void follow(child, started, args);
  bound(child, options);
  return child;
}

/** Tells the child what becomes of its program. */
async function follow(child: GuestProcess, { started, exited }: SpawnResult, args: readonly string[]): Promise<void> {
  const result = await started;
  if (result !== 0) {
    child.notStarted(spawnError(result, child.spawnfile, args), result);
    return;
  }
  child.emit('spawn');
  child.ended(await exited);
}

/** The two that may end it from outside: time, and an abort. */
function bound(child: GuestProcess, { timeoutMs, killSignal, signal }: SpawnOptions): void {
  const kill = (): void => void child.kill(killSignal);
  const timer = timeoutMs === undefined ? undefined : after(kill, timeoutMs);
  const abort = (): void => {
    if (child.kill(killSignal) && child.listenerCount('error') > 0) child.emit('error', abortError(signal));
  };
  if (signal?.aborted === true) process.nextTick(abort);
  else signal?.addEventListener('abort', abort, { once: true });
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
  child.exited.then(end, end);
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  return Object.assign(error, { name: 'AbortError', code: 'ABORT_ERR' });
}
