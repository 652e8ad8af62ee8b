/** A program run on the host's Linux, with an end whatever it or the host's kernel does. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { constants } from 'node:os';
import { setTimeout as after } from 'node:timers/promises';

/** How long a killed program may take to go. */
const GOING_MS = 3000;

export interface HostRun {
  readonly stdout: string;
  readonly stderr: string;
  /** Exit status, or 128 + signal. */
  readonly status: number;
}

export interface HostPlace {
  readonly cwd: string;
  readonly timeoutMs: number;
  /** User and group; undefined: those of this process. */
  readonly user?: number | undefined;
}

/** The host's kernel does not go on: what the program waits for never comes, so this host can't be asked. */
export class HostStuckError extends Error {}

/** With an empty environment and empty input. Throws when it takes too long, HostStuckError when that is the kernel's fault. */
export async function runOnHost(program: string, args: readonly string[], place: HostPlace): Promise<HostRun> {
  const { cwd, timeoutMs, user } = place;
  const identity = user === undefined ? {} : { uid: user, gid: user };
  const child = spawn(program, args, { cwd, env: {}, ...identity });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdin.on('error', () => undefined).end();
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  const closed = once(child, 'close').then(() => 'closed' as const);
  if ((await withinTime(closed, timeoutMs)) !== 'closed') {
    const family = [child.pid!, ...descendants(child.pid!)];
    for (const pid of family) kill(pid);
    const suspects = inKernel(family);
    await after(GOING_MS);
    for (const stream of [child.stdout, child.stderr]) stream.destroy();
    child.unref();
    const late = `not at its end after ${timeoutMs / 1000} s`;
    const stuck = suspects.some((pid) => isWaitingForKernel(readStat(pid)));
    throw stuck ? new HostStuckError(`${late}: the host's kernel is stuck`) : new Error(`${program}: ${late}`);
  }
  const text = (chunks: readonly Buffer[]): string => Buffer.concat(chunks).toString('latin1');
  const status = child.exitCode ?? 128 + constants.signals[child.signalCode!];
  return { stdout: text(stdout), stderr: text(stderr), status };
}

async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  const stop = new AbortController();
  try {
    return await Promise.race([promise, after(ms, undefined, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}

function descendants(ancestor: number): number[] {
  const parents = new Map(everyone().map((pid) => [pid, Number(fieldsOf(readStat(pid))[1] ?? 0)]));
  const isBelow = (pid: number): boolean => {
    const parent = parents.get(pid) ?? 0;
    return parent === ancestor || (parent > 1 && isBelow(parent));
  };
  return [...parents.keys()].filter((pid) => isBelow(pid));
}

/** Whether the kernel's deferred work stands still: whoever installs a filter of system calls then waits for ever. */
export async function isHostStuck(): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  const suspects = inKernel([]);
  if (suspects.length === 0) return false;
  await after(GOING_MS);
  return suspects.every((pid) => isWaitingForKernel(readStat(pid)));
}

/** Those of these, and of the threads that do the kernel's deferred work (a container sees none), that wait in the kernel now. */
function inKernel(pids: readonly number[]): number[] {
  return everyone().filter((pid) => {
    const stat = readStat(pid);
    return (pids.includes(pid) || stat.includes('(kworker/')) && isWaitingForKernel(stat);
  });
}

/** Where no signal, not even SIGKILL, reaches it: for storage a moment, for ever when the kernel is stuck. */
function isWaitingForKernel(stat: string): boolean {
  return fieldsOf(stat)[0] === 'D';
}

function everyone(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0);
}

/** The fields of /proc/PID/stat after the name (state, parent, …). Source: proc_pid_stat(5). */
function fieldsOf(stat: string): string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty when it is gone. */
function readStat(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return '';
  }
}
