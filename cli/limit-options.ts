/** Options that bound what a machine may use, in Docker's words where it has them. */
import { rlimitNames } from '../linuxabi/abi/resource.ts';
import type { MachineBoundsOptions } from '../linuxabi/limits/machine-bounds.ts';
import { Limits } from '../linuxabi/process/limits.ts';
import { UsageError, type OptionRule, type ParsedOptions } from './options.ts';
import { parseCount, parseDuration, parseSize } from './quantity.ts';

export const limitRules: readonly OptionRule[] = [
  {
    long: 'memory',
    short: 'm',
    value: 'SIZE',
    help: 'memory of the machine, as 512m or 2g (default 4g): what goes beyond it is killed',
  },
  { long: 'cpus', value: 'N', help: 'part of one processor, as 0.5; there is one, so 1 and more mean no limit' },
  { long: 'pids-limit', value: 'N', help: 'processes and threads in all (default 4096; -1: no limit)' },
  { long: 'files-limit', value: 'N', help: 'open files in all (default: one for each 10 KiB of memory)' },
  {
    long: 'ulimit',
    value: 'NAME=SOFT[:HARD]',
    repeatable: true,
    help: 'a limit of each process, as nofile=64:128, cpu=10, fsize, stack, core, nproc, as …; -1: unlimited',
  },
  {
    long: 'storage-opt',
    value: 'size=SIZE',
    repeatable: true,
    help: 'what the root may take in changes: size=SIZE (default 2g), inodes=N (default 250000)',
  },
  {
    long: 'timeout',
    value: 'TIME',
    help: 'as 10s or 5m: everything gets SIGTERM then, and SIGKILL later; the status is 124',
  },
  { long: 'stop-timeout', value: 'SECONDS', help: 'how long after SIGTERM SIGKILL comes (default 10)' },
];

/** Of the root's writable layer; absent: as it is by default. */
export interface StorageLimits {
  readonly limitBytes?: number;
  readonly limitNodes?: number;
}

export interface WallTime {
  readonly timeNs: number;
  /** From SIGTERM to SIGKILL. */
  readonly graceNs: number;
}

export interface LimitRequest {
  readonly bounds: MachineBoundsOptions;
  /** Of each process; undefined: as Linux has them after boot. */
  readonly limits: Limits | undefined;
  readonly storage: StorageLimits;
  readonly wallTime: WallTime | undefined;
}

/** Status when the time of --timeout was up. Source: timeout(1). */
export const TIMED_OUT = 124;

/** Less than this no program starts in. */
const LEAST_MEMORY_BYTES = 6 * 2 ** 20;
const DEFAULT_GRACE = '10';

export function limitsOf(parsed: ParsedOptions): LimitRequest {
  const ulimits = parsed.values('ulimit');
  return {
    bounds: boundsOf(parsed),
    limits: ulimits.length === 0 ? undefined : parseUlimits(ulimits),
    storage: storageOf(parsed.values('storage-opt')),
    wallTime: wallTimeOf(parsed),
  };
}

function boundsOf(parsed: ParsedOptions): MachineBoundsOptions {
  const memory = parsed.value('memory');
  const memoryBytes = memory === undefined ? undefined : parseSize('--memory', memory);
  if (memoryBytes !== undefined && memoryBytes < LEAST_MEMORY_BYTES)
    throw new UsageError(`--memory ${memory}: a machine needs at least 6m`);
  const tasks = parsed.value('pids-limit');
  const openFiles = parsed.value('files-limit');
  const cpus = parsed.value('cpus');
  return {
    ...(memoryBytes !== undefined && { memoryBytes }),
    ...(tasks !== undefined && { tasks: tasks === '-1' ? Infinity : parseCount('--pids-limit', tasks, 1) }),
    ...(openFiles !== undefined && { openFiles: parseCount('--files-limit', openFiles, 1) }),
    ...(cpus !== undefined && { processors: parseProcessors(cpus) }),
  };
}

function parseProcessors(text: string): number {
  const share = /^\d+(\.\d+)?$|^\.\d+$/.test(text) ? Number(text) : 0;
  if (share < 0.01) throw new UsageError(`--cpus ${text}: expected a number from 0.01 on, as 0.5`);
  return share;
}

function parseUlimits(texts: readonly string[]): Limits {
  const limits = new Limits();
  for (const text of texts) {
    const match = /^([a-z]+)=(-1|\d+|unlimited)(?::(-1|\d+|unlimited))?$/.exec(text);
    const resource = (rlimitNames as Readonly<Record<string, number>>)[`RLIMIT_${match?.[1]?.toUpperCase()}`];
    if (match === null || resource === undefined)
      throw new UsageError(`--ulimit ${text}: expected NAME=SOFT[:HARD], NAME one of ${ulimitNames.join(' ')}`);
    const soft = limitValue(match[2]!);
    const hard = match[3] === undefined ? soft : limitValue(match[3]);
    if (soft > hard) throw new UsageError(`--ulimit ${text}: the soft limit is above the hard one`);
    limits.set(resource, { soft, hard });
  }
  return limits;
}

const ulimitNames = Object.keys(rlimitNames).map((name) => name.slice('RLIMIT_'.length).toLowerCase());

function limitValue(text: string): number {
  return text === '-1' || text === 'unlimited' ? Infinity : Number(text);
}

function storageOf(texts: readonly string[]): StorageLimits {
  let storage: StorageLimits = {};
  for (const text of texts) {
    const [name, value = ''] = text.split('=', 2);
    if (name === 'size') storage = { ...storage, limitBytes: parseSize('--storage-opt size', value) };
    else if (name === 'inodes') storage = { ...storage, limitNodes: parseCount('--storage-opt inodes', value, 1) };
    else throw new UsageError(`--storage-opt ${text}: expected size=SIZE or inodes=N`);
  }
  return storage;
}

function wallTimeOf(parsed: ParsedOptions): WallTime | undefined {
  const timeout = parsed.value('timeout');
  const grace = parsed.value('stop-timeout');
  if (timeout === undefined) {
    if (grace !== undefined) throw new UsageError('--stop-timeout is for --timeout');
    return undefined;
  }
  return {
    timeNs: parseDuration('--timeout', timeout),
    graceNs: parseDuration('--stop-timeout', grace ?? DEFAULT_GRACE),
  };
}
